"""A gift shows nowhere: random histories, every output searched; tests/bench/gifts.py: 10,000."""

import logging
from pathlib import Path

from tests.hub_server.gift_histories import GiftHub, Heard, run

HISTORIES = 20
STEPS = 14


def test_no_output_names_a_gift_over_random_histories(tmp_path: Path) -> None:
    """Row 75: marked, bought, listed, joined, exported in random order: 0 leaks."""
    hub = GiftHub(tmp_path)
    heard = Heard()
    logging.getLogger().addHandler(heard)
    try:
        found, searched = [], 0
        for seed in range(HISTORIES):
            leaks, marks = run(hub, seed, STEPS, heard.lines)
            found += leaks
            searched += marks
    finally:
        logging.getLogger().removeHandler(heard)
        hub.close()
    assert found == []
    assert searched > HISTORIES * 3
