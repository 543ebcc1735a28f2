import re

from edge_agent.coverage_ruler import Box, ruler

SCALE = 50.0
BOX = Box(10.0, 0.0, SCALE, 8 * SCALE)


def test_a_tick_stands_at_each_round_metre_of_the_map() -> None:
    parts = list(ruler((-1.5, 6.5), (0.0, 8.0), BOX))
    numbers = [re.sub("<.*?>", "", one) for one in parts if 'text-anchor="middle"' in one]
    assert numbers == ["-1", "0", "1", "2", "3", "4", "5", "6"]
    zero = next(one for one in parts if ">0<" in one and "middle" in one)
    assert f'x="{10 + 1.5 * SCALE:g}"' in zero
    ups = [re.sub("<.*?>", "", one) for one in parts if 'text-anchor="end"' in one]
    assert ups == [str(number) for number in range(9)]
    top = next(one for one in parts if ">8<" in one)
    assert 'y="3.667"' in top


def test_the_bar_is_as_long_as_it_says() -> None:
    parts = list(ruler((0.0, 22.0), (0.0, 8.0), BOX))
    assert f'width="{5 * SCALE:g}"' in next(one for one in parts if "bar" in one)
    assert ">5 m. Numbers at the edges" in parts[-1]
    assert "lower left is x 0, y 0" in parts[-1]


def test_a_large_floor_has_ticks_that_do_not_touch() -> None:
    small = Box(0.0, 0.0, 2.0, 400.0)
    numbers = [re.sub("<.*?>", "", one) for one in ruler((0.0, 90.0), (0.0, 200.0), small)]
    assert {"0", "20", "40", "60", "80"} <= set(numbers)
    assert "10" not in numbers
    least = list(ruler((0.0, 0.5), (0.0, 0.4), Box(0.0, 0.0, 0.01, 4.0)))
    assert "1 m." in least[-1]
