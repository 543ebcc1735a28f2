"""The table: what is known of a site, who locates, and how well."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from edge_agent.calibration import Calibration
from edge_agent.fix import Fix
from edge_agent.locator import DEFAULT, TRACK_SILENCE_S, Locator, LocatorSettings
from edge_agent.replay import seconds
from edge_agent.self_calibration import self_calibrated
from edge_agent.sighting import Sighting
from tests.bench.locating.fitted_law import Known, known
from tests.bench.locating.rivals import RIVALS, located, neighbours
from tests.bench.locating.scoring import Score, Scorer
from tests.bench.locating.site import Site

OURS: Final = "Instep"
LAG_S: Final = 3
# What a hand around the tag costs.
WEAKER_DB: Final = -8.0
# A site with so few tags has a row for each: phones of different make.
TAGS_APART_MAX: Final = 4


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table."""

    site: str
    tracks: str
    """The group of tracks, e.g. straight for straight_01 to straight_05; or one tag of it."""
    knows: str
    """The rung of the radio map, and what was done to the signal."""
    who: str
    score: Score

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from the others."""
        return self.site, self.tracks, self.knows, self.who


def replayed(
    site: Site,
    sightings: Sequence[Sighting],
    calibration: Calibration,
    lag_s: int = 0,
    settings: LocatorSettings = DEFAULT,
) -> tuple[list[Fix], list[Fix]]:
    """The instant fixes and, with a lag, the lagged ones, from one pass."""
    radio_map = site.radio_map(calibration)
    locator = Locator(site.floor_map, site.grid, radio_map, settings, lag_s=lag_s)
    instant: list[Fix] = []
    lagged: list[Fix] = []
    for second, heard in seconds(sightings, TRACK_SILENCE_S + lag_s + 1):
        locator.observe(heard)
        instant += locator.step(second)
        lagged += locator.settled()
    return instant, lagged


def scored(site: Site, fixes: Mapping[str, Sequence[Fix]], tag: str | None = None) -> Score | None:
    """The pooled figures of some tracks, or of one tag in them."""
    scorer = Scorer(site.floor_map)
    for track, found in fixes.items():
        truth = [row for row in site.truth(track) if tag in (None, row.tag)]
        covered = site.sightings(track) if site.is_covered_only else None
        scorer.add(truth, found, covered)
    return scorer.score()


def our_rows(site: Site, *, quick: bool = False) -> Iterator[Row]:
    """Our own locator with its shipped settings, on every rung that the site's files give.

    The quick ones leave out what takes most time: of a large floor everything but the instant
    fixes of its best rung, and all but the last track of those calibrated by the others.
    """
    is_short = quick and site.is_large
    for group, tracks in site.groups.items():
        best = site.measured
        if best is not None:
            yield from rung_rows(site, group, tracks, best, lag_s=0 if is_short else LAG_S)
        if site.survey and best is not None:
            yield from weaker_rows(site, group, tracks, best)
        if not is_short:
            yield from self_calibrated_rows(site, group, tracks[-1:] if quick else tracks)
            yield from rung_rows(site, group, tracks, site.defaults, lag_s=LAG_S)


def rung_rows(
    site: Site, group: str, tracks: Sequence[str], calibration: Calibration, lag_s: int
) -> Iterator[Row]:
    """Instant and, with a lag, lagged; and each tag apart where there are few."""
    both = {track: replayed(site, site.sightings(track), calibration, lag_s) for track in tracks}
    instant = {track: fixes for track, (fixes, _) in both.items()}
    lagged = {track: fixes for track, (_, fixes) in both.items()}
    rung = calibration.rung
    yield from row(site, group, rung, OURS, scored(site, instant))
    if lag_s:
        yield from row(site, group, f"{rung}, {lag_s} s later", OURS, scored(site, lagged))
    tags = sorted({fix.tag for fixes in instant.values() for fix in fixes})
    if 1 < len(tags) <= TAGS_APART_MAX:
        for tag in tags:
            name = f"{group}, {tag}"
            yield from row(site, name, rung, OURS, scored(site, instant, tag))


def weaker_rows(
    site: Site, group: str, tracks: Sequence[str], calibration: Calibration
) -> Iterator[Row]:
    """Every RSSI lower by the same."""
    weaker = {
        track: [
            msgspec.structs.replace(one, rssi_dbm=one.rssi_dbm + WEAKER_DB)
            for one in site.sightings(track)
        ]
        for track in tracks
    }
    fixes = {track: replayed(site, rows, calibration)[0] for track, rows in weaker.items()}
    knows = f"{calibration.rung}, {WEAKER_DB:+.0f} dB".replace("-", "\N{MINUS SIGN}")
    yield from row(site, group, knows, OURS, scored(site, fixes))


def self_calibrated_rows(site: Site, group: str, tracks: Sequence[str]) -> Iterator[Row]:
    """Each track by what all others say of the site, unlabelled; pooled, and the last one apart."""
    others = {
        track: [other for names in site.groups.values() for other in names if other != track]
        for track in tracks
    }
    if site.is_large or not all(others.values()):
        return
    both = {
        track: replayed(site, site.sightings(track), unlabelled(site, others[track]), LAG_S)
        for track in tracks
    }
    instant = {track: fixes for track, (fixes, _) in both.items()}
    if len(tracks) > 1:
        lagged = {track: fixes for track, (_, fixes) in both.items()}
        later = f"self-calibrated, {LAG_S} s later"
        yield from row(site, group, "self-calibrated", OURS, scored(site, instant))
        yield from row(site, group, later, OURS, scored(site, lagged))
    last = tracks[-1]
    yield from row(site, last, "self-calibrated", OURS, scored(site, {last: instant[last]}))


def unlabelled(site: Site, tracks: Sequence[str]) -> Calibration:
    """What `edge-agent calibrate --unlabelled` would leave a store with: the map, if no more."""
    recordings = [site.sightings(track) for track in tracks]
    try:
        found = self_calibrated(site.floor_map, site.grid, site.defaults, recordings)
    except ValueError:
        return site.defaults
    return found.calibration if found.accepted else site.defaults


def rival_rows(site: Site) -> Iterator[Row]:
    """The others, fitted on survey or labelled walks where there are some, and without."""
    fitted, bare = known(site), known(site, is_bare=True)
    for group, tracks in site.groups.items():
        for name, rival in RIVALS.items():
            if rival is not neighbours or len(fitted.points_m):
                yield from rival_row(site, group, tracks, fitted, name)
        if fitted.fitted_on != bare.fitted_on:
            yield from rival_row(site, group, tracks, bare, "multilateration + Kalman")


def rival_row(
    site: Site, group: str, tracks: Sequence[str], what: Known, name: str
) -> Iterator[Row]:
    """One rival on what it knows."""
    rival = RIVALS[name]
    fixes = {track: located(rival, what, site.sightings(track)) for track in tracks}
    score = scored(site, fixes)
    if score is not None:
        score = without_probability(score)
    yield from row(site, group, what.fitted_on, name, score)


def without_probability(score: Score) -> Score:
    """The score of one that says neither how sure it is nor within what radius."""
    return msgspec.structs.replace(
        score,
        unknown_share=None,
        act_precision=None,
        act_share=None,
        zone_ece=None,
        radius_coverage=None,
    )


def row(site: Site, tracks: str, knows: str, who: str, score: Score | None) -> Iterator[Row]:
    """A line; none where nothing could be scored."""
    if score is not None:
        yield Row(site=site.name, tracks=tracks, knows=knows, who=who, score=score)
