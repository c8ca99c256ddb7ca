"""The functions' memory compared with their measured peaks."""

from __future__ import annotations

import pytest

from infra.function_memory import BUFFERS_PER_PARALLEL_PART, MARGIN, MIB, PEAK_MB
from tests.infra.harness import Run
from vcp.wire.environment import SETTINGS_BY_FUNCTION

FUNCTION = "lambda/function:Function"
#: Lambda developer guide, "Configure Lambda function memory".
MB_OF_ONE_VCPU = 1_769


@pytest.fixture(scope="module")
def memory(whole: Run) -> dict[str, int]:
    """Return function key -> MB by default."""
    functions = [each.inputs for each in whole.of(FUNCTION)]
    return {each["imageConfig"]["commands"][0].split(".")[2]: int(each["memorySize"]) for each in functions}


def test_every_function_was_measured() -> None:
    assert PEAK_MB.keys() == SETTINGS_BY_FUNCTION.keys()


def test_functions_have_their_measured_peak_and_a_margin(memory: dict[str, int]) -> None:
    needed = {key: PEAK_MB[key] * MARGIN for key in memory}
    assert len(memory) >= 5
    assert {key: (memory[key], minimum) for key, minimum in needed.items() if memory[key] < minimum} == {}
    assert MARGIN >= 1.25


def test_a_transfer_was_measured_with_all_the_parts_that_it_may_buffer(whole: Run, memory: dict[str, int]) -> None:
    """The peak is above the parts alone, and the memory is enough for twice of them."""
    (function,) = [each for each in whole.of(FUNCTION) if "transfer" in each.inputs["imageConfig"]["commands"][0]]
    variables = function.inputs["environment"]["variables"]
    buffered_mb = (
        BUFFERS_PER_PARALLEL_PART * int(variables["VCP_PART_BYTES"]) * int(variables["VCP_PARALLEL_PARTS"]) / MIB
    )
    assert PEAK_MB["transfer"] > buffered_mb
    assert memory["transfer"] >= PEAK_MB["transfer"] + buffered_mb


def test_the_intake_has_a_whole_vcpu_since_its_caller_waits(memory: dict[str, int]) -> None:
    assert memory["intake"] >= MB_OF_ONE_VCPU
