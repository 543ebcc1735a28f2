"""What the shopper's answers do to the next moment."""

import pytest

from hub_server.decision.snapshot import WRONG_PLACE_S, ContextSnapshot, Feedback, Said, heed

NOT_FOR_ME = Feedback("not_for_me", "wine", "z1", 10.0)
WRONG = Feedback("wrong_place", "wine", "z1", 10.0)


@pytest.mark.parametrize(
    ("feedback", "at_s", "muted", "doubted"),
    [
        ([], 10.0, (), ()),
        ([Feedback("useful", "wine", "z1", 10.0)], 10.0, (), ()),
        ([NOT_FOR_ME], 10.0, ("wine",), ()),
        ([NOT_FOR_ME], 1e6, ("wine",), ()),
        ([NOT_FOR_ME], 9.9, (), ()),
        ([WRONG], 10.0, (), ("z1",)),
        ([WRONG], 10.0 + WRONG_PLACE_S - 0.1, (), ("z1",)),
        ([WRONG], 10.0 + WRONG_PLACE_S, (), ()),
        ([Feedback("wrong_place", "wine", None, 10.0)], 10.0, (), ()),
        ([WRONG, NOT_FOR_ME, Feedback("not_for_me", "bread", None, 1.0)], 11.0, ("bread", "wine"),
         ("z1",)),
    ],
)  # fmt: skip
def test_heed(
    feedback: list[Feedback], at_s: float, muted: tuple[str, ...], doubted: tuple[str, ...]
) -> None:
    assert heed(feedback, at_s) == (muted, doubted)


def test_counts() -> None:
    said = Said("a", "help", "t", "page", 1.0)
    snapshot = ContextSnapshot(at_s=2.0, said=(said, said), zones_visited=("a", "b", "a"))
    assert snapshot.messages_count == 2
    assert snapshot.zones_visited_count == 2
