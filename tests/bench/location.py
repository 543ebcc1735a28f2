"""How well we locate, and how well others do: every site of a folder in one table.

`python tests/bench/location.py [--sites DIR] [--write] [--sensitivity]`; DIR holds sites as
FORMATS.md lays them out (or is one), by default ../shared/sites. `--write` puts the figures of the
default sites on record in tests/bench/location_figures.json and edge_agent/README.md; `make test`
then holds every change to them. Ends with 1 where a figure is too good to be true.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

# Before NumPy, which counts its threads as it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.bench.locating import figures, sensitivity
from tests.bench.locating.espresense import scenario_rows
from tests.bench.locating.rows import Row, our_rows, rival_rows
from tests.bench.locating.site import Site, sites

ROOT: Final = Path(__file__).parents[2]
PUBLIC: Final = ROOT.parent / "shared" / "sites"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    options = parser().parse_args(arguments)
    if options.write and options.sites != PUBLIC:
        print("--write: only the default sites go on record; you: leave one out", file=sys.stderr)
        return 2
    found = [] if is_absent(options) else sites(options.sites)
    if options.sensitivity:
        sensitivity.show(found)
        return 0
    rows = list(table(found))
    print(*figures.lines(rows), sep="\n")
    errors = tuple(scenario_rows())
    print("\nESPresense-companion's own scenario:", *figures.error_lines(errors), sep="\n")
    if options.write:
        figures.write(figures.Figures(tuple(rows), errors))
    suspects = figures.leaks(rows)
    for line in suspects:
        print(line, file=sys.stderr)
    return 1 if suspects else 0


def is_absent(options: argparse.Namespace) -> bool:
    """Whether there is nothing beside the project; what needs no data is shown all the same."""
    if options.sites != PUBLIC or PUBLIC.is_dir() or options.write:
        return False
    print(f"{PUBLIC} is absent: no real site is shown; you: name some by --sites", file=sys.stderr)
    return True


def table(found: Sequence[Site]) -> Iterator[Row]:
    """Every row of every site, the rivals first."""
    for site in found:
        print(f"{site.name} …", file=sys.stderr)
        yield from rival_rows(site)
        yield from our_rows(site)


def parser() -> argparse.ArgumentParser:
    """The options."""
    built = argparse.ArgumentParser(description="How well we locate, and how well others do.")
    built.add_argument("--sites", type=Path, default=PUBLIC, help="a folder of sites, or a site")
    built.add_argument("--write", action="store_true", help="put the figures on record")
    built.add_argument(
        "--sensitivity", action="store_true", help="every tuned number a quarter up and down"
    )
    return built


if __name__ == "__main__":
    sys.exit(main())
