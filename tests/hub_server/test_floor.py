"""What the floor page shows: counts and dots of nobody, and a frame each second."""

from tests.hub_server.conftest import Hub


def test_the_floor_counts_and_names_nobody(hub: Hub) -> None:
    codes = hub.carts("cart-1", "cart-2", "cart-3")
    hub.agent_up()
    sessions = [hub.yes(code) for code in codes]
    for session, zone in zip(sessions, ("produce", "produce", None), strict=True):
        hub.fix(hub.handle(session), zone)
    hub.pass_s(1)
    frame = hub.floor()
    counts = {zone.zone: zone.count for zone in frame.zones}
    assert (counts["produce"], frame.shoppers_count, frame.unknown_count) == (2, 3, 1)
    assert frame.badge == "live"
    assert "pharmacy" not in counts
    assert frame.dots == []
    text = hub.engine.floor_frame().decode()
    visits = hub.query("SELECT visit, shopper, visit_code FROM visits")
    handles = hub.query("SELECT handle FROM pairings")
    assert not any(str(name) in text for row in visits + handles for name in row)


def test_dots_are_for_simulated_tags_only(hub: Hub) -> None:
    person, simulated = hub.carts("cart-1", "sim-1")
    hub.run("UPDATE tags SET simulated = 1 WHERE tag = 'sim-1'")
    for code in (person, simulated):
        hub.fix(hub.handle(hub.yes(code)), "produce")
    hub.engine.tags.reload()
    hub.pass_s(1)
    assert len(hub.floor().dots) == 1


async def test_the_floor_is_streamed(hub: Hub) -> None:
    frames = hub.engine.floor_frames()
    first = await anext(frames)
    hub.pass_s(1)
    assert await anext(frames) != first
