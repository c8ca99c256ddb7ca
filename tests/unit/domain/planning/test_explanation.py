"""What would fit, and whose size it is: the edges of the advice."""

from __future__ import annotations

import re

import pytest

from tests.unit.domain.worlds import TABLES, film, limited, sound
from vcp.domain.errors import Rejection
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.plan import Plan
from vcp.domain.planning.planner import plan

HOUR = 3600.0


def planned(facts: MediaFacts, contract: Contract | None = None) -> Plan:
    return plan(facts, 8_000_000_000, contract or Contract(), TABLES)


def refusal(facts: MediaFacts, contract: Contract | None = None) -> Rejection:
    with pytest.raises(Rejection) as refused:
        planned(facts, contract)
    return refused.value


def test_up_to_a_hundred_parts_are_advice() -> None:
    told = re.search(r"(\d+) s would fit", refusal(film(seconds=100 * HOUR)).detail)
    assert told is not None
    fits = float(told[1])
    assert refusal(film(seconds=fits * 99.5)).sentence.endswith(": split it in 100.")
    assert refusal(film(seconds=fits * 100.5)).sentence.endswith(": a higher limit is needed.")


def test_parts_of_a_second_and_a_half_are_advice_still() -> None:
    tracks = tuple(sound(number, channels=6) for number in range(1, 6))
    refused = refusal(film(tracks=tracks), limited(1_000_000))
    assert refused.detail.endswith(" 2 s would fit")
    assert re.search(r": split it in [34]\d\.$", refused.sentence)


@pytest.mark.parametrize(
    ("width", "height", "whose"),
    [
        (1920, 1080, "the source's own size"),
        # H.264 has no odd sides: a line less still is the source's.
        (1921, 1081, "the source's own size"),
        (3840, 2160, "the source's own size"),
        (3840, 2162, "the largest H.264 has for it"),
    ],
)
def test_whose_size_it_is(width: int, height: int, whose: str) -> None:
    made = planned(film(width, height, seconds=60.0, bitrate_bps=60_000_000))
    assert made.reasons[0].why.startswith(f"{whose}: ")
