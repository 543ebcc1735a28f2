import asyncio

from hub_server.message.live import Feed


async def test_a_slow_listener_gets_the_newest_only() -> None:
    feed = Feed()
    feed.put(b"1")
    frames = feed.frames()
    assert await anext(frames) == b"1"
    feed.put(b"2")
    feed.put(b"3")
    assert await anext(frames) == b"3"
    feed.put(b"4")
    feed.close()
    assert [frame async for frame in frames] == [b"4"]


async def test_everybody_who_waits_is_woken_and_counted() -> None:
    feed = Feed()
    first, second = feed.frames(), feed.frames()
    waiting = [asyncio.ensure_future(anext(one)) for one in (first, second)]
    await asyncio.sleep(0)
    assert feed.listeners_count == 2
    feed.put(b"x")
    assert await asyncio.gather(*waiting) == [b"x", b"x"]
    await first.aclose()
    await second.aclose()
    assert feed.listeners_count == 0
    assert feed.newest == b"x"
