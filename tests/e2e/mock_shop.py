"""What the mock hub tells of products, the list, what is known, and who is called."""

from typing import Any

AT_MS = 1_790_000_000_000


def product(
    item: str, name: str, zone: tuple[str, str], at: tuple[float, float], **more: object
) -> dict[str, Any]:
    """A product as the hub tells it."""
    zone_id, zone_name = zone
    x_m, y_m = at
    shown = {"price": 1.79, "metres": 12.0, "in_stock": True, "attributes": ["contains:none"]}
    place = {"zone": zone_id, "zone_name": zone_name, "x_m": x_m, "y_m": y_m, "level": "L0"}
    told: dict[str, Any] = {"item": item, "name": name, **place, **shown, **more}
    return told | {"price_text": f"€{told['price']:.2f}"}


PASTA = ("pasta", "Pasta & sauces")
DAIRY = ("dairy", "Milk & eggs")
BREAKFAST = ("breakfast", "Coffee & breakfast")
OATS = product(
    "2001",
    "Rolled oats 500 g",
    BREAKFAST,
    (19.9, 11.5),
    price=0.99,
    metres=4.2,
    attributes=["vegan", "contains:gluten"],
)
PESTO = product(
    "2002",
    "Pesto Genovese",
    PASTA,
    (16.6, 12.1),
    price=2.49,
    metres=3.1,
    attributes=["vegetarian", "contains:milk", "contains:nuts"],
)
MILK = product(
    "2003",
    "Whole milk 1 l",
    DAIRY,
    (16.0, 18.6),
    price=1.29,
    metres=9.0,
    attributes=["vegetarian", "contains:milk"],
)
COFFEE = product(
    "2004",
    "Coffee beans 1 kg",
    BREAKFAST,
    (18.7, 10.2),
    price=11.99,
    metres=6.0,
    attributes=["vegan"],
    in_stock=False,
)
TEA = product(
    "2005",
    "Green tea",
    BREAKFAST,
    (18.7, 12.9),
    metres=5.4,
    attributes=["vegan", "contains:none"],
)
SPAGHETTI = product(
    "2006",
    "Spaghetti 500 g",
    PASTA,
    (14.6, 9.5),
    price=0.89,
    metres=1.4,
    attributes=["vegan", "contains:gluten"],
)
PRODUCTS = [OATS, PESTO, MILK, COFFEE, TEA, SPAGHETTI]

CORNERS = [(15.6, 10.4), (15.6, 15.2), (16.0, 18.0), (18.6, 16.4), (19.4, 14.9), (19.4, 11.5)]
ROUTE = {"metres": 21.0, "legs": [{"level": "L0", "points": CORNERS}]}


def line(number: int, name: str, of: dict[str, Any] | None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A line of the shopping list."""
    shown: dict[str, Any] = {
        "order": number,
        "done": False,
        "fits": True,
        "visited": False,
        "metres": of and of["metres"],
        "passed_m": None,
        "suggestions": [],
        "substitutes": [],
    }
    names = {"line": f"line-{name}", "text": name, "item": of and of["item"], "product": of}
    return {**names, **shown, **more}


LIST: dict[str, Any] = {
    "lines": [
        line(1, "pesto", PESTO, passed_m=5.0),
        line(2, "milk", MILK),
        line(3, "oats", OATS),
        line(4, "coffee", COFFEE, substitutes=[TEA]),
        line(0, "birthday candles", None, order=None),
        line(
            0,
            "bananas",
            product("1001", "Bananas", ("produce", "Fruit"), (29.3, 6.9)),
            order=None,
            done=True,
        ),
    ],
    "route": ROUTE,
    "metres": 84.0,
    "saved_m": 31.0,
    "minutes": 6.5,
    "minutes_said": None,
    "left_out_count": 0,
    "from_here": True,
    "ends_at": "till",
    "leaving_without": ["line-milk"],
}
NEAR = [
    {**OATS, "why": "On your list, and 4 m away.", "reason": "list", "cheaper": None},
    {**PESTO, "why": "On your list; you passed it.", "reason": "list", "cheaper": None},
    {**SPAGHETTI, "why": "Near you now.", "reason": "near", "cheaper": None},
    {**TEA, "why": "Near you now.", "reason": "near", "cheaper": None},
]
HELP = {
    "task": "task-1",
    "kind": "help",
    "state": "open",
    "about": "I cannot find something",
    "item": None,
    "item_name": None,
    "at_ms": AT_MS,
    "who": None,
    "taken_ms": None,
    "minutes": None,
    "escalated": False,
}
PROFILE: dict[str, Any] = {
    "declared": [
        {"fact": "mission:intent", "text": "You are looking for a gift", "until_ms": None}
    ],
    "inferred": [
        {
            "fact": "topic:finding",
            "text": "You want to hear more about finding things",
            "why": "You found 3 messages about it useful.",
            "until_ms": AT_MS + 30 * 86_400_000,
        }
    ],
    "evidence": 3,
    "summary": "We go by your list and three of your answers.",
    "used_today": True,
    "purchases": [
        {
            "item": "2003",
            "name": "Whole milk 1 l",
            "quantity": 2,
            "at_ms": AT_MS,
            "channel": "till",
        },
        {"item": "2001", "name": "Rolled oats", "quantity": 1, "at_ms": AT_MS, "channel": "till"},
    ],
    "topics": [
        {
            "topic": "finding",
            "name": "Finding things",
            "off": False,
            "less": False,
            "weight": "more",
        },
        {"topic": "offers", "name": "Offers", "off": True, "less": False, "weight": "less"},
    ],
    "purposes": {"locate": True, "message": True, "remember": False, "improve": False},
    "deals": [
        {
            "purpose": purpose,
            "on": on,
            "give": give,
            "get": got,
            "since_ms": AT_MS,
            "text_version": 1,
            "text_sha256": "0",
        }
        for purpose, on, give, got in (
            ("locate", True, "where your cart is.", "the map and the way."),
            ("message", True, "what was said to you.", "something useful, at the right shelf."),
            ("remember", False, "your visits on this phone.", "what you chose, next time."),
            ("improve", False, "your visit without you.", "a store that learns."),
        )
    ],
    "kept": [
        {"what": "Where you were", "until": "a day after this visit"},
        {"what": "Messages and your answers", "until": "30 days"},
    ],
    "loyalty": {"linked": False, "ends": None},
}
RULES = {
    "language": "en",
    "rules": [
        {
            "campaign": "way-round",
            "kind": "guide",
            "title": "Your way round",
            "text": "When you have just come in and stand near the entrance. At most once a visit.",
            "for_everyone": True,
            "topic": "finding",
            "sponsor": None,
        },
        {
            "campaign": "coffee-for-all",
            "kind": "offer",
            "title": "Two packs of coffee",
            "text": "When you are near the coffee and it is on your list. At most once a visit.",
            "for_everyone": False,
            "topic": "offers",
            "sponsor": "Roastery North",
        },
    ],
}
STAFF: dict[str, Any] = {
    "at_ms": AT_MS,
    "store": {"id": "corner-market", "name": "Corner Market"},
    "tasks": [
        {
            "task": f"task-{number}",
            "kind": kind,
            "state": state,
            "about": about,
            "item": item and item["item"],
            "item_name": item and item["name"],
            "item_zone_name": item and item["zone_name"],
            "item_x_m": item and item["x_m"],
            "item_y_m": item and item["y_m"],
            "item_level": item and item["level"],
            "zone": zone,
            "zone_name": zone_name,
            "level": "L0",
            "x_m": x_m,
            "y_m": y_m,
            "age_s": 1.0,
            "opened_ms": AT_MS - waiting_s * 1000,
            "waiting_s": waiting_s,
            "who": who,
            "taken_ms": who and AT_MS,
            "minutes": None,
            "escalated": waiting_s > 60,
        }
        for number, kind, state, about, item, zone, zone_name, x_m, y_m, waiting_s, who in (
            (
                1,
                "help",
                "open",
                "I cannot find the yeast",
                None,
                "wine",
                "Wine",
                4.0,
                16.0,
                94,
                None,
            ),
            (2, "bring", "open", None, MILK, "pasta", "Pasta & sauces", 15.6, 10.4, 21, None),
            (3, "help", "taken", None, None, "bakery", "Bakery", 26.0, 17.0, 40, "Anna"),
        )
    ],
}
SHOP: dict[str, Any] = {
    "list": LIST,
    "find": {"q": "", "found": PRODUCTS, "route": ROUTE, "substitutes": [TEA], "places": []},
    "near": {"zone_name": "Pasta & sauces", "near": NEAR},
    "way": ROUTE,
    "profile": PROFILE,
    "rules": RULES,
    "push": {"key": None, "on": False},
}
