"""Running the passes: reported progress, and that an encoder ends with its parent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rendering import ResolvedInput, render, run
from rendering.job import RenderedJob
from rendering.passes import EncodePass, RateCap
from tests.processes import is_alive
from tests.rendering import media
from tests.waiting import eventually

#: Prints ffmpeg's output with -progress: half a second, then all of it.
HALF_THEN_ALL = (
    "sh",
    "-c",
    r"printf 'out_time_us=500000\nprogress=continue\n'; printf 'out_time_us=1000000\nprogress=end\n'",
)
MUCH, LITTLE = RateCap(10**12), RateCap(1)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media.make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=1)


def percents_of(clip: Path, tmp_path: Path, *caps: RateCap | None) -> list[float]:
    """Return the progress that is reported while these passes run."""
    spec = render(media.job_settings(), [ResolvedInput.of(clip)], tmp_path / "video").spec
    passes = tuple(EncodePass(str(number), HALF_THEN_ALL, 1.0, clip, cap) for number, cap in enumerate(caps))
    seen: list[float] = []
    run(RenderedJob(spec, passes, (), 1.0, 0), lambda percent, frames: seen.append(round(percent, 1)), lambda: False)
    return seen


def test_skipped_passes_take_no_share_of_progress(clip: Path, tmp_path: Path) -> None:
    assert percents_of(clip, tmp_path, None, MUCH, MUCH, MUCH, None) == [25, 50, 75, 100, 100]


def test_conditional_pass_shares_the_rest(clip: Path, tmp_path: Path) -> None:
    percents = percents_of(clip, tmp_path, None, LITTLE, MUCH, None)
    assert percents == [25, 50, 62.5, 75, 87.5, 100, 100]


def test_encoder_ends_with_its_parent(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from rendering import run
from rendering.job import RenderedJob
from rendering.passes import EncodePass
shell = "echo $$ > {tmp_path}/pid; echo progress=continue; exec sleep 600"
one = EncodePass("endless", ("sh", "-c", shell), 1.0, Path("{tmp_path}/out.mp4"))
run(RenderedJob(None, (one,), (), 1.0, 0), lambda *_: print("going", flush=True), lambda: False)
"""
    runner = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert runner.stdout is not None
    assert runner.stdout.readline() == "going\n"
    pid = int((tmp_path / "pid").read_text())
    assert is_alive(pid)
    runner.kill()
    runner.wait(30)
    eventually(lambda: not is_alive(pid), what="the encoder has ended")
