"""Stops, passes and leaving, second by second."""

from hub_server.shopping_list.watch import AT_TILLS_S, FRESH_S, LEAVING_S, ListWatch

FAR = 30.0


def seen(watch: ListWatch, at_s: float, till_m: float = FAR, **metres: float) -> None:
    watch.see(at_s, metres, till_m, FAR, leaves=False)


def walk_past(watch: ListWatch, seconds_near: int) -> float:
    """Come from afar, be near for a while, go 8 m on; returns the last second."""
    seen(watch, 0.0, oats=12.0)
    for second in range(1, seconds_near + 1):
        seen(watch, float(second), oats=1.5)
    last_s = seconds_near + 1.0
    seen(watch, last_s, oats=4.0)
    seen(watch, last_s + 3, oats=5.5)
    return last_s + 3


def test_passed_five_metres_back_without_a_stop() -> None:
    """Row 99."""
    watch = ListWatch()
    at_s = walk_past(watch, 5)
    assert watch.passed_m("oats") == 5.5
    assert watch.just_passed("oats")
    assert not watch.visited("oats")
    seen(watch, at_s + FRESH_S + 1, oats=25.0)
    assert watch.passed_m("oats") == 25.0
    assert not watch.just_passed("oats")


def test_who_comes_back_has_not_passed_it() -> None:
    watch = ListWatch()
    at_s = walk_past(watch, 5)
    seen(watch, at_s + 4, oats=2.0)
    assert watch.passed_m("oats") is None


def test_who_stops_has_seen_it() -> None:
    watch = ListWatch()
    walk_past(watch, 12)
    assert watch.visited("oats")
    assert watch.passed_m("oats") is None


def test_who_never_came_near_has_passed_nothing() -> None:
    watch = ListWatch()
    for second in range(20):
        seen(watch, float(second), oats=9.0)
    assert watch.passed_m("oats") is None
    assert not watch.just_passed("oats")
    assert watch.passed_m("milk") is None
    assert not watch.visited("milk")


def test_a_tick_that_came_late_is_no_stop() -> None:
    watch = ListWatch()
    seen(watch, 0.0, oats=1.0)
    seen(watch, 60.0, oats=1.0)
    assert not watch.visited("oats")


def leave(watch: ListWatch, from_s: float, seconds: int, **metres: float) -> None:
    for second in range(seconds):
        watch.see(from_s + second, metres, 2.0, 9.0, leaves=True)


def test_on_the_way_out_what_was_never_visited_is_told_once() -> None:
    """Row 97: one nudge, never twice."""
    watch = ListWatch()
    seen(watch, 0.0, oats=10.0, milk=1.0)
    for second in range(1, 12):
        seen(watch, float(second), oats=10.0, milk=1.0)
    assert watch.leaving_without() == ()
    assert watch.left_s is None
    leave(watch, 40.0, 5, oats=14.0, milk=20.0)
    assert watch.leaving_without() == ("oats",)
    assert watch.left_s == 43.0
    assert watch.rev == 2
    watch.nudge()
    assert watch.leaving_without() == ()
    leave(watch, 80.0, 5, oats=14.0, milk=20.0)
    assert watch.leaving_without() == ()


def test_it_is_told_for_a_while_only() -> None:
    watch = ListWatch()
    seen(watch, 0.0, oats=10.0)
    leave(watch, 20.0, 5, oats=14.0)
    seen(watch, 24.0 + LEAVING_S, oats=14.0)
    assert watch.leaving_without() == ()


def test_a_moment_beside_the_tills_is_not_the_way_out() -> None:
    watch = ListWatch()
    seen(watch, 0.0, oats=10.0)
    leave(watch, 20.0, 2, oats=14.0)
    seen(watch, 22.0, oats=14.0)
    leave(watch, 40.0, 2, oats=14.0)
    assert watch.leaving_without() == ()


def test_who_has_just_come_in_is_not_leaving() -> None:
    watch = ListWatch()
    leave(watch, 0.0, 10, oats=14.0)
    assert watch.leaving_without() == ()


def test_the_door_is_a_sign_too() -> None:
    watch = ListWatch()
    seen(watch, 0.0, oats=10.0)
    for second in range(5):
        watch.see(10.0 + second, {"oats": 20.0}, 12.0, 3.0, leaves=False)
    assert watch.leaving_without() == ("oats",)


def test_the_zone_of_the_tills_is_a_sign_once_nobody_stays_so_long_by_the_way() -> None:
    watch = ListWatch()
    seen(watch, 0.0, oats=10.0)
    for second in range(int(AT_TILLS_S)):
        watch.see(10.0 + second, {"oats": 20.0}, 2.0, 9.0, at_tills=True)
    assert watch.leaving_without() == ()
    watch.see(10.0 + AT_TILLS_S, {"oats": 20.0}, 2.0, 9.0, at_tills=True)
    assert watch.leaving_without() == ("oats",)
    assert watch.word() == ()


def test_who_has_most_of_the_list_to_do_leaves_nowhere() -> None:
    """Ways cross before tills and doors all the time."""
    watch = ListWatch()
    seen(watch, 0.0, oats=10.0, milk=10.0)
    leave(watch, 20.0, 5, oats=14.0, milk=20.0)
    assert watch.leaving_without() == ()


def test_what_was_ticked_off_is_done() -> None:
    watch = ListWatch()
    seen(watch, 0.0, oats=10.0, milk=10.0, tea=10.0, jam=10.0, rice=10.0)
    leave(watch, 20.0, 5, oats=14.0, milk=20.0)
    assert watch.leaving_without() == ("oats", "milk")


def test_at_the_tills_no_word_is_said() -> None:
    watch = ListWatch()
    seen(watch, 0.0, oats=10.0)
    leave(watch, 20.0, 5, oats=14.0)
    assert watch.leaving_without() == ("oats",)
    assert watch.word() == ()
    head(watch, 12, "oats")
    assert watch.word() == ()


def head(watch: ListWatch, seconds: int, *names: str, nearer: str = "") -> None:
    """Walk to the tills, a metre a second; what is `nearer` comes nearer too."""
    for second in range(seconds):
        far = dict.fromkeys(names, 20.0 + second)
        if nearer:
            far[nearer] = 20.0 - second
        watch.see(100.0 + second, far, 14.0 - second, 30.0, leaves=False)


def test_who_walks_to_the_tills_away_from_what_is_left_is_leaving() -> None:
    """Row 97: in time for a word before the quiet zone of the tills."""
    watch = ListWatch()
    head(watch, 10, "oats")
    assert watch.leaving_without() == ()
    assert watch.word() == ()
    head(watch, 11, "oats")
    assert watch.leaving_without() == ("oats",)
    assert watch.word() == ("oats",)
    assert watch.left_s == 110.0


def test_the_word_is_for_the_way_and_the_list_tells_it_at_the_tills_too() -> None:
    watch = ListWatch()
    head(watch, 11, "oats")
    watch.see(111.0, {"oats": 31.0}, 3.0, 30.0, at_tills=True)
    assert watch.word() == ()
    assert watch.leaving_without() == ("oats",)
    watch.see(112.0, {"oats": 31.0}, 3.0, 30.0)
    assert watch.word() == ("oats",)
    watch.nudge()
    assert watch.word() == ()


def test_in_the_zone_of_the_tills_nobody_heads_for_them() -> None:
    watch = ListWatch()
    for second in range(12):
        far = {"oats": 20.0 + second}
        watch.see(100.0 + second, far, 14.0 - second, 30.0, at_tills=second > 9)
    assert watch.word() == ()
    assert watch.leaving_without() == ()


def test_who_comes_nearer_to_something_on_the_list_is_not() -> None:
    watch = ListWatch()
    for name in ("tea", "jam", "rice"):
        seen(watch, 0.0, **{name: 20.0})
    head(watch, 12, "oats", nearer="milk")
    assert watch.leaving_without() == ()


def test_who_is_where_something_on_the_list_is_is_not() -> None:
    watch = ListWatch()
    for second in range(12):
        watch.see(100.0 + second, {"oats": 5.5}, 14.0 - second, 30.0)
    assert watch.word() == ()


def test_who_is_far_from_the_tills_is_not() -> None:
    watch = ListWatch()
    for second in range(12):
        watch.see(100.0 + second, {"oats": 20.0 + second}, 40.0 - second, 30.0)
    assert watch.word() == ()


def test_who_has_most_of_the_list_to_do_is_not() -> None:
    watch = ListWatch()
    head(watch, 12, "oats", "milk", "tea", "jam")
    assert watch.leaving_without() == ()


def test_with_an_empty_list_nobody_leaves_without() -> None:
    watch = ListWatch()
    head(watch, 12)
    assert watch.leaving_without() == ()
    assert watch.left_s is None


def test_a_line_written_on_the_way_counts_from_then() -> None:
    watch = ListWatch()
    head(watch, 5)
    head(watch, 12, "oats")
    assert watch.metres("oats") == 31.0
    assert watch.metres("milk") == float("inf")
    assert watch.leaving_without() == ("oats",)
