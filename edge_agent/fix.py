"""Where a tag is, and how sure."""

import msgspec


class Fix(msgspec.Struct, frozen=True, gc=False):
    """One line of a fixes file (FORMATS: Fixes); the fields and their order are the file's."""

    t_s: float
    """The whole second it speaks of, on the sightings' clock."""
    tag: str
    x_m: float
    y_m: float
    radius_m: float
    """68 % of the posterior lies within this distance of (x_m, y_m); always finite."""
    zone: str | None
    """Leaf zone id, or None for unknown."""
    zone_p: float
    """Posterior probability of `zone`; 0 where it is None."""
    level: str
    map_sha: str
    source: str = "radio"
