"""Every documented failure of a job, each with a real cause."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.mediaconvert.exceptions import JobError
from localcloud.mediaconvert.outputs import encode_failure
from localcloud.mediaconvert.storage import download, upload
from localcloud.process import running_cloud
from rendering import EncodeFailed
from tests.localcloud.mediaconvert.conftest import TRUST, Studio, make_studio, wait_until
from tests.rendering.media import ffmpeg, make_clip, output


def failure(studio: Studio, settings: dict[str, Any], **request: Any) -> tuple[int, str]:
    """Return code and message of a job that fails; its event must have the same."""
    job_id = studio.submit(settings, **request)
    job = studio.finish(job_id)
    assert job["Status"] == "ERROR", job
    event = studio.events(job_id, "ERROR")[-1]["detail"]
    assert (event["errorCode"], event["errorMessage"]) == (job["ErrorCode"], job["ErrorMessage"])
    return job["ErrorCode"], job["ErrorMessage"]


def test_missing_object_is_1404(studio: Studio) -> None:
    code, message = failure(studio, studio.settings(f"s3://{studio.source}/not/there.mp4"))
    assert code == 1404
    expected = "[Failed probe/open: [Failed to read data: HeadObject failed]]"
    assert message == f"Unable to open input file [s3://{studio.source}/not/there.mp4]: {expected}"


def test_missing_bucket_is_1404(studio: Studio, clip: Path) -> None:
    assert failure(studio, studio.settings("s3://no-such-bucket-here/a.mp4"))[0] == 1404
    missing_target = studio.settings(studio.put(clip), "s3://no-such-bucket-here/video")
    assert failure(studio, missing_target)[0] == 1404


def test_missing_role_is_1433(studio: Studio, clip: Path) -> None:
    settings = studio.settings(studio.put(clip))
    assert failure(studio, settings, Role="arn:aws:iam::123456789012:role/unknown")[0] == 1433


def test_role_that_does_not_trust_the_service_is_1434(studio: Studio, clip: Path) -> None:
    other = json.dumps(TRUST).replace("mediaconvert.", "lambda.")
    iam = studio.cloud.client("iam")
    role = iam.create_role(RoleName=f"{studio.target}-lambda", AssumeRolePolicyDocument=other)["Role"]["Arn"]
    code, message = failure(studio, studio.settings(studio.put(clip)), Role=role)
    assert code == 1434
    assert "AssumeRole failed" in message


def test_garbage_is_1010(studio: Studio, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.mp4"
    garbage.write_bytes(b"this is not a video" * 100)
    code, message = failure(studio, studio.settings(studio.put(garbage)))
    assert code == 1010
    assert message.startswith("Unable to open input file [s3://")


def test_container_without_parser_is_1010(studio: Studio, tmp_path: Path) -> None:
    uri = studio.put(make_clip(tmp_path / "odd.nut"))
    expected = f"Unable to open input file [{uri}]: [Failed probe/open: [No parser found for container]]"
    assert failure(studio, studio.settings(uri)) == (1010, expected)


def test_audio_without_video_is_1020(studio: Studio, tmp_path: Path) -> None:
    sound = tmp_path / "sound.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", str(sound))
    assert failure(studio, studio.settings(studio.put(sound)))[0] == 1020


def test_neither_video_nor_audio_is_1021(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n", "utf-8")
    words = tmp_path / "words.mkv"
    ffmpeg("-i", str(tmp_path / "words.srt"), str(words))
    assert failure(studio, studio.settings(studio.put(words)))[0] == 1021


X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.mark.parametrize(
    ("name", "video", "audio", "named"),
    [
        ("hevc.mkv", ("-c:v", "libx265", "-preset", "ultrafast"), ("-c:a", "aac"), "video codec [hevc] in Matroska"),
        ("h264.avi", X264, ("-c:a", "mp3"), "video codec [h264] in AVI"),
        ("ac3.mov", X264, ("-c:a", "ac3"), "audio codec [ac3] in QuickTime"),
        ("mp3.mp4", X264, ("-c:a", "libmp3lame"), "audio codec [mp3] in MPEG-4"),
        ("444.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv444p"), ("-c:a", "aac"), "pixel format [yuv444p]"),
        (
            "vp9.mkv",
            ("-c:v", "libvpx-vp9", "-deadline", "realtime"),
            ("-c:a", "libopus"),
            "video codec [vp9] in Matroska",
        ),
    ],
)
def test_unsupported_codec_is_1030(
    name: str, video: tuple[str, ...], audio: tuple[str, ...], named: str, studio: Studio, tmp_path: Path
) -> None:
    source = make_clip(tmp_path / name, seconds=0.5, video_options=video, audio_options=audio)
    code, message = failure(studio, studio.settings(studio.put(source)))
    assert code == 1030
    assert named in message


@pytest.mark.parametrize(
    ("name", "video", "audio"),
    [
        ("vp9.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime"), ("-c:a", "libopus")),
        ("h264.mkv", X264, ("-c:a", "aac")),
        ("hevc.mp4", ("-c:v", "libx265", "-preset", "ultrafast"), ("-c:a", "aac")),
        ("prores.mov", ("-c:v", "prores_ks"), ("-c:a", "pcm_s16le")),
        ("mpeg2.ts", ("-c:v", "mpeg2video"), ("-c:a", "mp2")),
    ],
)
def test_supported_codec_is_encoded(
    name: str, video: tuple[str, ...], audio: tuple[str, ...], studio: Studio, tmp_path: Path
) -> None:
    source = make_clip(tmp_path / name, seconds=0.5, video_options=video, audio_options=audio)
    job = studio.run(studio.settings(studio.put(source)))
    assert job["Status"] == "COMPLETE", job.get("ErrorMessage")


def test_missing_track_number_is_1040(studio: Studio, clip: Path) -> None:
    settings = studio.settings(studio.put(clip))
    settings["Inputs"][0]["AudioSelectors"]["Audio Selector 1"]["Tracks"] = [4]
    code, message = failure(studio, settings)
    assert code == 1040
    assert "audio track 4, the input has 1" in message


def test_missing_language_gives_silence_without_an_error(studio: Studio, clip: Path) -> None:
    settings = studio.settings(studio.put(clip))
    selector = {"SelectorType": "LANGUAGE_CODE", "LanguageCode": "JPN", "DefaultSelection": "NOT_DEFAULT"}
    settings["Inputs"][0]["AudioSelectors"]["Audio Selector 1"] = selector
    assert studio.run(settings)["Status"] == "COMPLETE"


def test_truncated_input_is_1076(studio: Studio, tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    make_clip(whole, seconds=4, noise=20, video_options=(*X264, "-movflags", "+faststart"))
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    code, message = failure(studio, studio.settings(studio.put(cut)))
    assert code == 1076
    assert "truncated" in message


def test_mp4_without_moov_is_1010(studio: Studio, clip: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    code, message = failure(studio, studio.settings(studio.put(cut)))
    assert code == 1010
    assert "moov atom not found" in message


@pytest.mark.parametrize(
    ("stderr", "code"),
    [
        ("Error while decoding stream #0:0: Invalid data found when processing input", 1075),
        ("stream 0, offset 0x30: partial file", 1076),
        ("Conversion failed!", 1999),
    ],
)
def test_errors_of_ffmpeg_become_codes(stderr: str, code: int) -> None:
    assert encode_failure(EncodeFailed("pass", 1, stderr), "s3://b/k").code == code


class FailingS3:
    """An S3 client whose calls fail with an error code."""

    def __init__(self, code: str) -> None:
        self.error = ClientError({"Error": {"Code": code, "Message": code}}, "HeadObject")

    def head_object(self, **_: Any) -> None:
        raise self.error

    def upload_fileobj(self, *_: Any, **__: Any) -> None:
        raise self.error


@pytest.mark.parametrize(("error", "code"), [("403", 1401), ("404", 1404), ("NoSuchBucket", 1404), ("SlowDown", 1999)])
def test_errors_of_s3_become_codes(error: str, code: int, tmp_path: Path) -> None:
    with pytest.raises(JobError) as reading:
        download(FailingS3(error), "s3://bucket/key", tmp_path / "input", lambda: False)
    assert reading.value.code == code
    (tmp_path / "output.mp4").write_bytes(b"x")
    with pytest.raises(JobError) as writing:
        upload(FailingS3(error), tmp_path / "output.mp4", "s3://bucket/key")
    assert writing.value.code == code


@pytest.mark.parametrize("phase", ["PROBING", "TRANSCODING", "UPLOADING"])
def test_fault_fails_the_next_job(phase: str, studio: Studio, clip: Path) -> None:
    studio.console.fail_next(1999, "Set by the test", phase)
    settings = studio.settings(studio.put(clip))
    assert failure(studio, settings) == (1999, "Set by the test")
    assert studio.run(settings)["Status"] == "COMPLETE"


def test_faults_drop_and_duplicate_events(studio: Studio, clip: Path) -> None:
    studio.console.drop_event("PROGRESSING")
    studio.console.duplicate_event("INPUT_INFORMATION")
    job_id = studio.submit(studio.settings(studio.put(clip)))
    statuses = [event["detail"]["status"] for event in studio.events(job_id, "COMPLETE")]
    assert statuses == ["INPUT_INFORMATION", "INPUT_INFORMATION", "COMPLETE"]


def test_fault_throttles_create_job(studio: Studio, clip: Path) -> None:
    studio.console.throttle("CreateJob", 1)
    once = studio.cloud.client("mediaconvert", config=Config(retries={"max_attempts": 0}))
    settings = studio.settings(studio.put(clip))
    with pytest.raises(once.exceptions.TooManyRequestsException):
        once.create_job(Role=studio.role, Settings=settings)
    assert studio.run(settings)["Status"] == "COMPLETE"


def test_rejects_overriding_fields_of_a_preset(studio: Studio, clip: Path) -> None:
    settings = studio.settings(studio.put(clip))
    house = output(settings)
    preset = {key: house[key] for key in ("ContainerSettings", "VideoDescription", "AudioDescriptions")}
    studio.mediaconvert.create_preset(Name="not-overridden", Settings=preset)
    del house["ContainerSettings"]
    house["Preset"] = "not-overridden"
    with pytest.raises(ClientError, match="does not override fields of a preset: AudioDescriptions, VideoDescription"):
        studio.submit(settings)


def test_ffmpeg_ends_with_the_cloud(tmp_path: Path, long_clip: Path) -> None:
    with running_cloud(tmp_path / "state") as cloud:
        short_lived = make_studio(cloud, "short-lived")
        job_id = short_lived.submit(short_lived.settings(short_lived.put(long_clip)))
        wait_until(lambda: short_lived.console.job(job_id)["phase"] == "TRANSCODING", "the encode")
    assert _processes_with(str(tmp_path / "state")) == []


def _processes_with(text: str) -> list[str]:
    """Return command lines of running processes that contain the text."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            found += [line] if text in line else []
    return found
