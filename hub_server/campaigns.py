"""What may be said, and when: the door to campaigns; the `campaign_*` modules do the work.

A document (`campaign_document`) is read and checked whole (`campaign_reader`), becomes campaigns
that are ready to be asked (`campaign`), and speaks in words that fit the moment (`campaign_words`).
"""

from hub_server.campaign import Campaign, Good, ReadyVariant, mark
from hub_server.campaign_document import (
    FILE_BYTES_MAX,
    PROMOTIONAL_KINDS,
    TEXT_CHARS_MAX,
    TITLE_CHARS_MAX,
    UNPAID_KINDS,
    WHY_CHARS_MAX,
    CampaignError,
    Document,
    Kind,
    Problem,
    Words,
)
from hub_server.campaign_goods import with_products
from hub_server.campaign_guides import guides_document
from hub_server.campaign_reader import notices, parse, places_of
from hub_server.campaign_rules import RuleView, rules
from hub_server.campaign_slots import SLOT_CHARS_MAX, SLOTS
from hub_server.campaign_words import Worded, can_speak, items_now, speak, target_of

__all__ = [
    "FILE_BYTES_MAX",
    "PROMOTIONAL_KINDS",
    "SLOTS",
    "SLOT_CHARS_MAX",
    "TEXT_CHARS_MAX",
    "TITLE_CHARS_MAX",
    "UNPAID_KINDS",
    "WHY_CHARS_MAX",
    "Campaign",
    "CampaignError",
    "Document",
    "Good",
    "Kind",
    "Problem",
    "ReadyVariant",
    "RuleView",
    "Worded",
    "Words",
    "can_speak",
    "guides_document",
    "items_now",
    "mark",
    "notices",
    "parse",
    "places_of",
    "rules",
    "speak",
    "target_of",
    "with_products",
]
