"""The hub's figures in Prometheus' text format; counts only, nobody's."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hub_server.engine import Engine

# Labels and value of one line.
Sample = tuple[dict[str, str], float]

# What each family counts; one whose name ends in _total is a counter, every other a gauge.
HELP: Final = {
    "fixes_total": "Fixes that agents sent.",
    "stays_total": "Enters and leaves that agents sent.",
    "ignored_total": "Fixes and stays of nobody who may be followed then and there.",
    "quarantined_total": "Messages that could not be read and were set aside.",
    "lost_total": "Stays that are gone for good.",
    "duplicates_total": "Stays that came twice.",
    "gaps_total": "Messages put off until the stays before theirs come.",
    "old_terms_total": "Messages of a locator that another has replaced.",
    "messages_sent_total": "Messages said.",
    "silences_total": "Decisions to say nothing, by reason.",
    "pushes_total": "Messages to closed pages, by what became of them.",
    "anchor_suspect_p": "How sure it is that an anchor reads wrong.",
    "anchors_suspect": "Anchors that read wrong.",
    "visits": "Open visits.",
    "tags_followed": "Tags that may be followed.",
    "agents_up": "Agents that are heard.",
    "agents": "Agents that are known.",
    "alarms": "Alarms that are on.",
    "ready": "1: the broker lets the hub in and the database takes writes.",
    "stage_shoppers": "Shoppers in each stage of the journey now.",
    "journey_seconds_total": "Seconds of shoppers that were followed, one a tick.",
    "journey_unplaced_seconds_total": "Of the journey seconds: no place was measured of late.",
    "journey_staged_seconds_total": "Of the journey seconds: a stage was known.",
    "journey_sure_seconds_total": "Of the journey seconds: the stage passed its gate.",
    "stage_flips_total": "Changes of stage, of which six are told apart.",
    "payments_total": "Payments of followed shoppers, by stage checkout within 60 s before.",
    "checkout_episodes_total": "Stops in stage checkout that are over, by payment in them.",
    "stage_model_info": "1, with the name of what tells the stages.",
    "stage_model_alarm": "1: what tells the stages is not the model that should; see /healthz.",
}


def text(engine: "Engine") -> str:
    """Every figure, a family a paragraph."""
    return "".join(f"{line}\n" for line in _lines(engine))


def _lines(engine: "Engine") -> Iterator[str]:
    figures = {**_of_the_hub(engine), **_of_journeys(engine)}
    for name, told in HELP.items():
        yield f"# HELP instep_{name} {told}"
        yield f"# TYPE instep_{name} {'counter' if name.endswith('_total') else 'gauge'}"
        found = figures[name]
        for labels, value in found if isinstance(found, list) else [({}, found)]:
            inner = ",".join(f'{key}="{label}"' for key, label in labels.items())
            yield f"instep_{name}{{{inner}}} {value}" if labels else f"instep_{name} {value}"


def _of_the_hub(engine: "Engine") -> dict[str, float | list[Sample]]:
    intake, log, fleet, speaker = engine.intake, engine.log, engine.agents, engine.speaker
    health = engine.health()
    suspects = fleet.suspects(engine.clock())
    return {
        "fixes_total": intake.fixes_count,
        "stays_total": intake.stays_count,
        "ignored_total": intake.ignored_count,
        "quarantined_total": intake.quarantined_count,
        "lost_total": log.lost_count,
        "duplicates_total": log.duplicates_count,
        "gaps_total": log.waiting_count,
        "old_terms_total": fleet.old_terms_count,
        "messages_sent_total": speaker.sent_count,
        "silences_total": [({"code": code}, n) for code, n in sorted(speaker.silent.items())],
        "pushes_total": [
            ({"state": state}, n) for state, n in sorted(engine.rooms.push.counts.items())
        ],
        "anchor_suspect_p": [({"anchor": s.anchor, "kind": s.kind}, s.sure_p) for s in suspects],
        "anchors_suspect": len(suspects),
        "visits": len(engine.roll.visits),
        "tags_followed": len(engine.roll.live),
        "agents_up": health.agents_up_count,
        "agents": health.agents_count,
        "alarms": len(health.alarms),
        "ready": int(health.ready),
    }


def _of_journeys(engine: "Engine") -> dict[str, float | list[Sample]]:
    journeys, watch = engine.journeys, engine.watch
    payments, episodes = watch.checkouts.payments, watch.checkouts.episodes
    stages: dict[str, int] = {**journeys.stage_counts(), "unknown": watch.unknown_count}
    return {
        "stage_shoppers": [({"stage": stage}, count) for stage, count in stages.items()],
        "journey_seconds_total": journeys.seconds.followed,
        "journey_unplaced_seconds_total": journeys.seconds.unplaced,
        "journey_staged_seconds_total": journeys.seconds.staged,
        "journey_sure_seconds_total": journeys.seconds.sure,
        "stage_flips_total": journeys.seconds.flips,
        "payments_total": [
            ({"in_checkout": "yes"}, payments.yes),
            ({"in_checkout": "no"}, payments.no),
        ],
        "checkout_episodes_total": [({"paid": "yes"}, episodes.yes), ({"paid": "no"}, episodes.no)],
        "stage_model_info": [({"model": watch.model_name}, 1)],
        "stage_model_alarm": int(watch.has_alarm),
    }
