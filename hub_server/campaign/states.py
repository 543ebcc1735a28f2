"""What the store has switched off: single campaigns, by a manager or a guardrail, or everything.

Kept in the database, so a restart changes nothing and another process may throw the switch; what is
off is no longer said from the next decision on, and what is unseen is taken back.
"""

from typing import Final

import msgspec
from sqlalchemy import delete, insert, select, text
from sqlalchemy.sql import Executable

from hub_server.campaigns import Campaign
from hub_server.database import Database
from hub_server.impact.guardrails import COUNTED, GUARDRAILS, Guardrails, tripped
from hub_server.records.message_tables import CAMPAIGN_STATES
from hub_server.speaker import Speaker
from hub_server.views.hub import Refused
from hub_server.visit.moments import Switches

# The row that stops everything; no campaign's id has a star.
ALL: Final = "*"
GUARDRAIL: Final = "guardrail"
MANAGER: Final = "manager"
OPS: Final = "ops"
OFFER: Final = "offer"
# Of all messages of the last 30 days (limits.OFFER_SHARE_MAX); reread so often, as days go by.
OFFERS_S: Final = 30 * 86_400.0
REREAD_S: Final = 600.0


class State(msgspec.Struct, frozen=True):
    """Why one campaign, or all, is off."""

    since_ms: int
    reason: str
    by: str
    """A manager's name, guardrail or ops."""


class CampaignStates:
    """The switches of one store."""

    def __init__(
        self,
        database: Database,
        speaker: Speaker,
        now_s: float,
        guardrails: Guardrails = GUARDRAILS,
    ) -> None:
        self._database = database
        self._store = speaker.store
        self._speaker = speaker
        self._guardrails = guardrails
        self._tallies = speaker.tallies
        self._seen: object = None
        self._offers_full = False
        self.off: dict[str, State] = {}
        self._follow(now_s)
        self._load()
        speaker.offers_full = self.is_offers_share_used

    @property
    def killed(self) -> State | None:
        """Whether everything is off."""
        return self.off.get(ALL)

    def in_force(self, now_s: float) -> list[Campaign]:
        """What may be said at this moment; nothing while everything is off."""
        if self.killed:
            return []
        live = (one for one in self._speaker.campaigns if one.runs(now_s))
        return [one for one in live if one.id not in self.off]

    def step(self, now_s: float) -> None:
        """Once a second: what another process changed, and what the answers say."""
        seen = self._database.read(text("PRAGMA data_version"))[0][0]
        if now_s - self._read_s >= REREAD_S:
            self._follow(now_s)
        if seen != self._seen:
            self._seen = seen
            self._load()
        for campaign in self._speaker.campaigns:
            counts = {what: self._sums[what][campaign.id] for what in COUNTED}
            reason = tripped(counts, self._guardrails)
            if reason is not None and campaign.id not in self.off:
                self.pause(campaign.id, reason, GUARDRAIL, now_s)
        if self._offers_full != self.is_offers_share_used():
            self._show()

    def alarms(self) -> list[str]:
        """What a manager should look at."""
        stopped = [f"all messages are switched off by {self.off[ALL].by}"] if self.killed else []
        return stopped + [
            f"campaign {campaign} is paused: {state.reason}"
            for campaign, state in sorted(self.off.items())
            if state.by == GUARDRAIL
        ]

    def pause(self, campaign: str, reason: str, by: str, now_s: float) -> None:
        """Say nothing more of `campaign`.

        Raises:
            Refused: 404, there is no such campaign.
        """
        self._known(campaign)
        self._write(switched_off(self._store, campaign, State(_ms(now_s), reason, by)))

    def resume(self, campaign: str) -> None:
        """Say it again; its guardrails begin to count anew.

        Raises:
            Refused: 404, there is no such campaign.
        """
        self._known(campaign)
        self._write([switched_on(self._store, campaign), self._tallies.dropped(COUNTED, campaign)])
        for what in COUNTED:
            del self._sums[what][campaign]

    def kill(self, *, on: bool, by: str, now_s: float) -> None:
        """Say nothing at all, or speak again."""
        state = State(_ms(now_s), "Everything is switched off.", by)
        off = switched_off(self._store, ALL, state)
        self._write(off if on else [switched_on(self._store, ALL)])

    def is_offers_share_used(self) -> bool:
        """Whether one more offer would be more than their share of all that was said."""
        said = self._said + self._tallies.pending("said_kind")
        share = (said[OFFER] + 1) / (said.total() + 1)
        return share > self._speaker.limits.offer_share_max

    def _known(self, campaign: str) -> None:
        if campaign not in {one.id for one in self._speaker.campaigns}:
            raise Refused(404, "unknown", "There is no campaign with this id.")

    def _write(self, statements: list[Executable]) -> None:
        self._database.write(*statements)
        self._load()

    def _load(self) -> None:
        rows = self._database.read(
            select(CAMPAIGN_STATES).where(CAMPAIGN_STATES.c.store == self._store)
        )
        self.off = {row.campaign: State(row.paused_ms, row.reason, row.paused_by) for row in rows}
        self._show()

    def _show(self) -> None:
        self._offers_full = self.is_offers_share_used()
        self._speaker.moments.switches = Switches(
            killed=ALL in self.off,
            paused=tuple(sorted(self.off.keys() - {ALL})),
            offers_full=self._offers_full,
        )

    def _follow(self, now_s: float) -> None:
        self._read_s = now_s
        self._sums = {what: self._tallies.follow(what) for what in COUNTED}
        self._said = self._tallies.follow("said_kind", now_s - OFFERS_S)


def switched_off(store: str, campaign: str, state: State) -> list[Executable]:
    """What keeps it; a second switch replaces the first."""
    return [
        switched_on(store, campaign),
        insert(CAMPAIGN_STATES).values(
            store=store,
            campaign=campaign,
            paused_ms=state.since_ms,
            reason=state.reason,
            paused_by=state.by,
        ),
    ]


def switched_on(store: str, campaign: str) -> Executable:
    """What lets it speak again."""
    return delete(CAMPAIGN_STATES).where(
        CAMPAIGN_STATES.c.store == store, CAMPAIGN_STATES.c.campaign == campaign
    )


def _ms(at_s: float) -> int:
    return round(at_s * 1000)
