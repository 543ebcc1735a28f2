"""The store's Pis as the hub hears them: who is up, how late, and whose fixes count."""

from collections.abc import Iterator
from typing import Final

import msgspec

from edge_agent.messages import Health, Status, Suspect
from hub_server.views.hub import AgentView, Badge

# An agent reports every 15 s; after two missed reports and a bit it is late.
REPORT_LATE_S: Final = 40.0
# A locator that names tags sends fixes every second: three missed ones show.
FIXES_LATE_S: Final = 3.0
# DESIGN: the place decays to unknown; half a minute without fixes is no live picture any more.
OFFLINE_S: Final = 30.0
# A locator whose card was replaced counts its terms from 1 again: an old term unheard this long
# gives way.
TERM_FORGOTTEN_S: Final = 30.0


class Agent(msgspec.Struct, kw_only=True):
    """What one Pi last said."""

    agent: str
    heard_s: float
    up: bool = True
    locate: bool = False
    term: int = 0
    boot: str = ""
    version: str = ""
    map_sha: str = ""
    radio: str = "none"
    queued_count: int = 0
    dropped_count: int = 0
    unmapped_count: int = 0
    suspects: list[Suspect] = []
    """Anchors that its locator doubts."""


class Fleet:
    """All agents of one store; times are the hub's clock in seconds."""

    def __init__(self, map_sha: str) -> None:
        self._map_sha = map_sha
        self._agents: dict[str, Agent] = {}
        self._term = 0
        self._term_s = float("-inf")
        self.fixes_s = float("-inf")
        """When fixes last came."""
        self.old_terms_count = 0

    def remember(self, agent: str, seen_s: float, version: str, term: int) -> None:
        """An agent that was there before the hub started; it is late until it is heard."""
        known = Agent(agent=agent, heard_s=seen_s, up=False, version=version, term=term)
        self._agents.setdefault(agent, known)

    def status(self, agent: str, status: Status, now_s: float) -> bool:
        """Note that `agent` came up or went; True when it has just connected and wants its list.

        Nobody may have heard that it went: the will of one that died with the broker is never sent.
        """
        known = self._heard(agent, now_s)
        known.up = status.up
        known.locate = status.locate
        known.term = status.term
        known.boot = status.boot
        known.version = status.version
        known.map_sha = status.map_sha
        return status.up

    def health(self, agent: str, health: Health, now_s: float) -> None:
        """Note an agent's report."""
        known = self._heard(agent, now_s)
        known.up = True
        known.version = health.version
        known.radio = health.radio
        known.queued_count = health.queued_count
        known.dropped_count = health.dropped_count
        known.unmapped_count = health.unmapped_count
        known.suspects = health.suspects

    def suspects(self, now_s: float) -> list[Suspect]:
        """The anchors that locators doubt, by name; nothing of an agent that is not heard."""
        found = [
            suspect
            for one in self._agents.values()
            if one.up and now_s - one.heard_s <= REPORT_LATE_S
            for suspect in one.suspects
        ]
        return sorted(found, key=lambda suspect: suspect.anchor)

    def takes(self, agent: str, term: int, now_s: float) -> bool:
        """Whether fixes of `term` count: the highest heard lately; lower ones are counted only."""
        if term < self._term and now_s - self._term_s <= TERM_FORGOTTEN_S:
            self.old_terms_count += 1
            return False
        self._term = term
        self._term_s = now_s
        self.fixes_s = now_s
        known = self._agents.get(agent)
        if known is None:
            known = self._heard(agent, now_s)
        known.heard_s = now_s
        known.up = True
        return True

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._agents.values())

    def late_s(self, *, tags_out: bool, now_s: float) -> float:
        """How old the picture is: the newest fix where tags are out, else the newest word."""
        heard = [self.fixes_s] if tags_out else [one.heard_s for one in self._agents.values()]
        return max(now_s - max(heard, default=float("-inf")), 0.0)

    def badge(self, *, connected: bool, tags_out: bool, now_s: float) -> tuple[Badge, float]:
        """(live, late or offline; how late)."""
        late_s = self.late_s(tags_out=tags_out, now_s=now_s)
        limit_s = FIXES_LATE_S if tags_out else REPORT_LATE_S
        if not connected or late_s > max(OFFLINE_S, limit_s):
            return "offline", min(late_s, 86_400.0)
        return ("live" if late_s <= limit_s else "late"), late_s

    def is_heard(self, now_s: float) -> bool:
        """Whether any agent is up and has reported lately."""
        return any(one.up and now_s - one.heard_s <= REPORT_LATE_S for one in self._agents.values())

    def views(self, now_s: float) -> list[AgentView]:
        """Every agent for the floor page, by name."""
        return [
            AgentView(
                agent=one.agent,
                up=one.up and now_s - one.heard_s <= REPORT_LATE_S,
                late_s=max(now_s - one.heard_s, 0.0),
                radio=one.radio,
                queued_count=one.queued_count,
                version=one.version,
            )
            for one in sorted(self._agents.values(), key=lambda one: one.agent)
        ]

    def alarms(self, now_s: float) -> list[str]:
        """What ops should look at, a sentence each."""
        found = []
        for one in self._agents.values():
            if not one.up or now_s - one.heard_s > REPORT_LATE_S:
                found.append(f"agent {one.agent} is not heard; ops looks at its power and network")
            if one.radio in {"missing", "off", "silent"}:
                found.append(f"agent {one.agent}: radio {one.radio}; ops looks at its adapter")
            if one.dropped_count:
                found.append(f"agent {one.agent} dropped {one.dropped_count} rows: outbox full")
            if one.unmapped_count:
                found.append(
                    f"agent {one.agent} hears anchors that are not on its map, "
                    f"{one.unmapped_count} times so far; ops looks at the map and each Pi's anchor"
                )
            if one.locate and one.map_sha not in {"", self._map_sha}:
                found.append(f"agent {one.agent} has another map than the hub; ops updates one")
        found += dict.fromkeys(suspect.words for suspect in self.suspects(now_s))
        return found

    def _heard(self, agent: str, now_s: float) -> Agent:
        known = self._agents.get(agent)
        if known is None:
            known = self._agents[agent] = Agent(agent=agent, heard_s=now_s, up=False)
        known.heard_s = now_s
        return known
