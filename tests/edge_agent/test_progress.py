import io

from edge_agent.progress import Progress


def test_only_who_waits_is_told() -> None:
    out = io.StringIO()
    Progress(out, "it", patience_s=1e6).tell("no")
    Progress(out, "it", patience_s=0).tell("part 1 of 2")
    assert out.getvalue() == "it: part 1 of 2\n"
