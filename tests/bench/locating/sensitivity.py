"""Every tuned number a quarter up and down, at every site: whether one sits on a knife's edge.

And leave one site out: which of the three values the other sites would have chosen, and what that
choice costs at the site that had no say.
"""

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Final

import msgspec

from edge_agent import (
    audibility,
    belief,
    calibration,
    estimate,
    measurements,
    motion,
    path_loss,
    shadow,
)
from edge_agent.locator import DEFAULT, LocatorSettings
from tests.bench.locating.rows import replayed, scored
from tests.bench.locating.scoring import Score
from tests.bench.locating.site import Site

LESS, SHIPPED, MORE = FACTORS = (0.75, 1.0, 1.25)
# The modules whose numbers were tuned; units and limits of arithmetic among them show no effect.
TUNED: Final = (audibility, belief, calibration, estimate, measurements, motion, path_loss, shadow)

Trial = Mapping[str, Score]
"""Site -> its score."""


def show(sites: Sequence[Site]) -> None:
    """Print a block for each number."""
    shipped = trial(sites, DEFAULT)
    for name, value in settings_numbers():
        varied = [settings_trial(sites, name, value * one) for one in (LESS, MORE)]
        block(name, value, varied, shipped)
    for module, name, value in module_numbers():
        varied = [module_trial(sites, module, name, value * one) for one in (LESS, MORE)]
        block(f"{module.__name__.split('.')[-1]}.{name}", value, varied, shipped)


def settings_numbers() -> Iterator[tuple[str, float]]:
    """The fields of LocatorSettings that are numbers of any size."""
    for name in LocatorSettings.__struct_fields__:
        value = getattr(DEFAULT, name)
        if isinstance(value, float):
            yield name, value


def module_numbers() -> Iterator[tuple[ModuleType, str, float]]:
    """The named constants that the tuned modules define, not those that they import."""
    for module in TUNED:
        source = inspect.getsource(module)
        for name, value in vars(module).items():
            if isinstance(value, float) and f"\n{name}: Final = " in source:
                yield module, name, value


def settings_trial(sites: Sequence[Site], name: str, value: float) -> Trial:
    """Every site's score with one field changed."""
    return trial(sites, msgspec.structs.replace(DEFAULT, **{name: value}))


def module_trial(sites: Sequence[Site], module: ModuleType, name: str, value: float) -> Trial:
    """Every site's score with one constant changed, wherever it was imported."""
    with changed(module, name, value):
        # A radio map is fitted with the numbers of its time.
        return trial([Site(site.name, site.folder) for site in sites], DEFAULT)


@contextmanager
def changed(home: ModuleType, name: str, value: float) -> Iterator[None]:
    """A constant has another value in every module of ours that imported it."""
    shipped = vars(home)[name]
    ours = [module for key, module in sys.modules.items() if key.startswith("edge_agent.")]
    holders = [module for module in ours if vars(module).get(name) is shipped]
    for module in holders:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module in holders:
            setattr(module, name, shipped)


def trial(sites: Sequence[Site], settings: LocatorSettings) -> Trial:
    """Each site on its best rung, all groups of tracks pooled."""
    found: dict[str, Score] = {}
    for site in sites:
        best = site.measured or site.defaults
        tracks = [track for group in site.groups.values() for track in group]
        fixes = {
            track: replayed(site, site.sightings(track), best, settings=settings)[0]
            for track in tracks
        }
        score = scored(site, fixes)
        if score is not None:
            found[site.name] = score
    return found


def block(name: str, value: float, varied: Sequence[Trial], shipped: Trial) -> None:
    """Print one number's figures."""
    low, high = varied
    by_factor = dict(zip(FACTORS, (low, shipped, high), strict=True))
    if all(one == shipped for one in varied):
        print(f"{name} = {value:g}: no effect")
        return
    print(f"{name} = {value:g}")
    for factor, found in by_factor.items():
        print(f"  x {factor:<5}", "  ".join(text(site, found[site]) for site in shipped))
    for site in shipped if len(shipped) > 1 else ():
        chosen = chosen_without(site, by_factor)
        cost = relative(site, by_factor[chosen], shipped) - 1
        print(f"  without {site}: x {chosen}, which there costs {cost:+.1%}")


def text(site: str, score: Score) -> str:
    """A site's main figures: mean, median, zone, act precision, radius coverage."""
    shares = (score.zone_accuracy, score.act_precision, score.radius_coverage)
    shown = " ".join("-" if share is None else f"{share:.2f}" for share in shares)
    return f"{site} {score.mean_m:.2f} {score.median_m:.2f} m {shown}"


def chosen_without(site: str, by_factor: Mapping[float, Trial]) -> float:
    """The factor with the least relative error over the other sites; the shipped one of equals."""
    shipped = by_factor[SHIPPED]
    others = [other for other in shipped if other != site]

    def total(factor: float) -> tuple[float, bool]:
        errors = [relative(other, by_factor[factor], shipped) for other in others]
        return sum(errors), factor != SHIPPED

    return min(by_factor, key=total)


def relative(site: str, found: Trial, shipped: Trial) -> float:
    """The error at a site as a share of the shipped one: mean and median alike."""
    now, then = found[site], shipped[site]
    return (now.mean_m / then.mean_m + now.median_m / then.median_m) / 2
