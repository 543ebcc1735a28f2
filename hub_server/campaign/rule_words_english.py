"""The words in which a condition is read out in English."""

from typing import Final

from hub_server.campaign.tongue import Phrases, Tongue, members


def _amount(what: str) -> Phrases:
    """A number that has no verb of its own."""
    return {
        "<": f"{what} is under {{value}}",
        "<=": f"{what} is at most {{value}}",
        ">": f"{what} is over {{value}}",
        ">=": f"{what} is at least {{value}}",
        "between": f"{what} is between {{value}} and {{high}}",
    }


def _lasting(phrase: str) -> Phrases:
    """How long something has lasted, or how much is left; {} stands for it."""
    return {
        "<": phrase.format("less than {value}"),
        "<=": phrase.format("at most {value}"),
        ">": phrase.format("more than {value}"),
        ">=": phrase.format("at least {value}"),
        "between": phrase.format("{value} to {high}"),
    }


ENGLISH: Final = Tongue(
    language="en",
    comma=".",
    conjunction="and",
    alternative="or",
    sentence="When {what}.",
    negated="it is not so that {what}",
    caps=("Once a visit.", "At most {n} times a visit."),
    until="Until {date}.",
    choices={
        "zone": {"is": "you are at {value}", "not": "you are not at {value}"},
        "zone_type": {"is": "you are at {value}", "not": "you are not at {value}"},
        "level": {"is": "you are on level {value}", "not": "you are not on level {value}"},
        "stage": {
            "is": "it looks as if you are {value}",
            "not": "it does not look as if you are {value}",
        },
        "intent": {
            "is": "you said that this visit is {value}",
            "not": "you did not say that this visit is {value}",
        },
        "for_whom": {
            "is": "you said that it is for {value}",
            "not": "you did not say that it is for {value}",
        },
        "value": {
            "is": "you said that {value} counts most",
            "not": "you did not say that {value} counts most",
        },
        "waiting_for": {"is": "you wait {value}", "not": "you do not wait {value}"},
    },
    values={
        "zone_type": {
            "department": "a department",
            "aisle": "an aisle",
            "bay": "a bay",
            "entrance": "the entrance",
            "checkout": "the tills",
            "service": "a counter",
            "queue": "the queue",
            "cart_bay": "the carts",
        },
        "stage": {
            "arriving": "arriving",
            "exploring": "looking around",
            "purposeful": "heading for something",
            "engaged": "looking closely",
            "weighing": "weighing things up",
            "stuck": "searching",
            "checkout": "paying",
            "leaving": "leaving",
        },
        "intent": {
            "self": "for yourself",
            "gift": "for a gift",
            "research": "to learn about something",
            "browse": "to look around",
            "hurry": "a quick one",
            "help": "to get advice",
        },
        "for_whom": {
            "child": "a child",
            "partner": "a partner",
            "family": "the family",
            "friend": "a friend",
            "colleague": "a colleague",
        },
        "value": {"price": "the price", "time": "time", "quality": "quality"},
        "waiting_for": {
            "service": "at a counter",
            "queue": "in the queue",
            "order": "for an order",
        },
        "null": {"": "not known"},
    },
    numbers={
        "zone_p": _amount("how sure your place is"),
        "stage_p": _amount("how sure it is that you are {of}"),
        "dwell_s": _lasting("you have been at this place for {}"),
        "visit_s": _lasting("you have been in the store for {}"),
        "waiting_s": _lasting("you have waited for {}"),
        "messages_count": _amount("the number of messages so far"),
        "zones_visited_count": _amount("the number of places you were at"),
        "local_minute": {
            "<": "it is before {value}",
            "<=": "it is {value} or earlier",
            ">": "it is after {value}",
            ">=": "it is {value} or later",
            "between": "it is between {value} and {high}",
        },
        "minutes_left": _lasting("of the time you said you have, {} are left"),
        "evidence": _amount("the number of your answers so far"),
        "feed": _amount("{of}"),
        "walk_m": _lasting("{{of}} is {} away"),
    },
    sets={
        **dict.fromkeys(
            ("bought_items", "bought_categories"),
            members(
                "you bought {names} today",
                "you have not bought {names} today",
                "you bought something today",
                "you have bought nothing today",
            ),
        ),
        **dict.fromkeys(
            ("owned_items", "owned_categories"),
            members(
                "you have {names} from here",
                "you do not have {names} from here",
                "you have something lasting from here",
                "you have nothing lasting from here",
            ),
        ),
        **dict.fromkeys(
            ("due_items", "due_categories"),
            members(
                "going by what you bought, {names} may be running low",
                "going by what you bought, {names} is not running low",
                "going by what you bought, something may be running low",
                "going by what you bought, nothing is running low",
            ),
        ),
        "returned_items": members(
            "you brought {names} back",
            "you did not bring {names} back",
            "you brought something back",
            "you brought nothing back",
        ),
        "disliked_items": members(
            "you said that {names} is not for you",
            "you did not say that {names} is not for you",
            "you said of something that it is not for you",
            "you said of nothing that it is not for you",
        ),
        "services_due": members(
            "{names} is due soon",
            "{names} is not due soon",
            "something you have is due for service",
            "nothing you have is due for service",
        ),
        "wanted_items": members(
            "{names} is open on your list",
            "{names} is not open on your list",
            "something is open on your list",
            "nothing is open on your list",
        ),
        "passed_items": members(
            "you walked past {names}, which is on your list",
            "you did not walk past {names} from your list",
            "you walked past something on your list",
            "you walked past nothing on your list",
        ),
        "leaving_without": members(
            "on your way out, {names} is still open on your list",
            "on your way out, {names} is not open on your list",
            "on your way out, something is still open on your list",
            "on your way out, nothing is open on your list",
        ),
        "out_items": members(
            "{names} is sold out",
            "{names} is not sold out",
            "something is sold out",
            "nothing is sold out",
        ),
    },
    flags={
        "visited_zone": ("you were at {of} in this visit", "you were not at {of} in this visit"),
        "first_visit": ("this is the first visit that we know of", "you were here before"),
    },
    units={"": "", "s": "seconds", "min": "minutes", "m": "m", "%": "%", "°C": "°C"},
    readings={"weather.temperature_c": "the temperature outside"},
    slots={
        "store_name": "store",
        "zone_name": "place",
        "for_zone_name": "place",
        "near_name": "place",
        "product": "product",
        "price": "price",
        "metres": "metres",
        "left_items": "products",
        "left_count": "how many",
        "minutes_left": "minutes",
        "degrees": "degrees",
        "dwell_s": "seconds",
        "waiting_s": "seconds",
        "visit_min": "minutes",
    },
)
