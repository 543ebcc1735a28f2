"""What a thing is called for who reads one language or another."""

import re
from collections.abc import Mapping
from typing import Final

from store_maps.document import is_text

Names = tuple[tuple[str, str], ...]
"""Language and the name in it, where there is one."""

# A property of a map feature, or a column of products.csv.
NAME_KEY: Final = re.compile(r"name_([a-z]{2,3})")


def name_in(names: Names, language: str, drawn: str) -> str:
    """The name for who reads `language`, else the one that stands in the store."""
    for one, name in names:
        if one == language:
            return name
    return drawn


def names_of(properties: Mapping[str, object]) -> Names:
    """The names by language among a feature's properties; what is no short text is no name."""
    return tuple(
        (found[1], str(value))
        for key, value in properties.items()
        if (found := NAME_KEY.fullmatch(key)) and is_text(value)
    )
