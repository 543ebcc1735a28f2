import re

import pytest

from hub_server.visit.tags import Row, TagError, parse_csv
from tests.hub_server.conftest import Hub


def never(_identity: str) -> bool:
    return False


def test_a_list_is_read_with_and_without_its_optional_columns() -> None:
    assert parse_csv(b"tag,identity\nc1,ib-1\n") == [Row("c1", "ib-1", "cart", "")]
    code = "a" * 32
    text = f"\ufefftag,identity,carrier,code\nc1,ib-1,basket,{code}\n"
    assert parse_csv(text.encode()) == [Row("c1", "ib-1", "basket", code)]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"tag,name\n", "no column ['identity']"),
        (b"\xff\xfe", "expected CSV in UTF-8"),
        (b"tag,identity\nc 1,ib-1\n", "line 2: tag 'c 1'"),
        (b"tag,identity\nc1,ib-1\nc1,ib-2\n", "line 3: tag 'c1' twice"),
        (b"tag,identity\nc1,ib-1\nc2,ib-1\n", "line 3: identity 'ib-1' twice"),
        (b"tag,identity,code\nc1,ib-1,short\n", "line 2: code 'short'"),
        (b"tag,identity\nc1\n", "line 2: identity ''"),
        (
            b"tag,identity\n" + b"".join(b"c%d,i%d\n" % (n, n) for n in range(20_001)),
            "at most 20000",
        ),
    ],
)
def test_a_bad_list_says_what_is_wrong(data: bytes, problem: str) -> None:
    with pytest.raises(TagError, match=re.escape(problem)):
        parse_csv(data)


def test_an_import_keeps_codes_and_changes_identities(hub: Hub) -> None:
    tags = hub.engine.tags
    assert tags.replace([Row("c1", "ib-1"), Row("c2", "sim-2")], simulated=never) == 2
    before = {tag.tag: tag.code for tag in tags}
    assert len(set(before.values())) == 2
    tags.replace([Row("c1", "ib-9")], simulated=lambda identity: identity == "ib-9")
    after = tags.by_tag("c1")
    assert after is not None
    assert (after.identity, after.simulated) == ("ib-9", True)
    assert after.code == before["c1"]
    tags.replace([Row("c1", "ib-9", "cart", "c" * 32)], simulated=never)
    assert tags.by_code("c" * 32) == tags.by_tag("c1")


def test_the_sheet_holds_a_code_for_each_tag_in_use(hub: Hub) -> None:
    hub.engine.tags.replace([Row("c1", "ib-1"), Row("c2", "ib-2")], simulated=never)
    assert hub.engine.tags.retire("c2", 5)
    assert not hub.engine.tags.retire("c3", 5)
    sheet = hub.engine.tags.sheet("https://store.example")
    assert sheet.count("<svg") == 1
    assert "<b>c1</b>" in sheet


def test_two_live_tags_never_share_an_identity_or_a_code(hub: Hub) -> None:
    """One cart's beacon would be another's place."""
    tags, code = hub.engine.tags, "c" * 26

    def put(*rows: Row) -> int:
        return tags.replace(rows, simulated=lambda _: False)

    put(Row("cart-1", "ib-1"), Row("cart-2", "ib-2", code=code))
    for row, what in (
        (Row("cart-3", "ib-1"), "identity 'ib-1' of both 'cart-1' and 'cart-3'"),
        (Row("cart-2", "ib-1"), "identity 'ib-1' of both 'cart-1' and 'cart-2'"),
        (Row("cart-3", "ib-3", code=code), f"code '{code}' of both 'cart-2' and 'cart-3'"),
    ):
        with pytest.raises(TagError, match=f"^tags: {what}, expected one tag .*; ops retires"):
            put(Row("cart-4", "ib-4"), row)
        assert tags.by_tag("cart-4") is None
    assert put(Row("cart-1", "ib-2"), Row("cart-2", "ib-1")) == 2
    assert [(tag.tag, tag.identity) for tag in tags] == [("cart-1", "ib-2"), ("cart-2", "ib-1")]
    tags.retire("cart-1", 1)
    assert put(Row("cart-3", "ib-2")) == 1
    assert put(Row("cart-1", "ib-2")) == 1
