"""80 kills of broker, agent and hub while 20,000 stays are produced: what was lost or doubled."""

import argparse
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.e2e.durable_storm import Storm, Verdict, settle
from tests.e2e.stores import RunningStore

KILLS: Final = 80
ROWS: Final = 20_000


def bench(mosquitto: str, seed: int) -> None:
    """One storm, and its line."""
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="instep-bench-") as name:
        with RunningStore(Path(name), mosquitto) as store:
            toll = Storm(store, seed).rage(KILLS, ROWS)
            verdict = Verdict(store, settle(store))
        print(f"{verdict.line(toll)}; {time.monotonic() - began_s:.0f} s", flush=True)


def main() -> None:
    """The bench; `--seed` repeats one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    options = parser.parse_args()
    mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if mosquitto is None:
        print("durability: skipped, mosquitto is absent")
        return
    bench(mosquitto, options.seed)


if __name__ == "__main__":
    main()
