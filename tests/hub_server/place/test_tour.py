"""The order of a list: as good as the best for small ones, never worse than the list itself."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server.place.tour import Floats, length_m, tour, within

Ways = tuple[Floats, Floats, Floats]


def ways(seed: int, count: int) -> Ways:
    """Places on a floor of 30 x 30 m, walked along its aisles; the start and the end too."""
    xy_m = np.random.default_rng(seed).uniform(0, 30, (count + 2, 2))
    far_m = np.abs(xy_m[:, None] - xy_m[None]).sum(2)
    return far_m[:count, :count], far_m[count, :count], far_m[count + 1, :count]


def best_m(between_m: Floats, start_m: Floats, end_m: Floats) -> float:
    orders = itertools.permutations(range(len(start_m)))
    return min(length_m(order, between_m, start_m, end_m) for order in orders)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 40))
def test_each_place_once_and_never_longer_than_the_list(seed: int, count: int) -> None:
    found = ways(seed, count)
    order = tour(*found)
    assert sorted(order) == list(range(count))
    assert length_m(order, *found) <= length_m(range(count), *found) + 1e-9
    assert tour(*found) == order


def test_small_lists_are_walked_nearly_the_shortest_way() -> None:
    longer = []
    for seed in range(20):
        found = ways(seed, 6)
        longer.append(length_m(tour(*found), *found) / best_m(*found))
    assert max(longer) < 1.05
    assert np.mean(longer) < 1.005


def test_places_in_a_row_are_walked_in_a_row() -> None:
    x_m = np.array([8.0, 2.0, 6.0, 4.0, 0.0])
    between_m = np.abs(x_m[:, None] - x_m)
    assert tour(between_m, x_m + 1, 10 - x_m) == [4, 1, 3, 2, 0]


def test_where_the_way_may_end_anywhere_it_does_not_come_back() -> None:
    x_m = np.array([1.0, 20.0, 2.0])
    between_m = np.abs(x_m[:, None] - x_m)
    assert tour(between_m, x_m, np.zeros(3)) == [0, 2, 1]


@pytest.mark.parametrize("count", [0, 1])
def test_a_list_of_nothing_or_one(count: int) -> None:
    found = ways(1, count)
    assert tour(*found) == list(range(count))
    assert length_m([], *found) == 0.0


def test_the_dearest_places_are_left_out_until_the_rest_fits() -> None:
    """Row 15: there is time for what lies on the way."""
    x_m = np.array([2.0, 4.0, 40.0, 6.0])
    found = np.abs(x_m[:, None] - x_m), x_m, x_m
    order = tour(*found)
    assert within(order, found, 1.0, 100.0) == order
    assert sorted(within(order, found, 1.0, 16.0)) == [0, 1, 3]
    assert within(order, found, 1.0, 4.0) == []
