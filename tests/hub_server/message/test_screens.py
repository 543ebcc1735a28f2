"""Streams end with the hub."""

from tests.hub_server.conftest import Hub


async def test_a_hub_that_stops_ends_every_stream(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    phone, floor = hub.engine.phone_frames(session.cookie), hub.engine.floor_frames()
    await anext(phone)
    await anext(floor)
    hub.engine.close()
    assert [frame async for frame in phone] == []
    assert [frame async for frame in floor] == []
