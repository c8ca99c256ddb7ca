"""The report on memory: the peak of all invocations, and where it has increased."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from benchmarks import peak_memory
from infra.function_memory import MARGIN, PEAK_MB
from localcloud.lambdahost.journal import InvocationRecord
from rendering import probe
from tests.e2e.videos import make_video
from vcpctl.demo.environment import DemoEnvironment

ENVIRONMENT = cast(
    DemoEnvironment,
    SimpleNamespace(outputs={"functionNames": {"notifier": "video-notifier", "reconciler": "video-reconciler"}}),
)


def ran(function: str, kibibytes: int) -> InvocationRecord:
    return InvocationRecord(function, "id", 1, "env", "test", 0.0, 1.0, None, False, kibibytes, "ok", None)


def test_a_peak_is_the_maximum_of_all_invocations_rounded_up() -> None:
    records = [ran("video-notifier", 50 * 1024), ran("video-notifier", 60 * 1024 + 1), ran("video-notifier", 1)]
    assert peak_memory.peaks(ENVIRONMENT, records) == {"notifier": 61}


def test_reports_increased_peaks() -> None:
    assert peak_memory.increased(PEAK_MB) == []
    (sentence,) = peak_memory.increased({**PEAK_MB, "notifier": 2 * PEAK_MB["notifier"]})
    assert sentence.startswith(
        f"notifier used {2 * PEAK_MB['notifier']} MB; infra/function_memory.py records {PEAK_MB['notifier']} MB"
    )


def test_compares_configured_with_required_memory() -> None:
    text = peak_memory.table({**PEAK_MB, "notifier": 51}, dict.fromkeys(PEAK_MB, 777))
    (row,) = [line for line in text.splitlines() if line.startswith("| notifier ")]
    assert row == f"| notifier | 51 MB | {PEAK_MB['notifier']} MB | {PEAK_MB['notifier'] * MARGIN:.0f} MB | 777 MB |"


def test_uses_the_part_size_of_a_real_stack() -> None:
    assert peak_memory.defaults()["partBytes"] == 32 * 1024**2


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("films") / "film.mp4", seconds=0.4, size="64x64", bitrate="100k")


def test_an_enlarged_file_is_the_same_film(film: Path) -> None:
    streams, size = probe(film)["streams"], film.stat().st_size

    peak_memory.enlarge(film, 3)

    assert film.stat().st_size == size + 3 * 1024**2 + 16
    assert probe(film)["streams"] == streams
    assert len(streams) == 3
