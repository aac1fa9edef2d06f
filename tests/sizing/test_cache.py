"""The cells of the shared cache: counted as an engine that lists them one by one has them; and what they cost."""

import random
from collections.abc import Iterable

import pytest
from test_sizing import HERE, SMALL

from demeure.sizing import Request, simulate
from demeure.sizing.cache import Cache


class Listed:
    """llama.cpp's cache, cell by cell: a token takes the lowest free one."""

    def __init__(self) -> None:
        self.cells: list[int | None] = []

    def grow(self, places: Iterable[int], each: int) -> None:
        free = (at for at, one in enumerate(list(self.cells)) if one is None)
        for place in [*places] * each:
            at = next(free, None)
            if at is None:
                self.cells.append(place)
            else:
                self.cells[at] = place

    def clear(self, ended: Iterable[int]) -> None:
        gone = set(ended)
        self.cells = [None if one in gone else one for one in self.cells]
        while self.cells and self.cells[-1] is None:
            self.cells.pop()


@pytest.mark.parametrize("slots", [1, 2, 4, 8])
def test_cells_are_counted_as_a_list_of_them_has_them(slots: int) -> None:
    chance, counted, listed = random.Random(slots), Cache(), Listed()
    left: dict[int, int] = {}
    ended: list[int] = []
    highest = [0.0, 0.0, 0.0]
    for _ in range(300):
        free = [place for place in range(slots) if place not in left]
        if free and chance.random() < 0.7:
            place = chance.choice(free)
            counted.clear()
            listed.clear(ended)
            ended, tokens = [], chance.randint(100, 500)
            counted.grow((place,), tokens)
            listed.grow((place,), tokens)
            left[place] = chance.randint(10, 120)
        if left:
            more = min(min(left.values()), chance.randint(1, 40))
            counted.grow(list(left), more)
            listed.grow(list(left), more)
            left = {place: one - more for place, one in left.items()}
            for place in [place for place, one in left.items() if not one]:
                del left[place]
                counted.end(place)
                ended.append(place)
        used = sum(one is not None for one in listed.cells)
        assert counted.used == pytest.approx(used) and counted.highest >= used - 1e-6
        assert all(counted.kept(place) == pytest.approx(listed.cells.count(place)) for place in left)
        assert counted.highest == pytest.approx(len(listed.cells), abs=256)
        highest = [
            one + more for one, more in zip(highest, (counted.highest, len(listed.cells), used), strict=True)
        ]
    assert highest[0] == pytest.approx(highest[1], rel=0.01)
    assert slots < 4 or highest[1] > 1.05 * highest[2], "holes weigh"


def test_nothing_is_left_when_all_have_ended() -> None:
    cache = Cache()
    cache.grow((0, 1), 100)
    cache.end(0)
    cache.end(1)
    assert (cache.used, cache.highest) == (200, 200), "until somebody comes"
    cache.clear()
    assert (cache.used, cache.highest) == (0, 0)


def test_what_the_ended_left_weighs_on_who_is_still_written_until_somebody_comes() -> None:
    long, short = Request(0.0, 100, 0, 4000), [Request(0.0, 3000, 0, 2) for _ in range(3)]
    *read, beside = simulate([*short, long], SMALL, HERE, 4)
    came = Request(max(one.done for one in read) + 1.0, 16, 0, 2)
    freed = simulate([*short, long, came], SMALL, HERE, 4)[3]
    assert freed.first == beside.first and came.at < freed.done
    left, since = beside.done - came.at, freed.done - came.at
    assert since < 0.9 * left, "one who came and went made room"


def test_prompts_are_read_in_the_order_of_places_and_a_place_is_given_that_was_left_longest_ago() -> None:
    first = simulate([Request(0.0, 900, 0, 40) for _ in range(3)], SMALL, HERE, 4)
    assert [one.place for one in first] == [3, 2, 1]
    assert [one.first for one in first] == sorted((one.first for one in first), reverse=True)
    after = max(one.done for one in first) + 1.0
    more = [Request(after + 10.0 * at, 50, 0, 2) for at in range(4)]
    asked = [*(one.request for one in first), *more]
    ended = [one.place for one in sorted(first, key=lambda one: one.done)]
    assert [one.place for one in simulate(asked, SMALL, HERE, 4)[3:]] == [0, *ended]
