"""From CreateJob to the finished file: the API, the objects in S3, and the events."""

from __future__ import annotations

import csv
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.mediaconvert.storage import upload
from tests.localcloud.mediaconvert.conftest import Studio, wait_until
from tests.rendering.media import boxes, make_clip, output, streams


def test_job_writes_a_file_to_the_target_bucket(studio: Studio, clip: Path, tmp_path: Path) -> None:
    destination = f"s3://{studio.target}/first/video"
    job = studio.run(studio.settings(studio.put(clip), destination), UserMetadata={"VideoId": "abc-1"})
    assert (job["Status"], job["JobPercentComplete"], job["UserMetadata"]) == ("COMPLETE", 100, {"VideoId": "abc-1"})
    assert re.fullmatch(r"\d{13}-[a-z0-9]{6}", job["Id"])
    timing = job["Timing"]
    assert timing["SubmitTime"] <= timing["StartTime"] <= timing["FinishTime"]
    (detail,) = job["OutputGroupDetails"][0]["OutputDetails"]
    assert detail["VideoDetails"] == {"WidthInPx": 320, "HeightInPx": 180}
    assert abs(detail["DurationInMs"] - 2000) < 50
    stored = studio.s3.head_object(Bucket=studio.target, Key="first/video_h264.mp4")
    assert stored["ContentType"] == "video/mp4"
    local = tmp_path / "video.mp4"
    studio.s3.download_file(studio.target, "first/video_h264.mp4", str(local))
    assert boxes(local).index("moov") < boxes(local).index("mdat")
    assert streams(local, "audio")[0]["tags"]["language"] == "eng"


def test_console_shows_the_time_of_ffmpeg(studio: Studio, clip: Path) -> None:
    job = studio.console.job(studio.run(studio.settings(studio.put(clip)))["Id"])
    assert list(job["phases"]) == ["PROBING", "TRANSCODING", "UPLOADING"]
    assert 0 < job["ffmpegSeconds"] <= job["finishedAt"] - job["startedAt"]


def test_events_of_a_job_are_as_documented(studio: Studio, clip: Path) -> None:
    uri = studio.put(clip)
    settings = studio.settings(uri, f"s3://{studio.target}/events/video")
    job_id = studio.submit(settings, UserMetadata={"VideoId": "v-1", "Stack": "dev"})
    events = studio.events(job_id, "COMPLETE")
    assert [event["detail"]["status"] for event in events] == ["PROGRESSING", "INPUT_INFORMATION", "COMPLETE"]
    for event in events:
        assert (event["source"], event["detail-type"]) == ("aws.mediaconvert", "MediaConvert Job State Change")
        assert event["resources"] == [f"arn:aws:mediaconvert:us-east-1:123456789012:jobs/{job_id}"]
        detail = event["detail"]
        assert (detail["accountId"], detail["queue"], detail["jobId"]) == (event["account"], studio.queue, job_id)
        assert detail["userMetadata"] == {"VideoId": "v-1", "Stack": "dev"}
        assert isinstance(detail["timestamp"], int)
    _check_input_information(events[1]["detail"], uri)
    _check_complete(events[2]["detail"], f"s3://{studio.target}/events/video_h264.mp4")


def _check_input_information(detail: dict[str, Any], uri: str) -> None:
    (found,) = detail["inputDetails"]
    (video,), (audio,) = found["video"], found["audio"]
    assert (found["id"], found["uri"]) == (1, uri)
    assert (video["codec"], video["width"], video["height"], video["frameRate"]) == ("H_264", 320, 180, 30.0)
    assert (video["bitDepth"], video["interlaceMode"], video["colorFormat"]) == (8, "PROGRESSIVE", "YUV_420")
    assert (audio["codec"], audio["channels"], audio["language"], audio["sampleRate"]) == ("AAC", 2, "ENG", 48000)


def _check_complete(detail: dict[str, Any], uri: str) -> None:
    (group,) = detail["outputGroupDetails"]
    (output_detail,) = group["outputDetails"]
    assert (group["type"], output_detail["outputFilePaths"]) == ("FILE_GROUP", [uri])
    assert abs(output_detail["durationInMs"] - 2000) < 50
    video = output_detail["videoDetails"]
    assert (video["widthInPx"], video["heightInPx"], video["qvbrAvgQuality"]) == (320, 180, 7.0)
    assert 1000 < video["averageBitrate"] < 8_000_000
    assert detail["paddingInserted"] == 0


def test_reports_progress_at_the_requested_interval(studio: Studio, grainy_clip: Path) -> None:
    studio.console.update_every(0.1)
    job_id = studio.submit(studio.settings(studio.put(grainy_clip)))
    updates = [
        event["detail"] for event in studio.events(job_id, "COMPLETE") if event["detail"]["status"] == "STATUS_UPDATE"
    ]
    studio.console.clear_faults()
    assert len(updates) >= 2
    percents = [update["jobProgress"]["jobPercentComplete"] for update in updates]
    assert percents == sorted(percents)
    progress = updates[-1]["jobProgress"]
    assert (progress["currentPhase"], progress["phaseProgress"]["PROBING"]["percentComplete"]) == ("TRANSCODING", 100)
    assert progress["phaseProgress"]["UPLOADING"] == {"status": "PENDING", "percentComplete": 0}


def test_destination_ending_in_a_slash_uses_the_name_of_the_input(studio: Studio, clip: Path) -> None:
    uri = studio.put(clip, "in/holiday.film.mp4")
    job_id = studio.submit(studio.settings(uri, f"s3://{studio.target}/by-name/"))
    paths = studio.events(job_id, "COMPLETE")[-1]["detail"]["outputGroupDetails"][0]["outputDetails"][0]
    assert paths["outputFilePaths"] == [f"s3://{studio.target}/by-name/holiday.film_h264.mp4"]
    studio.s3.head_object(Bucket=studio.target, Key="by-name/holiday.film_h264.mp4")


def test_merges_the_settings_of_a_preset(studio: Studio, clip: Path) -> None:
    settings = studio.settings(studio.put(clip))
    house = output(settings)
    preset = {key: house.pop(key) for key in ("ContainerSettings", "VideoDescription", "AudioDescriptions")}
    preset["VideoDescription"]["Height"] = 90
    studio.mediaconvert.create_preset(Name="small-house", Settings=preset)
    house["Preset"] = "small-house"
    job = studio.run(settings)
    assert job["OutputGroupDetails"][0]["OutputDetails"][0]["VideoDetails"] == {"WidthInPx": 160, "HeightInPx": 90}
    assert output(job["Settings"])["Preset"] == "small-house"


def test_writes_per_frame_metrics_next_to_the_output(studio: Studio, clip: Path, tmp_path: Path) -> None:
    settings = studio.settings(studio.put(clip), f"s3://{studio.target}/metrics/video", PerFrameMetrics=["VMAF"])
    job_id = studio.submit(settings)
    complete = studio.events(job_id, "COMPLETE")[-1]["detail"]
    local = tmp_path / "vmaf.csv"
    studio.s3.download_file(studio.target, "metrics/video_h264_VMAF.csv", str(local))
    rows = list(csv.reader(local.read_text("utf-8").splitlines()))
    assert len(rows) == 1 + 60 + 3
    assert "csv" not in str(complete["outputGroupDetails"])


def test_reports_the_quality_lost_to_a_cap(studio: Studio, grainy_clip: Path) -> None:
    qvbr = {"QvbrQualityLevel": 9, "MaxAverageBitrate": 300_000}
    job_id = studio.submit(studio.settings(studio.put(grainy_clip), QvbrSettings=qvbr))
    video = studio.events(job_id, "COMPLETE")[-1]["detail"]["outputGroupDetails"][0]["outputDetails"][0]["videoDetails"]
    assert video["averageBitrate"] <= 300_000
    assert 1 <= video["qvbrAvgQuality"] < 8


def test_warns_about_a_late_track(studio: Studio, tmp_path: Path) -> None:
    late = make_clip(tmp_path / "late.mkv", audio_delay=0.5)
    job = studio.run(studio.settings(studio.put(late)))
    assert (job["Status"], job["Warnings"]) == ("COMPLETE", [{"Code": 240000, "Count": 1}])


def test_runs_one_job_at_a_time_by_priority(studio: Studio, clip: Path) -> None:
    uri = studio.put(clip)
    studio.console.hold()
    ids = [studio.submit(studio.settings(uri), Priority=priority) for priority in (0, -10, 20)]
    assert [studio.console.job(job_id)["status"] for job_id in ids] == ["SUBMITTED"] * 3
    studio.console.release()
    for job_id in ids:
        assert studio.finish(job_id)["Status"] == "COMPLETE"
    jobs = sorted((studio.console.job(job_id) for job_id in ids), key=lambda job: float(job["startedAt"]))
    assert [job["id"] for job in jobs] == [ids[2], ids[0], ids[1]]
    assert all(first["finishedAt"] <= second["startedAt"] for first, second in itertools.pairwise(jobs))


def test_paused_queue_starts_no_job(studio: Studio, clip: Path) -> None:
    mediaconvert = studio.mediaconvert
    queue = mediaconvert.create_queue(Name=f"{studio.target}-paused", Status="PAUSED")["Queue"]
    other = studio.submit(studio.settings(studio.put(clip)), Queue=queue["Arn"])
    assert studio.run(studio.settings(studio.put(clip)))["Status"] == "COMPLETE"
    assert mediaconvert.get_job(Id=other)["Job"]["Status"] == "SUBMITTED"
    assert mediaconvert.get_queue(Name=queue["Name"])["Queue"]["SubmittedJobsCount"] == 1
    mediaconvert.update_queue(Name=queue["Name"], Status="ACTIVE")
    assert studio.finish(other)["Status"] == "COMPLETE"


def test_cancels_a_waiting_job(studio: Studio, clip: Path) -> None:
    studio.console.hold()
    job_id = studio.submit(studio.settings(studio.put(clip)))
    studio.mediaconvert.cancel_job(Id=job_id)
    studio.console.release()
    assert studio.finish(job_id)["Status"] == "CANCELED"
    assert [event["detail"]["status"] for event in studio.events(job_id, "CANCELED")] == ["CANCELED"]


def test_cancels_a_running_job_and_leaves_nothing(studio: Studio, long_clip: Path) -> None:
    job_id = studio.submit(studio.settings(studio.put(long_clip), f"s3://{studio.target}/cancelled/video"))
    wait_until(lambda: studio.console.job(job_id)["phase"] == "TRANSCODING", "the encode")
    studio.mediaconvert.cancel_job(Id=job_id)
    job = studio.finish(job_id)
    assert job["Status"] == "CANCELED"
    assert "ErrorCode" not in job
    assert studio.events(job_id, "CANCELED")[-1]["detail"]["status"] == "CANCELED"
    assert "Contents" not in studio.s3.list_objects_v2(Bucket=studio.target, Prefix="cancelled/")
    assert not (studio.cloud.state_dir / "mediaconvert" / job_id).exists()


def test_cannot_cancel_a_finished_job(studio: Studio, clip: Path) -> None:
    job = studio.run(studio.settings(studio.put(clip)))
    with pytest.raises(studio.mediaconvert.exceptions.ConflictException):
        studio.mediaconvert.cancel_job(Id=job["Id"])


def test_same_token_returns_the_same_job(studio: Studio, clip: Path) -> None:
    settings = studio.settings(studio.put(clip))
    first = studio.submit(settings, ClientRequestToken="once-only")
    assert studio.submit(settings, ClientRequestToken="once-only") == first
    assert studio.submit(settings, ClientRequestToken="another") != first


def test_lists_jobs_by_queue_and_status_in_pages(studio: Studio, clip: Path) -> None:
    queue = studio.mediaconvert.create_queue(Name=f"{studio.target}-list", Status="PAUSED")["Queue"]["Arn"]
    uri = studio.put(clip)
    ids = [studio.submit(studio.settings(uri), Queue=queue) for _ in range(5)]
    studio.mediaconvert.cancel_job(Id=ids[1])
    waiting = studio.mediaconvert.list_jobs(Queue=queue, Status="SUBMITTED", Order="ASCENDING")["Jobs"]
    assert [job["Id"] for job in waiting] == [ids[0], ids[2], ids[3], ids[4]]
    pages = studio.mediaconvert.get_paginator("list_jobs").paginate(Queue=queue, PaginationConfig={"PageSize": 2})
    sizes, seen = [], []
    for page in pages:
        sizes.append(len(page["Jobs"]))
        seen += [job["Id"] for job in page["Jobs"]]
    assert (sizes, seen) == ([2, 2, 1], ids[::-1])
    for job_id in ids:
        if job_id != ids[1]:
            studio.mediaconvert.cancel_job(Id=job_id)


def test_unknown_job_is_not_found(studio: Studio) -> None:
    for call in (studio.mediaconvert.get_job, studio.mediaconvert.cancel_job):
        with pytest.raises(studio.mediaconvert.exceptions.NotFoundException):
            call(Id="1671476818694-phptj0")


def test_uploads_large_outputs_in_parts(studio: Studio, tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    large.write_bytes(bytes(range(256)) * (40 * 4096))
    upload(studio.s3, large, f"s3://{studio.target}/large.mp4")
    stored = studio.s3.head_object(Bucket=studio.target, Key="large.mp4")
    assert stored["ETag"].endswith('-3"')
    assert stored["ContentLength"] == 40 * 1024 * 1024


def test_names_an_operation_that_is_not_implemented(studio: Studio) -> None:
    with pytest.raises(ClientError, match="list_job_templates") as rejection:
        studio.mediaconvert.list_job_templates()
    assert rejection.value.response["Error"]["Code"] == "NotImplemented"
