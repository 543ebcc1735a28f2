"""Which rules a store decides by, kept so that each of its decisions can be made again."""

from collections.abc import Sequence

from sqlalchemy.dialects.sqlite import insert

from hub_server.campaigns import Campaign
from hub_server.decision import rule_sets
from hub_server.decision.limits import Limits
from hub_server.decision.rule_sets import RuleSet
from hub_server.house import House
from hub_server.records.message_tables import RULE_SETS


def keep(house: House, campaigns: Sequence[Campaign], limits: Limits) -> str:
    """Write these rules down, once; the name by which decisions refer to them."""
    return put(house, rule_sets.packed(campaigns, limits))


def put(house: House, rules: RuleSet) -> str:
    """The same of rules that are packed already."""
    row = {
        "sha256": rules.sha256,
        "store": house.store.settings.store,
        "campaigns": rules.campaigns,
        "limits": rules.limits,
        "map_sha": house.store.floor_map.map_sha,
        "since_ms": round(house.clock() * 1000),
    }
    # Rules that come back are the newest again, and so are not dropped before they decide.
    house.database.write(
        insert(RULE_SETS)
        .values(row)
        .on_conflict_do_update(index_elements=["sha256"], set_={"since_ms": row["since_ms"]})
    )
    return rules.sha256
