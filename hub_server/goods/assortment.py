"""What the store sells: products, their stock with its age, variants, and their names to find them.

In memory, whole; `put` sells a newer file under the same object.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from hub_server.goods.name_search import NameSearch
from hub_server.goods.named_in_text import Traces, telling_words, traces_of
from hub_server.goods.products import HORIZON_DAYS, PRODUCTS_MAX, Product

# A count of yesterday says little of a shelf that is filled and emptied daily.
STOCK_MAX_AGE_S: Final = 86_400.0
# A hub's clock may be behind before the network sets it; a file that is a year ahead is wrong.
AHEAD_S_MAX: Final = 365 * 86_400.0
# What is the first is the second too.
IMPLIED: Final[Mapping[str, frozenset[str]]] = {"vegan": frozenset({"vegan", "vegetarian"})}
# An attribute of an ingredient on the label; "contains:none" says that the label names none.
CONTAINS: Final = "contains:"
NOTHING: Final = "contains:none"
FOUND_MAX: Final = 10
SUBSTITUTES_MAX: Final = 3


Label = tuple[str, ...]
"""The attributes of a product."""
Count = tuple[int, float | None]
"""How many there are, and when they were counted."""


class Shelf(msgspec.Struct, frozen=True):
    """Which of some items cannot be had, and of which nobody knows."""

    out: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Match(NamedTuple):
    """A product that somebody may mean."""

    product: Product
    is_sure: bool
    """Nothing of what was typed had to be guessed."""
    fit: int
    """How well it fits, 0 the best."""


class Range:
    """Products with all that is looked up among them, built once: 10,000 take 0.3 s."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.products: Final = {one.item: one for one in products}
        self.by_category: Final[dict[str, list[str]]] = {}
        self.labels: Final[dict[str, set[Label]]] = {}
        self.families: Final[dict[str, list[str]]] = {}
        self._family: dict[str, str] = {}
        for one in self.products.values():
            self.by_category.setdefault(one.category, []).append(one.item)
            self.labels.setdefault(one.category, set()).add(one.attributes)
            self.families.setdefault(self.family(one), []).append(one.item)
        self.categories: Final = {
            one.item: one.category for one in self.products.values() if one.category
        }
        self.names: Final = NameSearch(
            ((one.item, name) for one in self.products.values() for name in _names(one)),
            ((one.item, kind) for one in self.products.values() for kind in _kinds(one)),
            ((one.item, trait) for one in self.products.values() for trait in _traits(one)),
        )
        self.telling: Final = telling_words(self.products.values())
        self.stock: Final[dict[str, Count]] = {
            one.item: (one.stock, one.stock_at_s)
            for one in self.products.values()
            if one.stock is not None
        }

    def family(self, product: Product) -> str:
        """The item that its variants vary, however long the chain."""
        # In the order of the chain; what was walked once is known.
        chain: dict[str, None] = {}
        item: str | None = product.item
        while item is not None and item not in chain and item not in self._family:
            chain[item] = None
            parent = self.products.get(item)
            item = None if parent is None else parent.variant_of
        if item is None:
            found = next(reversed(chain))
        elif item in self._family:
            found = self._family[item]
        else:
            found = min(chain)
        self._family.update(dict.fromkeys(chain, found))
        return found


class Assortment:
    """The store's products; ids that it does not know are nobody's fault and yield nothing."""

    def __init__(
        self, products: Iterable[Product] = (), stock_max_age_s: float = STOCK_MAX_AGE_S
    ) -> None:
        self._stock_max_age_s = stock_max_age_s
        self._fed: dict[str, tuple[int, float]] = {}
        self._former: dict[str, Product] = {}
        self._products: Mapping[str, Product] = {}
        self._gone: set[str] = set()
        """Sold by an earlier file and not by this one: nobody can have it."""
        self.version = 0
        """Grows with every change: what was worked out of another one is old."""
        self.put(Range(products))

    def put(self, new: Range) -> None:
        """Sell these from now on; what a feed counted later than their file stays."""
        self._range = new
        self._gone = (self._gone | self._products.keys()) - new.products.keys()
        self.version += 1
        self._products = new.products
        for item, (count, at_s) in self._fed.items():
            self._count(item, count, at_s)

    def remember(self, products: Iterable[Product]) -> None:
        """These were sold once: asked of an item it is known what they were; nobody finds them."""
        self._former.update((one.item, one) for one in products)

    def restock(self, counts: Mapping[str, int], at_s: float) -> None:
        """Counts of a stock feed: of each item the newest is kept, whenever it comes."""
        self.version += 1
        for item, count in counts.items():
            if item not in self._fed and len(self._fed) >= PRODUCTS_MAX:
                continue
            if item in self._fed and at_s < self._fed[item][1]:
                continue
            self._fed[item] = (max(count, 0), at_s)
            self._count(item, *self._fed[item])

    def _count(self, item: str, count: int, at_s: float) -> None:
        known_s = self._range.stock.get(item, (0, None))[1]
        if item in self._products and (known_s is None or at_s >= known_s):
            self._range.stock[item] = (count, at_s)

    def __len__(self) -> int:
        return len(self._products)

    @property
    def categories(self) -> Mapping[str, str]:
        """Item to category."""
        return self._range.categories

    @property
    def products(self) -> Mapping[str, Product]:
        """Every product by its item."""
        return self._products

    def product(self, item: str) -> Product | None:
        """The product of an item."""
        return self._products.get(item)

    def category(self, item: str) -> str | None:
        """The category of an item."""
        found = self._known(item)
        return found.category or None if found is not None else None

    def is_under(self, item: str, names: frozenset[str]) -> bool:
        """Whether an item or its category is one of `names`."""
        return item in names or self.category(item) in names

    def traces(self, items: Iterable[str]) -> Traces:
        """What would tell of these items in a text."""
        return traces_of(map(self.product, items), self._range.telling)

    def items_in(self, category: str) -> tuple[str, ...]:
        """The items of a category."""
        return tuple(self._range.by_category.get(category, ()))

    def labels(self, items: Iterable[str], categories: Iterable[str]) -> list[Label]:
        """What these products, and all in these categories, say of themselves: each label once.

        What is not known says nothing of itself.
        """
        found = {product.attributes if (product := self.product(one)) else () for one in items}
        return sorted(found.union(*(self._range.labels.get(one, ()) for one in categories)))

    def is_durable(self, item: str) -> bool:
        """Whether it lasts, so that nobody needs another soon."""
        found = self._known(item)
        return found is not None and found.durable

    def is_sensitive(self, item: str) -> bool:
        """Whether nobody but the shopper may read of it."""
        found = self._known(item)
        return found is not None and found.sensitive

    def is_sensitive_category(self, category: str) -> bool:
        """Whether anything in it is sensitive."""
        return any(self._products[item].sensitive for item in self.items_in(category))

    def horizon_days(self, item: str) -> float:
        """For how long one that lasts is enough."""
        found = self._known(item)
        return HORIZON_DAYS if found is None else found.horizon_days

    def stock(self, item: str, now_s: float) -> int | None:
        """How many are there; None: not known, or known too long ago, or of a day to come.

        None is left of what is sold no more.
        """
        if item in self._gone:
            return 0
        count, at_s = self._range.stock.get(item, (None, None))
        if at_s is not None and not -AHEAD_S_MAX <= now_s - at_s <= self._stock_max_age_s:
            return None
        return count

    def stock_of(self, item: str, now_s: float) -> Literal["in", "out", "unknown"]:
        """Whether it is there; a count that is too old says nothing."""
        count = self.stock(item, now_s)
        if count is None:
            return "unknown"
        return "in" if count else "out"

    def shelf(self, items: Sequence[str], now_s: float) -> Shelf:
        """Of `items`: which are out, and of which the stock is unknown or too old to say."""
        stock = {item: self.stock(item, now_s) for item in items}
        return Shelf(
            out=tuple(sorted(item for item, count in stock.items() if count == 0)),
            unknown=tuple(sorted(item for item, count in stock.items() if count is None)),
        )

    def sold_out(self, categories: Iterable[str], now_s: float) -> tuple[str, ...]:
        """Of `categories`: those of which nothing at all is left."""
        return tuple(
            category
            for category in categories
            if (items := self.items_in(category))
            and all(self.stock(item, now_s) == 0 for item in items)
        )

    def find(self, text: str, limit: int = FOUND_MAX) -> tuple[Product, ...]:
        """Products by what somebody typed: any case, no accents, the first letters, one slip."""
        return tuple(match.product for match in self.matches(text, limit))

    def matches(self, text: str, limit: int = FOUND_MAX) -> tuple[Match, ...]:
        """The same, each with whether it is meant for sure."""
        exact = self._products.get(text.strip())
        hits = self._range.names.hits(text, limit)
        found = [Match(self._products[hit.key], hit.is_sure, hit.fit) for hit in hits]
        if exact is not None:
            found = [Match(exact, True, 0), *(one for one in found if one.product is not exact)]
        return tuple(found[:limit])

    def variants(self, item: str) -> tuple[Product, ...]:
        """The same in another size, make or flavour, the cheapest first."""
        own = self._products.get(item)
        if own is None:
            return ()
        family = [
            self._products[one]
            for one in self._range.families[self._range.family(own)]
            if one != item
        ]
        return tuple(sorted(family, key=_price))

    def cheaper(self, item: str, now_s: float) -> Product | None:
        """The cheapest variant that costs less, is there, and is no worse in what it is free of."""
        own = self._products.get(item)
        if own is None or own.price is None:
            return None
        for other in self.variants(item):
            costs_less = other.price is not None and other.price < own.price
            if costs_less and self._is_there(other, now_s) and _serves(other, own):
                return other
        return None

    def substitutes(
        self, item: str, now_s: float, limit: int = SUBSTITUTES_MAX
    ) -> tuple[Product, ...]:
        """What to take where `item` is out: variants first, then its category by nearest price."""
        own = self._products.get(item)
        if own is None:
            return ()
        family = {one.item for one in self.variants(item)}
        near = [self._products[one] for one in self.items_in(own.category) if one != item]
        wanted = {one.item: one for one in (*self.variants(item), *near)}.values()
        fitting = [one for one in wanted if self._is_there(one, now_s) and _serves(one, own)]
        fitting.sort(
            key=lambda one: (
                one.item not in family,
                _contains_more(one, own),
                _gap(one, own),
                one.item,
            )
        )
        return tuple(fitting[:limit])

    def _known(self, item: str) -> Product | None:
        return self._products.get(item) or self._former.get(item)

    def _is_there(self, product: Product, now_s: float) -> bool:
        return bool(self.stock(product.item, now_s))


def _names(product: Product) -> list[str]:
    return [product.name, *(name for _, name in product.names)]


def _kinds(product: Product) -> list[str]:
    return [product.category, *product.words]


def _traits(product: Product) -> list[str]:
    """What it promises. "contains:milk" is none: a croissant is no milk."""
    return [one for one in product.attributes if ":" not in one]


def _price(product: Product) -> tuple[bool, float, str]:
    return product.price is None, product.price or 0.0, product.item


def _gap(product: Product, own: Product) -> float:
    return abs((product.price or 0.0) - (own.price or 0.0))


def _serves(product: Product, own: Product) -> bool:
    """Whether it keeps what `own` promises: vegan, gluten-free, ..."""
    return _label(own)[0] <= _label(product)[0] and product.sensitive == own.sensitive


def _contains_more(product: Product, own: Product) -> bool:
    """Whether it may hold an ingredient that `own` does not; the phone knows whether it matters."""
    contents, others = _label(own)[1], _label(product)[1]
    return contents is not None and (others is None or not others <= contents)


def _label(product: Product) -> tuple[set[str], set[str] | None]:
    """(what it promises, what it contains); None: the label is not known."""
    contents = {one for one in product.attributes if one.startswith(CONTAINS)}
    promises = set(product.attributes) - contents
    implied = {more for one in promises for more in IMPLIED.get(one, {one})}
    return implied, (contents - {NOTHING} if contents else None)
