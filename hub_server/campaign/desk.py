"""What a manager asks of campaigns: what they did, why not more, what it changed; and switches."""

from typing import Final

import msgspec

from hub_server.campaign.states import GUARDRAIL, MANAGER, CampaignStates
from hub_server.campaigns import Campaign
from hub_server.decide import REASONS
from hub_server.impact.effects import VISITS_MIN, Effect, Sides, effect, is_ratio_off
from hub_server.impact.funnel import Funnel, ZoneSteps
from hub_server.impact.headlines import (
    FATES,
    Counts,
    Decile,
    Headlines,
    by_history,
    few,
    few_at,
    headlines,
    told_said,
)
from hub_server.impact.tallies import at, with_persons
from hub_server.message.exposures import ALL
from hub_server.speaker import PPM, Speaker
from hub_server.views.measures import (
    CampaignReasons,
    CampaignsView,
    CampaignView,
    EffectView,
    ReasonsView,
    ReasonView,
)

WEEK_DAYS: Final = 7
# What the figures reach back: rows by person become counts after the same time.
MONTH_DAYS: Final = 30
SIDES: Final = ("treated", "treated_bought", "control", "control_bought", "expected_ppm")
MESSAGES: Final = (
    *("said", "shown", "useful", "less", "not_for_me", "stop_today", "wrong_place", "tapped"),
    *("dismissed", "opted_out", "expired", "cancelled", "ghost"),
)
HEADLINES: Final = with_persons(
    ("m_said", *FATES, "m_nag", "m_wrong_place", "m_late", "said_kind"),
)
QUALITY: Final = with_persons(("q_shown", "q_useful", "q_nag"))
NO: Final = with_persons(("no", "no_of"))
NOT_ENOUGH: Final = "Not enough data yet."
NO_CONTROL: Final = "Nobody is left out to compare with, so nothing can be said."
RATIO_OFF: Final = "The two sides are not split as they were drawn, so nothing can be said."
WHAT: Final = "visits in which what it is about was bought"


class CampaignDesk:
    """Answers managers of one store."""

    def __init__(self, speaker: Speaker, states: CampaignStates, funnel: Funnel) -> None:
        self._speaker = speaker
        self._tallies = speaker.tallies
        self._since_s = speaker.tallies.days_before_s
        self._states = states
        self._funnel = funnel

    def campaigns(self, now_s: float) -> CampaignsView:
        """Every campaign: how it stands, and what became of its messages in 30 days."""
        counts = self._tallies.table(
            with_persons(f"m_{one}" for one in MESSAGES), self._since_s(now_s, MONTH_DAYS)
        )
        effects = {one.campaign: one for one in self.effects()}
        killed = self._states.killed
        return CampaignsView(
            killed=killed is not None,
            killed_by=killed.by if killed else None,
            min_visits=VISITS_MIN,
            campaigns=[
                self._campaign(one, counts, effects[one.id], now_s)
                for one in self._speaker.campaigns
            ],
            effect=effects[None],
        )

    def effects(self) -> list[EffectView]:
        """What all promotion together changed, then each campaign, as far as it can be known."""
        sides = self._tallies.table(SIDES)
        shares = {one.id: one.control_share for one in self._speaker.campaigns}
        together = _effect(ALL, sides, is_compared=self._speaker.holdout_share > 0.0)
        return [
            msgspec.structs.replace(together, campaign=None),
            *(_effect(one, sides, is_compared=share > 0.0) for one, share in shares.items()),
        ]

    def reasons(self, now_s: float) -> ReasonsView:
        """How often nothing was said, by reason: of all, and of each campaign that fitted."""
        today = self._tallies.table(NO, now_s)
        week = self._tallies.table(NO, self._since_s(now_s, WEEK_DAYS - 1))
        by_campaign: dict[str, list[str]] = {}
        for key in week.get("no_of", {}):
            by_campaign.setdefault(key.split(" ")[0], []).append(key)
        return ReasonsView(
            reasons=_reasons("no", list(week.get("no", {})), week, today),
            campaigns=[
                CampaignReasons(campaign=campaign, reasons=_reasons("no_of", keys, week, today))
                for campaign, keys in sorted(by_campaign.items())
            ],
        )

    def funnel(self, now_s: float, days: int = WEEK_DAYS) -> list[ZoneSteps]:
        """Where shoppers drop off, zone by zone."""
        return self._funnel.zones(self._since_s(now_s, days - 1))

    def headlines(self, now_s: float, days: int = WEEK_DAYS) -> Headlines:
        """The shares on top of the page."""
        return headlines(self._tallies.table(HEADLINES, self._since_s(now_s, days - 1)), days)

    def quality(self, now_s: float) -> list[Decile]:
        """How messages fare with who is known less and who is known better."""
        return by_history(self._tallies.table(QUALITY, self._since_s(now_s, MONTH_DAYS)))

    def pause(self, campaign: str, by: str, now_s: float) -> None:
        """Say nothing more of one campaign.

        Raises:
            Refused: 404, there is no such campaign.
        """
        self._states.pause(campaign, f"Paused by {by}.", by, now_s)

    def resume(self, campaign: str) -> None:
        """Say it again.

        Raises:
            Refused: 404, there is no such campaign.
        """
        self._states.resume(campaign)

    def kill(self, *, on: bool, by: str, now_s: float) -> None:
        """Stop all messages, or let the store speak again."""
        self._states.kill(on=on, by=by, now_s=now_s)

    def _campaign(
        self, campaign: Campaign, counts: Counts, effect_view: EffectView, now_s: float
    ) -> CampaignView:
        off = self._states.off.get(campaign.id)
        seen = {one: few_at(counts, f"m_{one}", campaign.id) for one in MESSAGES}
        seen["said"] = told_said(counts, campaign.id)
        return CampaignView(
            id=campaign.id,
            title=campaign.headline,
            kind=campaign.kind,
            topic=campaign.topic,
            state="paused" if off else _time(campaign, now_s),
            paused_by=None if off is None else GUARDRAIL if off.by == GUARDRAIL else MANAGER,
            why_paused=off.reason if off else "",
            held_out=seen.pop("ghost"),
            **seen,
            effect=effect_view,
        )


def _time(campaign: Campaign, now_s: float) -> str:
    if campaign.starts_s is not None and now_s < campaign.starts_s:
        return "waiting"
    return "live" if campaign.runs(now_s) else "ended"


def _effect(campaign: str, counts: Counts, *, is_compared: bool) -> EffectView:
    visits, control = at(counts, "treated", campaign), at(counts, "control", campaign)
    sides = Sides(
        treated_count=visits,
        treated_bought_count=at(counts, "treated_bought", campaign),
        control_count=control,
        control_bought_count=at(counts, "control_bought", campaign),
        control_share=at(counts, "expected_ppm", campaign) / PPM / max(visits + control, 1),
    )
    is_off = is_ratio_off(sides)
    found = None if is_off else effect(sides)
    return EffectView(
        campaign=campaign,
        what=WHAT,
        enough=sides.is_enough,
        srm_ok=not is_off,
        visits=few(visits),
        control_visits=few(control),
        text=_said(found, is_off=is_off, is_compared=is_compared),
        difference=None if found is None else round(found.difference, 4),
        low=None if found is None else round(found.low, 4),
        high=None if found is None else round(found.high, 4),
    )


def _said(found: Effect | None, *, is_off: bool, is_compared: bool) -> str:
    if is_off:
        return RATIO_OFF
    if found is not None:
        points = f"{100 * found.difference:+.1f} points"
        return f"{points}, between {100 * found.low:+.1f} and {100 * found.high:+.1f}."
    return NOT_ENOUGH if is_compared else NO_CONTROL


def _reasons(what: str, keys: list[str], week: Counts, today: Counts) -> list[ReasonView]:
    """By how often; a key is the code, after its campaign if there is one."""
    return [
        ReasonView(
            code=code,
            text=REASONS.get(code, code),
            today=few_at(today, what, key),
            week=few_at(week, what, key),
        )
        for key in sorted(keys, key=lambda one: (-at(week, what, one), one))
        for code in (key.split(" ")[-1],)
    ]
