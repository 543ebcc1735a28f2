"""Points in time as files and tills write them."""

import pytest

from hub_server.instants import unix_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T01:00:10+01:00", 10.0),
        ("1970-01-01T00:00:10.500+00:00", 10.5),
        ("1970-01-01T00:00:10", None),
        ("1970-01-01", None),
        ("noon", None),
        ("", None),
    ],
)
def test_a_time_is_one_with_an_offset(text: str, seconds: float | None) -> None:
    assert unix_s(text) == seconds
