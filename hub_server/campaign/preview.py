"""What a campaign looks like: on a locked phone and on the page, each language, each variant."""

from collections.abc import Iterator, Sequence

from hub_server.campaign.campaign import Campaign
from hub_server.campaign.example import example
from hub_server.campaign.rules import rule
from hub_server.campaign.words import Chosen, Worded, of_variant, phrased
from hub_server.decision.conditions import Condition


def preview(campaigns: Sequence[Campaign], store_name: str) -> Iterator[str]:
    """Line by line, each campaign in each of its languages and tones."""
    for campaign in campaigns:
        for language in campaign.words:
            yield f"{campaign.id} ({campaign.kind}), {language}"
            yield f"  rule    {rule(campaign, language).text}"
            for name, choice, more in _tones(campaign):
                yield f"  {name}"
                moment = example(campaign, more, store_name, language)
                yield from _shown(phrased(campaign, choice, moment))


def _tones(campaign: Campaign) -> Iterator[tuple[str, Chosen, Condition | None]]:
    yield "as a rule", Chosen(campaign.words, campaign.uses), None
    for index, variant in enumerate(campaign.variants):
        yield f"variant {index + 1}", of_variant(campaign, variant), variant.condition


def _shown(worded: Worded | None) -> Iterator[str]:
    if worded is None:
        yield "    (silent here: something that the text needs has no example value)"
        return
    yield f"    locked  {worded.lock_title} · {worded.lock_text}"
    yield f"    page    {worded.title}"
    yield f"            {worded.text}"
    for index, line in enumerate(worded.why):
        yield f"    {'why     ' if index == 0 else '        '}{line}"
