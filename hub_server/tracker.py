"""How far the shopper's orders are, as their page shows it."""

from typing import Final

from hub_server.aisle_views import OrderView
from hub_server.visits import Visit

STEPS: Final = ("ordered", "preparing", "ready", "picked_up")


def orders(visit: Visit) -> list[OrderView]:
    """The orders of a visit, what waits to be picked up first; their numbers show nowhere."""
    states = sorted(visit.orders.values(), key=_place, reverse=True)
    waiting = [state for state in states if state != STEPS[-1]]
    over = [state for state in states if state == STEPS[-1]]
    return [OrderView(state=state, steps=list(STEPS)) for state in (*waiting, *over)]


def fields(visit: Visit) -> dict[str, object]:
    """What the phone's frame says of them."""
    return {"orders": orders(visit)}


def _place(state: str) -> int:
    return STEPS.index(state) if state in STEPS else -1
