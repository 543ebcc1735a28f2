"""How far the shopper's orders are, as their page shows it."""

from typing import Final

from hub_server.views.aisle import OrderView
from hub_server.visit.visits import Visit

STEPS: Final = ("ordered", "preparing", "ready", "picked_up")


def orders(visit: Visit) -> list[OrderView]:
    """The orders of a visit: what is ready first, what was collected last."""
    waiting = sorted(visit.orders.items(), key=lambda one: (_nearness(one[1]), one[0]))
    return [OrderView(order=order, state=state, steps=list(STEPS)) for order, state in waiting]


def fields(visit: Visit) -> dict[str, object]:
    """What the phone's frame says of them."""
    return {"orders": orders(visit)}


def _nearness(state: str) -> int:
    return (*STEPS[-2::-1], *STEPS[-1:]).index(state) if state in STEPS else len(STEPS)
