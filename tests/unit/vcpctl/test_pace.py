"""Time left: right-ish while something moves, absent where nothing is known."""

from __future__ import annotations

import pytest

from vcpctl.demo.pace import Pace


def watched(*seen: tuple[float, float]) -> Pace:
    """A pace after these (seconds, percent)."""
    pace = Pace()
    for now, percent in seen:
        pace.saw(percent, now)
    return pace


@pytest.mark.parametrize(
    "seen",
    [(), ((0, 0),), ((0, 0), (0.5, 20)), ((0, 0), (60, 1)), ((0, 50), (10, 50))],
    ids=["nothing", "one look", "half a second", "one percent", "no step"],
)
def test_too_little_is_known(seen: tuple[tuple[float, float], ...]) -> None:
    assert watched(*seen).left(100) is None


def test_an_even_pace_is_told_exactly_and_counted_down() -> None:
    pace = watched(*((second, second * 2.0) for second in range(11)))
    assert pace.left(10) == pytest.approx(40)
    assert pace.left(13) == pytest.approx(37)


def test_what_was_done_before_tells_no_pace() -> None:
    """A copy that goes on at 60 % has not done that in a second."""
    pace = watched((0, 60), (5, 65), (10, 70))
    assert pace.left(10) == pytest.approx(30)


def test_a_pace_that_changes_is_followed() -> None:
    slow = [(40 + 2 * step, 40 + step) for step in range(30)]
    pace = watched(*((float(second), float(second)) for second in range(40)), *((float(a), float(b)) for a, b in slow))
    left = pace.left(98)
    assert left == pytest.approx(2 * 31, rel=0.15)


def test_uneven_steps_do_not_make_it_jump() -> None:
    seen = [(0.0, 0.0)]
    for step in range(1, 60):
        seen.append((seen[-1][0] + (0.2 if step % 2 else 1.8), float(step)))
    lefts = [left for count in range(10, 60) if (left := watched(*seen[:count]).left(seen[count - 1][0])) is not None]
    truth = [100.0 - count + 1 for count in range(10, 60)]
    assert all(abs(left - true) < 0.15 * true for left, true in zip(lefts, truth, strict=True))


def test_what_should_be_over_has_no_time_left() -> None:
    """Never `0 s left` for a minute."""
    assert watched((0, 0), (5, 50), (9, 90)).left(60) is None
