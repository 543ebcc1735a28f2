"""How long a push service is left alone: as long as it asks, within reason."""

import pytest

from hub_server.push.verdict import REST_MAX_S, REST_MIN_S, REST_S, rest_s
from tests.hub_server.push.lines import NOW_S

# A date that is two minutes after NOW_S.
IN_TWO_MINUTES = "Mon, 21 Sep 2026 14:15:20 GMT"


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [
        ("7", 7.0),
        ("0", REST_MIN_S),
        ("99999999", REST_MAX_S),
        ("", REST_S),
        ("soon", REST_S),
        ("-3", REST_S),
        (IN_TWO_MINUTES, 120.0),
        ("Mon, 21 Sep 2020 14:15:20 GMT", REST_MIN_S),
    ],
)
def test_how_long_a_service_wants_to_rest(text: str, expected_s: float) -> None:
    assert rest_s({"Retry-After": text}, NOW_S) == expected_s
