"""Who stands at one till, from second to second: who joined first is served first."""

from typing import Final

from store_maps.script import Script
from store_maps.shop import Till

# From the end of one customer to the beginning of the next.
TURNOVER_S: Final = 3.0
# Of those who join, these give up however short the wait: a call, a forgotten purse.
GIVES_UP_P: Final = 0.02
# When someone gives up, as a share of their patience.
GIVES_UP_AT: Final = (0.3, 1.0)
# At the till: no money at hand, one thing goes back after all.
HESITATES_P: Final = 0.08
HESITATES_S: Final = (8.0, 30.0)


class TillQueue:
    """The queue of one till.

    Args:
        till: where it stands.
        pace: divides the times of service.
    """

    def __init__(self, till: Till, pace: float) -> None:
        self._line = till.line
        self._pace = pace
        self._free_s = float("-inf")
        """When the last who joined to pay is done."""
        self._gone_s: list[float] = []
        """When each who joined is out of the line, in order."""

    def free_s(self, t_s: float) -> float:
        """When someone who joins now would be served."""
        return max(t_s, self._free_s)

    def join(self, script: Script) -> bool:
        """Queue, move up as others go, and pay or give up: all is known on joining.

        Returns:
            whether they paid, at the end of the path.
        """
        path, rng, person = script.path, script.rng, script.person
        joined_s = path.end_s
        self._gone_s = sorted(gone_s for gone_s in self._gone_s if gone_s > joined_s)
        wait_s = (self._free_s - joined_s) * self._pace
        gives_up = wait_s > person.patience_s or rng.random() < GIVES_UP_P
        stays_s = min(max(wait_s, 1.0), person.patience_s) * script.between(GIVES_UP_AT)
        until_s = joined_s + stays_s / self._pace if gives_up else float("inf")
        self._move_up(script, until_s)
        if gives_up:
            path.wait_until(until_s)
        else:
            service_s = person.service_s + person.item_s * len(script.basket)
            if rng.random() < HESITATES_P:
                service_s += script.between(HESITATES_S)
            script.wait(service_s)
            self._free_s = path.end_s
        self._gone_s.append(path.end_s)
        return not gives_up

    def _move_up(self, script: Script, until_s: float) -> None:
        """Stand in line until one is at the till, or until a time."""
        ahead_s = self._gone_s
        script.go(self._line[min(len(ahead_s), len(self._line) - 1)])
        for place, gone_s in zip(range(len(ahead_s) - 1, -1, -1), ahead_s, strict=True):
            if gone_s + TURNOVER_S > until_s:
                break
            script.path.wait_until(gone_s + TURNOVER_S)
            script.go(self._line[min(place, len(self._line) - 1)])
