import numpy as np
import pytest

from edge_agent.anchor_pattern import PARTS
from edge_agent.anchor_record import LEARNT_S, AnchorRecord, Misfits

ALL = np.ones(2, bool)


def misfits(anchor: int, misfit_db: float, part: int = 3) -> Misfits:
    return Misfits(
        np.array([anchor]),
        np.array([part]),
        np.array([misfit_db]),
        np.array([4.0]),
        np.array([[misfit_db, misfit_db + 5.0]]),
    )


def test_a_record_is_weighted_means_by_part() -> None:
    record = AnchorRecord(2)
    record.take(misfits(0, 6.0))
    record.take(misfits(0, 10.0))
    assert record.recent_weight[0, 3] == pytest.approx(0.5)
    assert record.recent_db(0)[3] == pytest.approx(8.0)
    assert record.recent_db(1).tolist() == [0.0] * PARTS
    assert record.others_db(0)[1, 3] == pytest.approx(13.0)
    record.take(misfits(1, 80.0))
    assert record.recent_db(1)[3] == pytest.approx(25.0)


def test_what_fades_becomes_normal_after_an_hour_of_learning() -> None:
    record = AnchorRecord(2)
    learns = np.array([True, False])
    for _ in range(int(LEARNT_S / 60)):
        assert record.normal(0)[0].sum() == 0
        record.take(misfits(0, 5.0))
        record.take(misfits(1, 5.0))
        record.age(60.0, learns)
    weight, normal_db = record.normal(0)
    assert weight[3] > 5
    assert normal_db[3] == pytest.approx(5.0)
    assert record.normal(1)[0].sum() == 0
    assert record.recent_weight[1, 3] < 2


def test_what_others_showed_is_discarded_but_a_fifth() -> None:
    record = AnchorRecord(2)
    record.take(misfits(0, 5.0))
    record.take(misfits(1, 5.0))
    record.discard(np.array([False, True]))
    assert record.recent_weight[:, 3].tolist() == pytest.approx([0.25, 0.05])
    assert record.recent_db(1)[3] == pytest.approx(5.0)
    assert record.others_db(1)[1, 3] == pytest.approx(10.0)


def test_silence_surprises_more_each_time_and_a_packet_ends_it() -> None:
    record = AnchorRecord(2)
    nobody = np.zeros(2, bool)
    for _ in range(10):
        record.hear(ALL, np.array([True, False]))
    assert record.silent_nats[0] == 0
    assert record.silent_nats[1] > 4
    before = record.silent_nats[1]
    record.hear(nobody, nobody)
    assert record.silent_nats[1] == before
    record.hear(nobody, np.array([False, True]))
    assert record.silent_nats[1] == 0


def test_silence_for_good_does_not_become_normal() -> None:
    record = AnchorRecord(2)
    for _ in range(2000):
        record.hear(ALL, np.array([True, False]))
    assert record.silent_nats[1] > 300
