"""The Mosquitto ACL of one store: every agent may speak for itself alone, and only of its work.

The store is spelled out in every entry: a `+` in its place lets one Pi write into another store.
"""

import re
from collections.abc import Mapping
from typing import Final

from edge_agent.messages import ID_PATTERN, ROOT, UP_LEAVES

# What only who locates may say: a Pi that just hears could else put anybody anywhere.
LOCATORS_WRITE: Final = frozenset({"fixes", "stays"})
# What the hub reads of every agent; sightings stay between the agents and their locator.
HUB_READS: Final = ("fixes", "stays", "health", "status")


def acl_text(store: str, agents: Mapping[str, bool], hub: str = "hub") -> str:
    """Mosquitto's `acl_file` for `store`.

    Args:
        store: The store's id.
        agents: Agent id (`<store>.<name>`) -> whether it locates.
        hub: The hub's user name.

    Raises:
        ValueError: an id that is not topic-safe, or an agent of another store.
    """
    for name in (store, hub, *agents):
        if not re.fullmatch(ID_PATTERN, name):
            msg = f"id {name!r}: expected {ID_PATTERN}; ops: rename it"
            raise ValueError(msg)
    entries = [_hub_entry(store, hub)]
    entries += [_agent_entry(store, agent, locates=agents[agent]) for agent in sorted(agents)]
    return "\n".join(entries)


def _hub_entry(store: str, hub: str) -> str:
    lines = [f"user {hub}"]
    lines += [f"topic read {ROOT}/{store}/+/{leaf}" for leaf in HUB_READS]
    lines += [f"topic write {ROOT}/{store}/+/down/#"]
    return "\n".join(lines) + "\n"


def _agent_entry(store: str, agent: str, *, locates: bool) -> str:
    if agent.rpartition(".")[0] != store:
        msg = f"agent {agent!r}: expected `{store}.<name>`; ops: rename it"
        raise ValueError(msg)
    own = f"{ROOT}/{store}/{agent}"
    lines = [f"user {agent}"]
    leaves = [leaf for leaf in UP_LEAVES if locates or leaf not in LOCATORS_WRITE]
    lines += [f"topic write {own}/{leaf}" for leaf in leaves]
    lines += [f"topic read {own}/down/#"]
    if locates:
        lines += [f"topic read {ROOT}/{store}/+/{leaf}" for leaf in ("sightings", "status")]
    return "\n".join(lines) + "\n"
