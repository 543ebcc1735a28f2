"""One second of the floor, as the mock hub tells it."""

import json
from pathlib import Path
from typing import Any

MAP = Path(__file__).parent.parent.parent / "store_maps" / "corner_market" / "map.geojson"

# Zone, shoppers, dwell_s: a quiet Saturday morning.
ZONES = (
    ("produce", 5, 74.0),
    ("bakery", 2, 41.0),
    ("deli", 3, 132.0),
    ("dairy", 1, 18.0),
    ("breakfast", 0, 0.0),
    ("pasta", 4, 66.0),
    ("snacks", 1, 25.0),
    ("home-care", 0, 0.0),
    ("body-care", 1, 31.0),
    ("frozen", 2, 22.0),
    ("wine", 6, 201.0),
    ("drinks", 1, 12.0),
    ("entrance", 1, 9.0),
    ("cart-bay", 1, 14.0),
    ("offers", 2, 20.0),
    ("queue", 2, 88.0),
    ("checkout", 3, 95.0),
)
STAGES = (
    ("arriving", 3),
    ("exploring", 11),
    ("purposeful", 6),
    ("engaged", 7),
    ("weighing", 4),
    ("stuck", 1),
    ("checkout", 5),
    ("leaving", 0),
)
JOURNEY: dict[str, Any] = {
    "model": "packaged 8f3ac16b4df1",
    "by_rules": False,
    "window_s": 2520,
    "stage_unknown_count": 2,
    "sure_share": 0.413,
    "flips_per_min": 2.04,
    "unplaced_share": 0.031,
    "payments": {"part": 11, "count": 12},
    "checkouts": {"part": 11, "count": 14},
}
DOTS = (
    *((22.4, 7.0), (24.1, 9.2), (27.8, 11.3), (28.9, 6.2), (25.6, 12.6), (24.0, 17.5)),
    *((27.0, 15.0), (18.2, 18.0), (19.8, 17.2), (21.4, 15.1), (13.0, 18.2), (15.6, 9.4)),
    *((14.6, 12.0), (16.4, 13.6), (15.2, 15.3), (12.0, 12.7), (8.6, 14.4), (1.4, 9.0)),
    *((4.9, 11.7), (1.2, 14.2), (2.8, 15.5), (4.4, 17.6), (1.6, 18.6), (5.0, 14.1)),
    *((3.5, 19.0), (8.0, 18.7), (26.4, 2.0), (22.3, 2.6), (9.5, 7.4), (16.8, 7.7)),
    *((10.4, 5.8), (14.1, 5.7), (9.0, 2.2), (12.9, 3.4), (16.9, 1.8)),
)
SILENT = (
    ("unsure_where", "Not sure enough where the shopper is", 214),
    ("quiet_zone", "A zone where nothing is said", 96),
    ("cap_same", "This message was already shown on this visit", 61),
    ("stale", "The place was too old", 22),
    ("muted", "The shopper does not want this topic", 9),
    ("bought", "Already bought", 4),
)
SENT = (
    ("d-7f3k2m", "pasta-sauce-guide", "guide", "pasta", True),
    ("d-2c9x8p", "coffee-for-all", "offer", "breakfast", True),
    ("d-9q4h1s", "wine-help", "help", "wine", False),
    ("d-5b8r3t", "return-it-here", "reassure", "entrance", True),
)
WHY = {
    "decision": "d-7f3k2m",
    "at_ms": 1_790_000_000_000,
    "zone": "pasta",
    "stage": "weighing",
    "stage_p": 0.62,
    "stage_gate": 0.55,
    "needs_stage": True,
    "outcome": "send",
    "code": "sent",
    "campaign": "pasta-sauce-guide",
    "title": "Pasta sauces",
    "asked_again": True,
    "gates": [
        {"gate": "consent", "ok": True, "why": "messages allowed", "campaign": None},
        {"gate": "unreachable", "ok": True, "why": "page visible 2 s ago", "campaign": None},
        {"gate": "unsure_where", "ok": True, "why": "zone_p 0.93 >= 0.8", "campaign": None},
        {
            "gate": "cap_same",
            "ok": False,
            "why": "shown once on this visit",
            "campaign": "wine-help",
        },
    ],
}


def floor_frame() -> dict[str, Any]:
    """One second of the floor."""
    features = json.loads(MAP.read_text())["features"]
    names = {f["id"]: f["properties"].get("name", f["id"]) for f in features}
    most = max(count for _, count, _ in ZONES)
    at_ms = 1_790_000_000_000
    return {
        "at_ms": at_ms,
        "store": {"id": "corner-market", "name": "Corner Market"},
        "simulated": True,
        "replayed": False,
        "badge": "live",
        "late_s": 0.4,
        "shoppers_count": 37,
        "zones": [
            {
                "zone": zone,
                "name": names.get(zone, zone),
                "count": count,
                "dwell_s": dwell_s,
                "heat": count / most,
            }
            for zone, count, dwell_s in ZONES
        ],
        "unknown_count": 2,
        "stages": [{"stage": stage, "count": count} for stage, count in STAGES],
        "journey": JOURNEY,
        "agents": [
            {
                "agent": "corner-market.till",
                "up": True,
                "late_s": 0.7,
                "radio": "ok",
                "queued_count": 0,
                "version": "0.1.0",
            },
            {
                "agent": "corner-market.wine",
                "up": False,
                "late_s": 94.0,
                "radio": "missing",
                "queued_count": 18,
                "version": "0.1.0",
            },
        ],
        "dots": [{"x_m": x, "y_m": y, "radius_m": 1.5, "level": "L0"} for x, y in DOTS],
        "decisions": {
            "sent": 48,
            "silent": [{"code": c, "text": t, "count": n} for c, t, n in SILENT],
        },
        "messages": [
            {
                "decision": decision,
                "campaign": campaign,
                "kind": kind,
                "zone": zone,
                "at_ms": at_ms - 40_000 * i,
                "shown": shown,
                "over": False,
            }
            for i, (decision, campaign, kind, zone, shown) in enumerate(SENT)
        ],
        "alarms": [],
    }


def effect(campaign: str, *, difference: float | None = None) -> dict[str, Any]:
    """What a campaign changed; without a difference there is too little to say."""
    known = difference is not None
    return {
        "campaign": campaign,
        "what": "Visits that bought it",
        "enough": known,
        "srm_ok": True,
        "visits": 912 if known else 31,
        "control_visits": 104 if known else "<5",
        "text": "" if known else "Not enough data yet: 31 of 50 visits.",
        "difference": difference,
        "low": None if difference is None else difference - 0.031,
        "high": None if difference is None else difference + 0.031,
    }


def campaign(name: str, title: str, kind: str, **more: object) -> dict[str, Any]:
    """One campaign of the manager's page."""
    counts = {"said": 212, "shown": 198, "useful": 61, "less": 7, "not_for_me": "<5"}
    others = {"stop_today": 0, "wrong_place": "<5", "tapped": 44, "dismissed": 12}
    rest = {"opted_out": 0, "expired": 9, "cancelled": "<5", "held_out": 21, "effect": None}
    state = {"state": "live", "paused_by": None, "why_paused": ""}
    named = {"id": name, "title": title, "kind": kind, "topic": "finding"}
    return {**named, **state, **counts, **others, **rest, **more}


REASON_ROWS = [
    {"code": code, "text": text, "today": count, "week": 6 * count} for code, text, count in SILENT
]
MANAGER: dict[str, Any] = {
    "campaigns": {
        "killed": False,
        "killed_by": None,
        "min_visits": 50,
        "campaigns": [
            campaign(
                "pasta-sauce-guide",
                "The pesto is two steps to your left",
                "guide",
                effect=effect("pasta-sauce-guide", difference=0.042),
            ),
            campaign(
                "coffee-for-all",
                "Two packs of coffee for the price of one and a half",
                "offer",
                topic="offers",
                effect=effect("coffee-for-all", difference=-0.004),
            ),
            campaign(
                "wine-help",
                "Somebody who knows wine is here",
                "help",
                state="paused",
                paused_by="guardrail",
                why_paused="31 % of 42 seen were put away; 20 % is the limit.",
                effect=effect("wine-help"),
            ),
            campaign("way-round", "Your way round", "guide", state="waiting", said=0, shown=0),
        ],
    },
    "headlines": {
        "headlines": {
            "days": 7,
            "said": 641,
            "shown": 600,
            "nag_share": 0.031,
            "wrong_zone_share": 0.012,
            "late_share": None,
            "service_count": 92,
            "offer_count": 31,
            "kinds": {},
        },
        "history": [
            {
                "decile": decile,
                "purchases_from": 4 * decile - 4,
                "purchases_to": 4 * decile - (4 if decile == 1 else 1),
                "shown": 60 if decile < 10 else "<5",
                "useful_share": 0.2 + decile / 50 if decile < 10 else None,
                "nag_share": 0.03 if decile < 10 else None,
            }
            for decile in range(1, 11)
        ],
    },
    "reasons": {
        "reasons": REASON_ROWS,
        "campaigns": [{"campaign": "wine-help", "reasons": REASON_ROWS[:2]}],
    },
    "funnel": {
        "zones": [
            {
                "zone": zone,
                "name": zone.capitalize(),
                "entered": 60 * count + 40,
                "stopped": 30 * count,
                "engaged": 12 * count or "<5",
                "bought": 5 * count or 0,
            }
            for zone, count, _ in ZONES
        ]
    },
    "ideas": {
        "ideas": [
            {
                "idea": 2,
                "day": "2026-09-21",
                "campaign": "coffee-for-all",
                "text": "I drink tea. Please ask before you tell me about coffee.",
            },
            {"idea": 1, "day": "2026-09-20", "campaign": None, "text": "More oat milk."},
        ]
    },
}
