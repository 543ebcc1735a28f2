"""Who is left alone so that the difference can be seen: a persistent holdout by salted hash.

The holdout is spared all promotion, a campaign's control that campaign alone. Each is a draw of its
own, so they are independent; a larger share keeps everyone of the smaller one, so they are nested.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

# Half at most: a store that says nothing to more than half of its shoppers has switched it off.
SHARE_MAX: Final = 0.5
# 128 bits: with a shorter salt, a list of subjects and an observed holdout give the salt away.
SALT_BYTES_MIN: Final = 16
# 53 bits are all that a float between 0 and 1 holds evenly.
_BITS: Final = 53


class ExperimentError(ValueError):
    """A share or salt that no experiment can run on; says the value and what was expected."""


def subject_of(shopper: str, visit: str, *, remembered: bool) -> str:
    """Whom caps and holdout count for: the remembered shopper, else this one visit."""
    return f"shopper:{shopper}" if remembered else f"visit:{visit}"


def draw(subject: str, salt: bytes) -> float:
    """A number in [0, 1) that is the subject's for as long as the salt stays, in any process.

    Raises:
        ExperimentError: a salt shorter than SALT_BYTES_MIN.
    """
    if len(salt) < SALT_BYTES_MIN:
        msg = f"salt: {len(salt)} bytes, expected at least {SALT_BYTES_MIN}; ops must set a new one"
        raise ExperimentError(msg)
    digest = hashlib.sha256(len(salt).to_bytes(2) + salt + subject.encode()).digest()
    return (int.from_bytes(digest[:8]) >> (64 - _BITS)) / float(1 << _BITS)


def holdout(subject: str, salt: bytes, share: float, *, outside: bool = False) -> bool:
    """Whether promotional messages are kept from `subject`; never where it stands `outside`.

    A larger share keeps everyone who was held out under a smaller one. The demo's and the tests'
    shoppers are outside.

    Raises:
        ExperimentError: a share not between 0 and SHARE_MAX, or too short a salt.
    """
    if not 0.0 <= share <= SHARE_MAX:
        msg = f"holdout share: {share!r}, expected 0 to {SHARE_MAX}; ops must correct the settings"
        raise ExperimentError(msg)
    return draw(subject, salt) < share and not outside


def controls(
    subject: str, salt: bytes, shares: Mapping[str, float], *, outside: bool = False
) -> tuple[str, ...]:
    """The campaigns that `subject` is control of, sorted; `shares` are theirs by campaign id.

    Raises:
        ExperimentError: a share not between 0 and SHARE_MAX, or too short a salt.
    """
    return tuple(
        campaign
        for campaign, share in sorted(shares.items())
        if holdout(f"{subject}/control of {campaign}", salt, share, outside=outside)
    )
