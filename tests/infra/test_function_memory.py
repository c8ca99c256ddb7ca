"""Memory that functions are given, beside what they were measured to need."""

from __future__ import annotations

import pytest

from infra.agreements import BUFFERS_PER_PARALLEL_PART, MIB
from infra.function_memory import MARGIN, PEAK_MB
from tests.infra.harness import Run
from vcp.wire.environment import SETTINGS_BY_FUNCTION

FUNCTION = "lambda/function:Function"
#: Lambda gives a whole processor from here (developer guide, "Configure Lambda function memory").
MB_OF_ONE_CPU = 1_769


@pytest.fixture(scope="module")
def given(whole: Run) -> dict[str, int]:
    """Function key -> MB, on a stack that says nothing of memory."""
    functions = [each.inputs for each in whole.of(FUNCTION)]
    return {each["imageConfig"]["commands"][0].split(".")[2]: int(each["memorySize"]) for each in functions}


def test_every_function_was_measured() -> None:
    assert PEAK_MB.keys() == SETTINGS_BY_FUNCTION.keys()


def test_functions_are_given_their_measured_peak_and_a_margin(given: dict[str, int]) -> None:
    needed = {key: PEAK_MB[key] * MARGIN for key in given}
    assert len(given) >= 5
    assert {key: (given[key], least) for key, least in needed.items() if given[key] < least} == {}
    assert MARGIN >= 1.25


def test_a_transfer_was_measured_with_all_the_parts_that_it_may_hold(whole: Run, given: dict[str, int]) -> None:
    """The peak that is written down is more than the parts alone; and what is given is enough for twice of them."""
    (function,) = [each for each in whole.of(FUNCTION) if "transfer" in each.inputs["imageConfig"]["commands"][0]]
    variables = function.inputs["environment"]["variables"]
    held_mb = BUFFERS_PER_PARALLEL_PART * int(variables["VCP_PART_BYTES"]) * int(variables["VCP_PARALLEL_PARTS"]) / MIB
    assert PEAK_MB["transfer"] > held_mb
    assert given["transfer"] >= PEAK_MB["transfer"] + held_mb


def test_the_door_for_which_somebody_waits_has_a_whole_processor(given: dict[str, int]) -> None:
    assert given["intake"] >= MB_OF_ONE_CPU
