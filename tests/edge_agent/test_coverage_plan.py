import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest

from edge_agent.coverage_plan import mark, spot_mark
from tests.edge_agent.drawn_store import SVG, proposal, sheet, shop, words
from tests.edge_agent.small_store import anchor


def boxes(page: ET.Element) -> Iterator[tuple[float, float, float, float]]:
    """Where ids and names lie, of those that are not turned."""
    for group in page.iter(f"{SVG}g"):
        for one in group:
            if one.get("class") in {"id", "name"} and group.get("transform", "")[:6] != "rotate":
                size = float(one.attrib["font-size"])
                x, y = float(one.attrib["x"]), float(one.attrib["y"])
                half = 0.25 * size * len("".join(one.itertext()))
                yield x - half, y - 0.7 * size, x + half, y


def test_no_words_cover_each_other() -> None:
    found = list(boxes(sheet(shop(), (proposal(4.0),))))
    assert len(found) >= 7
    for number, (left, top, right, bottom) in enumerate(found):
        for other in found[:number]:
            apart = left >= other[2] or right <= other[0] or top >= other[3] or bottom <= other[1]
            assert apart


def test_an_id_without_a_free_place_is_left_to_the_tooltip() -> None:
    crowd = [anchor(f"crowded-{i}", 11 + 0.05 * i, 4) for i in range(8)]
    page = sheet(shop(*crowd))
    shown = [one for one in words(page) if one.startswith("crowded")]
    titles = [one.text for one in page.iter(f"{SVG}title")]
    assert 0 < len(shown) < 8
    assert sum("crowded" in str(title) for title in titles) == 8


@pytest.mark.parametrize(("word", "tag"), [("anchor", "rect"), ("beacon", "circle")])
def test_a_mark_has_a_title_that_is_escaped(word: str, tag: str) -> None:
    drawn = mark(word, 1, 2, "a <b>")
    assert drawn.startswith(f"<{tag} ")
    assert "a &lt;b&gt;" in drawn


def test_the_best_place_is_called_a() -> None:
    assert ">A</text>" in spot_mark(0, 1, 2)
    assert ">B</text>" in spot_mark(1, 1, 2)
