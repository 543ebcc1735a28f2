"""33 or more kills of broker, agent and hub while 5,000 stays are produced.

Every process is a real one (`stores`): Mosquitto, `hub-server run` on a SQLite file, and an agent
with the product's own outbox, link, stays and loop. Only its fixes are made up (`stay_producer`).
"""

from pathlib import Path

import pytest

from tests.e2e.durable_storm import Storm, Verdict, settle
from tests.e2e.stores import RunningStore

# Which moments it gives depends on the machine, too; the figures are printed.
SEED = 20
KILLS_MIN = 33
ROWS_MIN = 5_000


@pytest.mark.timeout(300)
def test_kills_at_any_moment_lose_and_double_nothing_and_keep_the_order(
    mosquitto: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RunningStore(tmp_path, mosquitto) as store:
        toll = Storm(store, SEED).rage(KILLS_MIN, ROWS_MIN)
        journal = settle(store)
        verdict = Verdict(store, journal)
        marks = store.marks()
        unwanted = store.query("SELECT id FROM lost UNION ALL SELECT id FROM quarantine")
    with capsys.disabled():
        print(f"\n{verdict.line(toll)}")
    assert not verdict.lost
    assert verdict.doubled_count == verdict.invented_count == verdict.disordered_count == 0
    # One outbox from the first row to the last, and each of its numbers is there: none was skipped.
    assert marks == {journal.outboxes[0]: len(verdict.keys)}
    assert not unwanted
    assert min(toll.kills.values()) >= 3
    assert toll.unconfirmed_count >= 10
