"""The hub's figures in Prometheus' text format; counts only, nobody's."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub_server.engine import Engine


def text(engine: "Engine") -> str:
    """Every figure, a family a paragraph."""
    return "".join(f"{line}\n" for line in _lines(engine))


def _lines(engine: "Engine") -> Iterator[str]:
    intake, log, fleet, speaker = engine.intake, engine.log, engine.agents, engine.speaker
    health = engine.health()
    counters = {
        "fixes": intake.fixes_count,
        "stays": intake.stays_count,
        "ignored": intake.ignored_count,
        "quarantined": intake.quarantined_count,
        "lost": log.lost_count,
        "duplicates": log.duplicates_count,
        "gaps": log.waiting_count,
        "old_terms": fleet.old_terms_count,
        "messages_sent": speaker.sent_count,
    }
    for name, value in counters.items():
        yield f"# TYPE instep_{name}_total counter"
        yield f"instep_{name}_total {value}"
    yield "# TYPE instep_silences_total counter"
    for code, count in sorted(speaker.silent.items()):
        yield f'instep_silences_total{{code="{code}"}} {count}'
    suspects = fleet.suspects(engine.clock())
    yield "# TYPE instep_anchor_suspect_p gauge"
    for one in suspects:
        label = f'anchor="{one.anchor}",kind="{one.kind}"'
        yield f"instep_anchor_suspect_p{{{label}}} {one.sure_p}"
    gauges = {
        "visits": len(engine.roll.visits),
        "tags_followed": len(engine.roll.live),
        "agents_up": health.agents_up_count,
        "agents": health.agents_count,
        "anchors_suspect": len(suspects),
        "alarms": len(health.alarms),
        "ready": int(health.ready),
    }
    for name, value in gauges.items():
        yield f"# TYPE instep_{name} gauge"
        yield f"instep_{name} {value}"
