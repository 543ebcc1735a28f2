"""Which product a written line means for sure, if any."""

from collections.abc import Sequence

from hub_server.goods.assortment import Assortment, Match
from hub_server.goods.name_search import plain
from hub_server.goods.products import Product
from hub_server.goods.typed_text import without_amount


def meant(text: str, matches: Sequence[Match], sold: Assortment) -> Product | None:
    """The one product that fits: of two that fit as well as each other neither was written.

    Args:
        text: what was written.
        matches: what it may mean, the best first.
        sold: knows which are the same in another size or make; of those, and of one sort, which
            stands at one shelf, the first will do, and the others are suggested.
    """
    sure = [one for one in matches if one.is_sure]
    if not sure or not matches[0].is_sure:
        return None
    best = sure[0].product
    like = {one.item for one in sold.variants(best.item)}
    rivals = [one.product for one in sure[1:] if one.fit == sure[0].fit]
    if all(one.item in like or best.category == one.category != "" for one in rivals):
        return best
    called = [one for one in (best, *rivals) if _is_called(one, text)]
    return called[0] if len(called) == 1 else None


def _is_called(product: Product, text: str) -> bool:
    """Whether that is its whole name, but for what follows a comma: "butter" is no croissant."""
    words = plain(without_amount(text))
    names = (product.name, *(name for _, name in product.names))
    return any(plain(name.partition(",")[0]) == words for name in names)
