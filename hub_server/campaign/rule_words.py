"""The words in which a condition is read out, by language."""

from collections.abc import Mapping
from typing import Final

from hub_server.campaign.rule_words_english import ENGLISH
from hub_server.campaign.rule_words_german import GERMAN
from hub_server.campaign.tongue import Tongue

TONGUES: Final[Mapping[str, Tongue]] = {"en": ENGLISH, "de": GERMAN}
