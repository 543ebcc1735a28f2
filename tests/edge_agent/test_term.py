from pathlib import Path

from edge_agent.term import begin_term


def test_a_term_grows_at_each_start_and_past_a_lost_disk(tmp_path: Path) -> None:
    path = tmp_path / "term"
    assert begin_term(path, 1_000.7) == 1000
    assert begin_term(path, 1_000.9) == 1001
    assert begin_term(path, 5.0) == 1002
    assert begin_term(path, 2_000.0) == 2000
    path.write_text("rubbish")
    assert begin_term(path, 3_000.0) == 3000
    assert [one.name for one in tmp_path.iterdir()] == ["term"]
