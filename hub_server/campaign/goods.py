"""What campaigns know of the products they name: names, prices, and the marks of gifts."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hub_server.campaign.campaign import Campaign, Good, mark
from hub_server.campaign.draft import Article


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked up in the products, once for each campaign."""

    by_item: dict[str, Good]
    digests: frozenset[str]
    price: float | None
    sensitive: bool


def goods_of(
    items: Sequence[str],
    categories: Sequence[str],
    products: Mapping[str, Article],
    salt: bytes,
    *,
    near: str | None,
    is_of_the_moment: bool,
) -> Goods:
    """What a campaign about `items` and `categories` knows.

    An item that it leads to (`near`) is named by its text, so it is as private as the others. One
    that speaks of the moment's own items (`is_of_the_moment`) knows every product, and none of
    them is what it is about.
    """
    own_items = (*items, *([near] if near is not None and near in products else []))
    named = products if is_of_the_moment else own_items
    by_item = {item: _good(item, products[item], salt) for item in named if item in products}
    own = () if is_of_the_moment else tuple(by_item.values())
    digests = {mark(text, salt) for text in (*own_items, *categories)}
    prices = [good.price for good in own if good.item in items and good.price is not None]
    return Goods(
        by_item=by_item,
        digests=frozenset(digests.union(*(good.marks for good in own))),
        price=min(prices, default=None),
        sensitive=is_sensitive((good.item for good in own), categories, products),
    )


def is_sensitive(
    items: Iterable[str], categories: Sequence[str], products: Mapping[str, Article]
) -> bool:
    """Whether products.csv calls one of the items, or anything of the categories, sensitive."""
    if any(products[item].sensitive for item in items if item in products):
        return True
    return bool(categories) and any(
        product.sensitive and product.category in categories for product in products.values()
    )


def with_products(
    campaigns: Sequence[Campaign], products: Mapping[str, Article], salt: bytes
) -> tuple[Campaign, ...]:
    """The same campaigns with today's names and prices.

    What was sensitive stays so: a file that forgets it once must not bring it onto a lock screen.
    """
    return tuple(_renewed(one, products, salt) for one in campaigns)


def _renewed(campaign: Campaign, products: Mapping[str, Article], salt: bytes) -> Campaign:
    goods = goods_of(
        campaign.named_items,
        sorted(campaign.categories),
        products,
        salt,
        near=campaign.near,
        is_of_the_moment=campaign.about is not None,
    )
    near = products.get(campaign.near or "")
    return msgspec.structs.replace(
        campaign,
        goods=goods.by_item,
        digests=goods.digests,
        price=goods.price,
        sensitive=campaign.sensitive or goods.sensitive,
        near_name=near.name if near else campaign.near_name,
        names_by={**campaign.names_by, **({campaign.near or "": near.names} if near else {})},
    )


def _good(item: str, product: Article, salt: bytes) -> Good:
    return Good(
        item=item,
        name=product.name,
        names=product.names,
        price=product.price,
        category=product.category,
        sensitive=product.sensitive,
        marks=frozenset({mark(item, salt), mark(product.category, salt)}),
    )
