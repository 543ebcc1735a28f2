"""What a shopper told of a visit and wrote on the list, on their own page; no gift is named."""

from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy import delete

from hub_server.house import House
from hub_server.records.shopper_tables import LIST_LINES
from hub_server.shopper.gifts import Gifts
from hub_server.shopper.mission import Missions
from hub_server.shopper.profile_words import Words
from hub_server.shopping_list import lines as list_lines
from hub_server.shopping_list.lines import Line
from hub_server.views.profile import DeclaredView, MissionView
from hub_server.visit.visits import Visit

MISSION: Final = "mission"
LIST: Final = "list"
FIELDS: Final = ("intent", "for_whom", "value", "minutes")


class Told:
    """What the shoppers of one store said in taps and words; `remove_line` takes one off a list."""

    def __init__(self, house: House, missions: Missions, gifts: Gifts) -> None:
        self._database = house.database
        self._desk = house.desk
        self._missions = missions
        self._gifts = gifts
        self.remove_line: Callable[[str | None, str], object] = _nothing

    def declared(self, shopper: str, visit: Visit | None, tongue: Words) -> Iterator[DeclaredView]:
        """Each part of the mission, and that there is a list."""
        shown = self._missions.shown(visit)["mission"] if visit else None
        if isinstance(shown, MissionView):
            for field in FIELDS:
                value = getattr(shown, field)
                if value is not None:
                    yield DeclaredView(fact=f"{MISSION}:{field}", text=_words(tongue, field, value))
        count = len(self._lines(shopper))
        if count:
            yield DeclaredView(fact=LIST, text=tongue.declared[LIST].format(what=count))

    def forget(self, cookie: str | None, fact: str) -> bool:
        """Take back one; False: it is none of these.

        Raises:
            Refused: 404, nothing is known of this phone.
        """
        kind, _, field = fact.partition(":")
        if kind == MISSION and field in FIELDS:
            self._missions.say(cookie, {field: None})
        elif fact == LIST:
            self._empty(cookie)
        else:
            return False
        return True

    def _empty(self, cookie: str | None) -> None:
        shopper, visit = self._desk.myself(cookie)
        if visit is None:
            self._database.write(delete(LIST_LINES).where(LIST_LINES.c.shopper == shopper))
            return
        for line in list_lines.lines_of(self._database, shopper):
            self.remove_line(cookie, line.line)

    def _lines(self, shopper: str) -> list[Line]:
        """Without what is a gift."""
        names = self._gifts.names(shopper)
        return [
            one
            for one in list_lines.lines_of(self._database, shopper)
            if not self._gifts.hides(names, one.item) and not self._gifts.tells(names, one.text)
        ]


def _words(tongue: Words, field: str, value: object) -> str:
    if field == "minutes":
        return tongue.declared[field].format(what=round(float(str(value))))
    return tongue.declared[f"{field}_{value}"]


def _nothing(_cookie: str | None, _line: str) -> None:
    return None
