"""Which tags the agents may hear of, and when they are told."""

from tests.hub_server.conftest import Hub


def test_lists_go_out_on_change_when_an_agent_comes_up_and_every_minute(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    hub.pass_s(1)
    hub.agent_up()
    assert [one.rows for one in hub.lists()] == [[]]
    session = hub.yes(code)
    ((row,),) = [one.rows for one in hub.lists()]
    assert (row.handle, row.identities[0].identity) == (hub.handle(session), "ib-cart-1")
    hub.agent_up(boot="b2")
    assert len(hub.lists()) == 1
    hub.pass_s(59)
    assert len(hub.lists()) == 0
    hub.pass_s(2)
    assert len(hub.lists()) == 1
    hub.link.connected = False
    hub.pass_s(1)
    hub.link.connected = True
    hub.pass_s(1)
    assert len(hub.lists()) == 1


def test_a_pause_takes_the_tag_off_the_list_and_keeps_nothing(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    hub.agent_up()
    session = hub.yes(code)
    handle = hub.handle(session)
    hub.enter(handle, "produce")
    hub.lists()
    hub.engine.pause(session.cookie, paused=True)
    assert hub.lists()[-1].rows == []
    assert hub.engine.page(session.cookie).state == "paused"
    hub.now_s += 5
    hub.enter(handle, "pasta")
    assert hub.query("SELECT zone FROM stays") == [("produce",)]
    assert hub.engine.page(session.cookie).place is None
    hub.now_s += 5
    hub.engine.pause(session.cookie, paused=False)
    late = hub.row(handle, "enter", "wine", at_ms=round((hub.now_s - 3) * 1000))
    hub.stays(late)
    hub.enter(handle, "pasta")
    assert hub.query("SELECT zone FROM stays ORDER BY seq") == [("produce",), ("pasta",)]
