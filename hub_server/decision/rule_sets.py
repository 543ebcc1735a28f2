"""The rules as they stood: campaigns and limits packed whole, so that they decide the same again.

A packed set needs neither map nor products nor salt. Products that several campaigns may name are
packed once.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from hub_server.campaigns import Campaign, Good, Words, ready_variants
from hub_server.decision import condition_tree
from hub_server.decision.condition_checks import compiled, might
from hub_server.decision.condition_tree import Condition, zones_needed
from hub_server.decision.limits import Limits

# Built anew from the condition, or packed in a way of their own.
_OWN_WAY: Final = frozenset({"condition", "fits", "might", "zones", "variants", "goods"})
_FIELDS: Final = {
    field.name: field.type
    for field in msgspec.structs.fields(Campaign)
    if field.name not in _OWN_WAY
}


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """Campaigns and limits as bytes, and the name that their content gives them."""

    sha256: str
    campaigns: bytes
    limits: bytes


def packed(campaigns: Sequence[Campaign], limits: Limits) -> RuleSet:
    """The rules as they stand; the same rules give the same bytes."""
    goods = {item: good for one in campaigns for item, good in one.goods.items()}
    document = {
        "goods": [_plain(goods[item]) for item in sorted(goods)],
        "campaigns": [_packed(one, len(goods)) for one in campaigns],
    }
    text, numbers = msgspec.json.encode(document), msgspec.json.encode(limits)
    return RuleSet(
        sha256=hashlib.sha256(text + b"\n" + numbers).hexdigest(),
        campaigns=zlib.compress(text),
        limits=numbers,
    )


def _packed(campaign: Campaign, goods_count: int) -> dict[str, Any]:
    is_all = len(campaign.goods) == goods_count
    return {
        **{name: _plain(getattr(campaign, name)) for name in _FIELDS},
        "condition": condition_tree.document(campaign.condition),
        "variants": [
            {"words": _plain(one.words), "condition": condition_tree.document(one.condition)}
            for one in campaign.variants
        ],
        "goods": True if is_all else sorted(campaign.goods),
    }


def _plain(value: object) -> object:
    """JSON's own types; sets in order, mappings in theirs (the first language stands in)."""
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def unpacked(campaigns: bytes, limits: bytes) -> tuple[tuple[Campaign, ...], Limits]:
    """The rules that `packed` put away, ready to decide."""
    document = msgspec.json.decode(zlib.decompress(campaigns))
    goods = {one.item: one for one in msgspec.convert(document["goods"], list[Good])}
    ready = tuple(_unpacked(one, goods) for one in document["campaigns"])
    return ready, msgspec.json.decode(limits, type=Limits)


def _unpacked(raw: dict[str, Any], goods: Mapping[str, Good]) -> Campaign:
    known = {
        name: msgspec.convert(raw[name], kind) for name, kind in _FIELDS.items() if name in raw
    }
    condition = condition_tree.read(raw["condition"])
    items = goods if raw["goods"] is True else {item: goods[item] for item in raw["goods"]}
    return Campaign(
        condition=condition,
        fits=compiled(condition),
        might=might(condition),
        zones=zones_needed(condition),
        variants=ready_variants(_variant(one) for one in raw["variants"]),
        goods=items,
        **known,
    )


def _variant(raw: dict[str, Any]) -> tuple[dict[str, Words], Condition]:
    words = msgspec.convert(raw["words"], dict[str, Words])
    return words, condition_tree.read(raw["condition"])
