"""A/A experiments watched after each visit: how many intervals hold throughout, and how wide."""

import argparse
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.impact.effects import ADDED, ALPHA, TIGHTEST_AT, VISITS_MIN, Sides, half_width

Floats = NDArray[np.float64]
EXPERIMENTS: Final = 2_000
VISITS: Final = 10_000
BUYS: Final = (0.02, 0.1, 0.3)
CONTROLS: Final = (0.05, 0.1, 0.5)


def widths(treated: Floats, control: Floats) -> Floats:
    """effects.half_width of many looks at once; rows are (count, bought)."""
    shares = [(one[1] + ADDED) / (one[0] + 2 * ADDED) for one in (treated, control)]
    spread = [p * (1 - p) / one[0] for p, one in zip(shares, (treated, control), strict=True)]
    t = treated[0] + control[0]
    rho_2 = (-2 * np.log(ALPHA) + np.log(-2 * np.log(ALPHA)) + 1) / TIGHTEST_AT
    grown = t * rho_2 + 1
    squared = t * sum(spread) * 2 * grown / (t * t * rho_2) * np.log(np.sqrt(grown) / ALPHA)
    found: Floats = np.sqrt(squared)
    return found


def holds(rng: np.random.Generator, buys: float, share: float) -> tuple[bool, float]:
    """Whether 0 lay in the interval at every look of one experiment; its last half width."""
    is_control = rng.random(VISITS) < share
    bought = rng.random(VISITS) < buys
    sides = [
        np.stack([np.cumsum(side), np.cumsum(side & bought)]).astype(float)
        for side in (~is_control, is_control)
    ]
    looks = (sides[0][0] >= VISITS_MIN) & (sides[1][0] >= VISITS_MIN)
    treated, control = sides[0][:, looks], sides[1][:, looks]
    half = widths(treated, control)
    difference = np.abs(treated[1] / treated[0] - control[1] / control[0])
    return bool((difference <= half).all()), float(half[-1])


def check() -> None:
    """The many looks at once say what the module says of one."""
    one = Sides(
        treated_count=900, treated_bought_count=90, control_count=100, control_bought_count=12
    )
    many = widths(np.array([[900.0], [90.0]]), np.array([[100.0], [12.0]]))
    if abs(float(many[0]) - half_width(one)) > 1e-12:
        msg = f"bench: {many[0]} is not {half_width(one)}; the copy differs from effects.half_width"
        raise SystemExit(msg)


def main() -> None:
    """The bench; `--seed` repeats one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=55)
    rng = np.random.default_rng(parser.parse_args().seed)
    check()
    for buys in BUYS:
        for share in CONTROLS:
            found = [holds(rng, buys, share) for _ in range(EXPERIMENTS)]
            held = sum(one for one, _ in found) / EXPERIMENTS
            half = float(np.mean([one for _, one in found]))
            print(
                f"A/A: {held:.1%} of {EXPERIMENTS} hold over {VISITS} looks "
                f"(buys {buys:.0%}, control {share:.0%}, half width at the end {half:.3f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
