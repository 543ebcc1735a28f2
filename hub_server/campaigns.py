"""What may be said, and when: the door to campaigns; package `campaign` does the work.

A document (`document`) is read and checked whole (`reader`), becomes campaigns that are ready to be
asked (`campaign`), and speaks in words that fit the moment (`words`).
"""

from hub_server.campaign.campaign import Campaign, Good, mark, ready_variants
from hub_server.campaign.document import (
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
from hub_server.campaign.goods import with_products
from hub_server.campaign.guides import guides_document
from hub_server.campaign.reader import notices, parse, places_of
from hub_server.campaign.rules import RuleView, rules
from hub_server.campaign.slots import SLOT_CHARS_MAX, SLOTS
from hub_server.campaign.words import Worded, can_speak, items_now, speak, target_of

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
    "ready_variants",
    "rules",
    "speak",
    "target_of",
    "with_products",
]
