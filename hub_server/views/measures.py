"""What managers are told about campaigns; encoded by msgspec this is the JSON of the API."""

import msgspec

from hub_server.impact.headlines import Few


class EffectView(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign changed, as far as that is known."""

    campaign: str | None
    """None: all promotion together, against the holdout."""
    what: str
    enough: bool
    srm_ok: bool
    """The sides are split as they were drawn."""
    visits: Few
    control_visits: Few
    text: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    """Shares of visits; the interval holds at every look."""


class CampaignView(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign on the manager's page."""

    id: str
    title: str
    kind: str
    topic: str
    state: str
    """live, paused, waiting (not begun), ended"""
    paused_by: str | None
    why_paused: str
    said: Few
    shown: Few
    useful: Few
    less: Few
    not_for_me: Few
    stop_today: Few
    wrong_place: Few
    tapped: Few
    dismissed: Few
    opted_out: Few
    expired: Few
    cancelled: Few
    held_out: Few
    effect: EffectView | None


class CampaignsView(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    killed: bool
    killed_by: str | None
    min_visits: int
    campaigns: list[CampaignView]
    effect: EffectView
    """Of all promotion together, against the holdout."""


class ReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """How often nothing was said for one reason."""

    code: str
    text: str
    today: Few
    week: Few


class CampaignReasons(msgspec.Struct, frozen=True, kw_only=True):
    """The same of one campaign."""

    campaign: str
    reasons: list[ReasonView]


class ReasonsView(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of every no."""

    reasons: list[ReasonView]
    campaigns: list[CampaignReasons]
