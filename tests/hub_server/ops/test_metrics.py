"""/metrics as a Prometheus reads it."""

import re

from hub_server.ops.metrics import HELP
from tests.hub_server.conftest import Hub

SAMPLE = re.compile(r'(instep_[a-z_]+)(?:\{([a-z_]+="[^"]*",?)+\})? (-?[0-9.]+)')


def figures(hub: Hub) -> dict[str, float]:
    """Each sample by its name with labels."""
    lines = [line for line in hub.engine.metrics().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_every_family_has_help_a_type_and_a_name(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    hub.linger(hub.yes(code), "produce", 3)
    lines = hub.engine.metrics().splitlines()
    for line in lines:
        assert line.startswith(("# HELP instep_", "# TYPE instep_")) or SAMPLE.fullmatch(line), line
    helped = [line.split(" ", 3)[2] for line in lines if line.startswith("# HELP")]
    typed = [line.split()[2:] for line in lines if line.startswith("# TYPE")]
    assert helped == [name for name, _ in typed] == [f"instep_{name}" for name in HELP]
    assert all((kind == "counter") is name.endswith("_total") for name, kind in typed)
    handles = [str(row[0]) for row in hub.query("SELECT handle FROM pairings")]
    assert not any(name in hub.engine.metrics() for name in handles)


def test_journeys_and_what_was_sure_are_counted(hub: Hub) -> None:
    first, second = hub.carts("cart-1", "cart-2")
    session = hub.yes(first)
    hub.yes(second)
    hub.linger(session, "produce", 40)
    found = figures(hub)
    assert found["instep_journey_seconds_total"] == 80
    # The second cart was never heard.
    assert found["instep_journey_unplaced_seconds_total"] == 40
    assert found["instep_journey_staged_seconds_total"] == 40
    assert found["instep_journey_sure_seconds_total"] <= 40
    stages = {k: v for k, v in found.items() if k.startswith("instep_stage_shoppers")}
    assert sum(stages.values()) == 2
    assert stages['instep_stage_shoppers{stage="unknown"}'] == 1
    assert found[f'instep_stage_model_info{{model="{hub.model.name}"}}'] == 1
    assert found["instep_stage_model_alarm"] == 0
