"""The locator is nowhere worse than on record, and the record, its table and its scorer are true.

`make bench-location WRITE=1` puts new figures on record.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import pytest

from edge_agent import shadow
from edge_agent.fix import Fix
from edge_agent.replay import line
from edge_agent.truth import TruthRow
from tests.bench import location
from tests.bench.locating import figures, sensitivity
from tests.bench.locating.dotnet_random import DotnetRandom, seed_of
from tests.bench.locating.espresense import NAME, PUBLISHED, scenario_rows
from tests.bench.locating.figures import Figures, leaks, worse, worse_errors
from tests.bench.locating.fitted_law import known
from tests.bench.locating.rivals import RIVALS, located
from tests.bench.locating.rows import OURS, Row, our_rows, replayed, rival_rows, scored
from tests.bench.locating.scoring import Score, Scorer
from tests.bench.locating.site import Site, sites
from tests.edge_agent.small_store import Air, two_zones

PUBLIC: Final = ("library", "mall_f1", "mall_f2", "office")
REMEDY: Final = "a change made it worse, or `make bench-location WRITE=1` puts it on record"

SCORE: Final = Score(
    n=300,
    mean_m=1.0,
    median_m=0.9,
    p90_m=2.0,
    zone_accuracy=0.9,
    unknown_share=0.0,
    act_precision=0.95,
    act_share=0.6,
    zone_ece=0.02,
    radius_coverage=0.7,
    answered=1.0,
)
ROW: Final = Row(site="office", tracks="straight", knows="survey", who=OURS, score=SCORE)


@pytest.fixture(scope="module")
def on_record() -> Figures:
    return figures.read()


def with_score(**changed: float | None) -> Row:
    return msgspec.structs.replace(ROW, score=msgspec.structs.replace(SCORE, **changed))


@pytest.mark.timeout(180)  # a mall's walks are located, too: 35 s on a core of one's own
@pytest.mark.parametrize("name", PUBLIC)
def test_nothing_is_worse_than_on_record(shared: Path, on_record: Figures, name: str) -> None:
    rows = list(our_rows(Site(name, shared / "sites" / name), quick=True))
    keys = {row.key for row in on_record.rows}
    assert rows
    assert {row.key for row in rows} <= keys, REMEDY
    assert worse(rows, on_record.rows) == [], REMEDY
    assert leaks(rows) == []


def test_nothing_is_worse_in_espresenses_scenario(on_record: Figures) -> None:
    assert worse_errors(list(scenario_rows()), on_record.espresense) == [], REMEDY


def test_the_readme_shows_what_is_on_record(on_record: Figures) -> None:
    shown = figures.README.read_text(encoding="utf-8")
    assert figures.BEGIN + figures.markdown(on_record) + figures.END in shown, REMEDY


def test_every_site_and_every_rival_is_on_record(on_record: Figures) -> None:
    assert {row.site for row in on_record.rows} == set(PUBLIC)
    assert {row.who for row in on_record.rows if row.site == "office"} == {OURS, *RIVALS}
    assert leaks(on_record.rows) == []


@pytest.mark.parametrize(
    ("site", "who", "error_m", "zone"),
    [
        ("office", "strongest anchor", 3.99, 0.52),
        ("office", "weighted centroid", 2.74, 0.73),
        ("office", "multilateration + Kalman", 2.10, 0.78),
        ("office", "kNN fingerprints", 1.37, 0.88),
        ("library", "strongest anchor", 2.07, 0.72),
        ("library", "weighted centroid", 1.22, 0.82),
        ("library", "multilateration + Kalman", 1.33, 0.78),
        ("library", "kNN fingerprints", 1.63, 0.69),
        ("mall_f1", "weighted centroid", 7.65, 0.42),
        ("mall_f1", "multilateration + Kalman", 7.35, 0.47),
    ],
)
def test_the_rivals_are_as_good_as_others_measured_them(
    on_record: Figures, site: str, who: str, error_m: float, zone: float
) -> None:
    # Means where there was a survey, the median of the mall.
    fitted = [row for row in on_record.rows if row.knows != "defaults"]
    (found,) = (row.score for row in fitted if (row.site, row.who) == (site, who))
    ours_m = found.median_m if site == "mall_f1" else found.mean_m
    assert ours_m == pytest.approx(error_m, rel=0.1)
    assert found.zone_accuracy == pytest.approx(zone, rel=0.1)


@pytest.mark.parametrize(
    ("changed", "is_worse"),
    [
        ({}, False),
        ({"mean_m": 1.04}, False),
        ({"mean_m": 1.06}, True),
        ({"mean_m": 0.5}, False),
        ({"zone_accuracy": 0.86}, False),
        ({"zone_accuracy": 0.85}, True),
        ({"act_precision": None}, True),
        ({"zone_ece": 0.029}, False),
        ({"zone_ece": 0.031}, True),
        ({"unknown_share": 0.019}, False),
        ({"unknown_share": 0.03}, True),
        ({"radius_coverage": 0.66}, False),
        ({"radius_coverage": 0.73}, False),
        ({"radius_coverage": 0.74}, True),
        ({"radius_coverage": 0.6}, True),
        ({"n": 200}, True),
    ],
)
def test_worse_is_the_direction_of_each_figure(
    changed: dict[str, float | None], *, is_worse: bool
) -> None:
    assert bool(worse([with_score(**changed)], [ROW])) == is_worse


def test_a_line_that_is_new_is_not_worse() -> None:
    other = msgspec.structs.replace(with_score(mean_m=9.0), knows="defaults")
    assert worse([other], [ROW]) == []


def test_too_good_to_be_true_is_a_leak() -> None:
    (said,) = leaks([ROW, with_score(mean_m=0.59)])
    assert "office | straight | survey | Instep: mean 0.59 m" in said


@pytest.mark.parametrize(
    ("name", "recording"), [("office", "straight_02"), ("library", "walk"), ("mall_f2", "walk")]
)
def test_the_score_is_that_of_the_published_scorer(
    shared: Path, tmp_path: Path, name: str, recording: str
) -> None:
    folder = shared / "sites" / name
    site = Site(name, folder)
    if name == "mall_f2":
        found = located(RIVALS["weighted centroid"], known(site), site.sightings(recording))
        fixes = [msgspec.structs.replace(fix, zone_p=0.8, radius_m=9.0) for fix in found]
    else:
        fixes = replayed(site, site.sightings(recording), site.defaults)[0]
    path = tmp_path / "fixes.jsonl"
    path.write_bytes(b"".join(line(fix) for fix in fixes))
    file = folder / "truth" / f"{recording}.csv.gz"
    command = [sys.executable, str(shared / "scoring" / "score_fixes.py"), "--truth", str(file)]
    command += ["--map", str(folder / "map.geojson"), "--fixes", str(path)]
    if site.is_covered_only:
        command += ["--covered", str(folder / "recordings" / file.name)]
    done = subprocess.run(command, capture_output=True, check=True)
    expected = json.loads(done.stdout)
    score = scored(site, {recording: fixes})
    assert score is not None
    for metric, value in msgspec.to_builtins(score).items():
        assert value == pytest.approx(expected[metric], abs=6e-5), metric


def fix(t_s: float, zone: str | None, zone_p: float, x_m: float = 4.0) -> Fix:
    level = {"level": "L0", "map_sha": ""}
    return Fix(t_s=t_s, tag="t", x_m=x_m, y_m=4.0, radius_m=0.5, zone=zone, zone_p=zone_p, **level)


def test_a_score_by_hand() -> None:
    scorer = Scorer(two_zones())
    truth = [TruthRow(float(second), "t", 4.0, 4.0) for second in range(11)]
    # Truth far outside of every zone has no zone; a gap of more than 2.5 s has no truth.
    truth += [TruthRow(20.0, "t", 40.0, 4.0), TruthRow(30.0, "t", 4.0, 4.0)]
    early = [fix(float(second), "b", 1.0, x_m=9.0) for second in range(5)]
    counted = [
        fix(5.0, "a", 0.9),
        fix(6.0, "b", 0.9, x_m=5.0),
        fix(6.5, "b", 1.0),
        fix(7.0, None, 0),
    ]
    scorer.add(truth, [*early, *counted, fix(20.0, "a", 1.0, x_m=40.0), fix(25.0, "a", 1.0)])
    score = scorer.score()
    assert score is not None
    assert score.n == 4
    assert score.mean_m == pytest.approx(0.25)
    assert score.zone_accuracy == pytest.approx(1 / 3)
    assert score.unknown_share == pytest.approx(1 / 3)
    assert score.act_share == pytest.approx(2 / 3)
    assert score.act_precision == pytest.approx(1 / 2)
    assert score.zone_ece == pytest.approx(0.4)
    assert score.radius_coverage == pytest.approx(3 / 4)
    assert score.answered == pytest.approx(4 / 8)


def test_nothing_scored_is_no_score() -> None:
    assert Scorer(two_zones()).score() is None


def test_the_noise_is_that_of_dotnet() -> None:
    # What `new Random(0).NextDouble()` has given since .NET Framework, and with 42.
    first = DotnetRandom(0)
    assert [first.uniform() for _ in range(2)] == [0.7262432699679598, 0.8173253595909687]
    assert DotnetRandom(42).uniform() == 0.6681064659115423
    assert DotnetRandom(-42).uniform() == 0.6681064659115423
    assert -(2**31) <= seed_of(20260530, NAME, "diagonal_walk") < 2**31


@pytest.fixture
def small_sites(tmp_path: Path) -> Path:
    """A folder with a site of two tracks and a survey, as FORMATS.md lays it out."""
    folder = tmp_path / "sites" / "small"
    for part in ("recordings", "truth"):
        (folder / part).mkdir(parents=True)
    floor_map = two_zones()
    (folder / "map.geojson").write_text(json.dumps(floor_map.document))
    (folder / "site.json").write_text('{"site": "small", "tag_height_m": 1.0}')
    air = Air(floor_map, seed=1)
    for number in (1, 2):
        walk = [(second, 2.0 + 0.5 * second, 4.0) for second in range(24)]
        heard = [row for second, x_m, y_m in walk for row in air.second(x_m, y_m, second + 1.0)]
        heard.sort(key=lambda row: row.t_s)
        rows = [f"{row.t_s},{row.tag},{row.anchor},{row.rssi_dbm}" for row in heard]
        write(folder / "recordings" / f"aisle_0{number}.csv", "t_s,tag,anchor,rssi_dbm", rows)
        truth = [f"{second + 0.5},t,{x_m},{y_m}" for second, x_m, y_m in walk]
        write(folder / "truth" / f"aisle_0{number}.csv", "t_s,tag,x_m,y_m", truth)
    points = [(x_m, y_m) for x_m in (2.0, 6.0, 10.0, 14.0) for y_m in (2.0, 6.0)]
    survey = [
        f"{number},{x_m},{y_m},{anchor},20,{rssi_dbm},4.0"
        for number, (x_m, y_m) in enumerate(points)
        for anchor, rssi_dbm in {
            row.anchor: row.rssi_dbm for row in air.second(x_m, y_m, 1.0)
        }.items()
    ]
    write(folder / "survey.csv", "point,x_m,y_m,anchor,n,rssi_mean_dbm,rssi_sd_db", survey)
    return folder.parent


def write(path: Path, head: str, rows: Sequence[str]) -> None:
    path.write_text("\n".join([head, *rows, ""]))


def test_any_folder_of_sites_has_its_table(
    small_sites: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    location.main(["--sites", str(small_sites)])
    told = capsys.readouterr().out
    for who in (*RIVALS, OURS):
        assert any(row.startswith("small  aisle") and who in row for row in told.splitlines())
    assert "living_to_bedroom" in told


def test_a_site_without_survey_is_located_by_defaults(small_sites: Path) -> None:
    (small_sites / "small" / "survey.csv").unlink()
    (site,) = sites(small_sites / "small")
    assert site.groups == {"aisle": ("aisle_01", "aisle_02")}
    both = {"defaults", "self-calibrated"}
    assert {row.knows.split(",")[0] for row in our_rows(site)} == both
    assert {row.who for row in rival_rows(site)} == set(list(RIVALS)[:3])


def test_labelled_walks_calibrate_and_are_not_scored(small_sites: Path) -> None:
    folder = small_sites / "small"
    (folder / "survey.csv").unlink()
    for part in ("recordings", "truth"):
        (folder / part / "aisle_02.csv").rename(folder / part / "labelled_walks.csv")
    (site,) = sites(small_sites)
    assert site.groups == {"aisle": ("aisle_01",)}
    assert "walks" in {row.knows for row in our_rows(site)}
    assert {row.knows for row in rival_rows(site)} == {"walks", "defaults"}


def test_a_folder_without_a_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no site, expected folders with map\.geojson"):
        sites(tmp_path)


def test_only_the_default_sites_go_on_record(
    small_sites: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert location.main(["--write", "--sites", str(small_sites)]) == 2
    assert "only the default sites go on record" in capsys.readouterr().err


def test_writing_keeps_the_rest_of_the_readme(tmp_path: Path) -> None:
    readme, file = tmp_path / "README.md", tmp_path / "figures.json"
    readme.write_text(f"before\n{figures.BEGIN}old\n{figures.END}after\n")
    figures.write(Figures((with_score(mean_m=1.23456),), PUBLISHED), file, readme)
    assert figures.read(file).rows[0].score.mean_m == 1.2346
    head, rest = readme.read_text().split(figures.BEGIN)
    assert (head, rest.split(figures.END)[1]) == ("before\n", "after\n")
    assert "| office | straight | survey | Instep | 300 | 1.23 | 0.90 |" in rest
    assert "old" not in rest


def test_what_a_tuned_number_does_is_told(
    small_sites: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = (shadow, "SHADOW_REACH_M", shadow.SHADOW_REACH_M)
    monkeypatch.setattr(sensitivity, "module_numbers", lambda: iter([one]))
    monkeypatch.setattr(sensitivity, "settings_numbers", lambda: iter([("sensitive_p", 0.2)]))
    sensitivity.show(sites(small_sites))
    told = capsys.readouterr().out
    assert "sensitive_p = 0.2: no effect" in told
    assert "shadow.SHADOW_REACH_M = 4\n  x 0.75  small " in told


def test_the_tuned_numbers_are_found_at_home_and_put_back() -> None:
    found = {(module.__name__, name) for module, name, _ in sensitivity.module_numbers()}
    assert ("edge_agent.shadow", "SHADOW_REACH_M") in found
    assert len(found) == len(list(sensitivity.module_numbers()))
    assert all(value for _, value in sensitivity.settings_numbers())
    with sensitivity.changed(shadow, "SHADOW_REACH_M", 9.0):
        assert vars(shadow)["SHADOW_REACH_M"] == 9.0
    assert ("edge_agent.shadow", "SHADOW_REACH_M", 9.0) not in {
        (module.__name__, name, value) for module, name, value in sensitivity.module_numbers()
    }


def test_the_other_sites_choose() -> None:
    better, worse_, shipped = (msgspec.structs.replace(SCORE, mean_m=m) for m in (0.8, 1.3, 1.0))
    by_factor = {
        0.75: {"one": better, "other": worse_},
        1.0: {"one": shipped, "other": shipped},
        1.25: {"one": shipped, "other": shipped},
    }
    assert sensitivity.chosen_without("other", by_factor) == 0.75
    assert sensitivity.chosen_without("one", by_factor) == 1.0
    assert sensitivity.relative("other", by_factor[0.75], by_factor[1.0]) == pytest.approx(1.15)
