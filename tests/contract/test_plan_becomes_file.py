"""Plans, encoded with the preset by the local cloud's encoder, pass their own verification.

The sources are the small files of tests/data/probe, created again.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rendering import ResolvedInput, ffmpeg_path, probe, render, run
from tests.data.probe.record import FILES
from tests.fakes.pipeline import PRESET
from tests.unit.domain.samples import TABLES, limited
from vcp.domain.mediaconvert.job_settings import job_settings
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.plan import Plan
from vcp.domain.planning.planner import plan
from vcp.domain.source.ffprobe import media_facts
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.verify import verify

CONTRACT = limited(1_000_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def create_source(name: str, folder: Path) -> Path:
    """Create a source file, after `two_languages.mp4` if it is made from that."""
    path = folder / name
    if not path.exists():
        if "two_languages.mp4" in FILES[name]:
            create_source("two_languages.mp4", folder)
        command = [ffmpeg_path(), "-v", "error", "-nostdin", "-y", *FILES[name], name]
        subprocess.run(command, cwd=folder, check=True)
    return path


def encoded(source: Path, facts: MediaFacts, planned: Plan) -> Path:
    settings = job_settings(PRESET, planned, facts, f"s3://temp/{source.name}", "s3://temp/out")
    job = render(settings, [ResolvedInput.of(source)], source.with_name(f"out-{source.stem}"))
    run(job, on_progress=lambda *_: None, should_stop=lambda: False)
    return job.outputs[0].path


@pytest.mark.media
@pytest.mark.parametrize(
    "name",
    ["two_languages.mp4", "portrait_phone.mp4", "variable_rate.mp4", "interlaced_pal.mpg", "hdr10.mp4",
     "surround_timecode.mov", "full_range.mp4", "late_sound.mp4"],
)  # fmt: skip
def test_the_encoded_plan_passes_verification(name: str, folder: Path) -> None:
    source = create_source(name, folder)
    facts = media_facts(probe(source))
    planned = plan(facts, source.stat().st_size, CONTRACT, TABLES)
    result = encoded(source, facts, planned)
    measured = Measurements(facts=media_facts(probe(result)), size_bytes=result.stat().st_size)
    verdict = verify(planned, facts, measured, CONTRACT)
    assert verdict.failures == ()
    unmeasured = {check.name for check in verdict.checks if check.outcome == "not_measurable"}
    assert unmeasured == {"fast_start", "quality", "sync"}


@pytest.mark.media
def test_the_encoder_keeps_a_binding_rate_cap(folder: Path) -> None:
    """Without the cap, noise would be several times the limit."""
    source = folder / "noise.mp4"
    noise = "nullsrc=size=640x360:rate=25:duration=8,geq=random(1)*255:128:128"
    arguments = ["-f", "lavfi", "-i", noise, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", source.name]
    subprocess.run([ffmpeg_path(), "-v", "error", "-nostdin", "-y", *arguments], cwd=folder, check=True)
    facts = media_facts(probe(source))
    assert source.stat().st_size > 5 * CONTRACT.limit_bytes
    planned = plan(facts, source.stat().st_size, CONTRACT, TABLES)
    assert planned.video.max_average_bitrate_bps is not None
    size = encoded(source, facts, planned).stat().st_size
    assert 0.7 * CONTRACT.limit_bytes < size <= planned.planned_max_bytes
