"""Real encodes, inspected with ffprobe and numpy."""

from __future__ import annotations

import csv
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rendering import (
    EncodeFailed,
    EncodeStopped,
    MissingAudioTrack,
    NoVideoTrack,
    ResolvedInput,
    UnusableInput,
    describe,
    render,
    run,
    video_bytes,
)
from tests.rendering import media


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media.make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4")


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media.make_clip(
        tmp_path_factory.mktemp("clips") / "two.mkv", tones=(440, 880), languages=("eng", "spa"), seconds=2
    )


@pytest.fixture(scope="module")
def grainy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media.make_clip(tmp_path_factory.mktemp("clips") / "grain.mp4", noise=20, seconds=6)


def test_output_is_h264_and_aac_in_a_fast_start_mp4(clip: Path, tmp_path: Path) -> None:
    output, _ = media.encode(clip, media.job_settings(), tmp_path)
    (video,), (audio,) = media.streams(output.path, "video"), media.streams(output.path, "audio")
    assert output.path.name == "video_h264.mp4"
    assert (video["codec_name"], video["profile"], video["pix_fmt"]) == ("h264", "High", "yuv420p")
    assert (video["width"], video["height"], video["r_frame_rate"], video["nb_frames"]) == (320, 180, "30/1", "60")
    assert (audio["codec_name"], audio["channels"], audio["sample_rate"]) == ("aac", 2, "48000")
    boxes = media.boxes(output.path)
    assert boxes.index("moov") < boxes.index("mdat")
    assert float(video["start_time"]) == float(audio["start_time"]) == 0.0
    assert [path.name for path in tmp_path.iterdir()] == ["video_h264.mp4"]


def test_moov_is_last_when_requested(clip: Path, tmp_path: Path) -> None:
    settings = media.job_settings()
    media.output(settings)["ContainerSettings"]["Mp4Settings"]["MoovPlacement"] = "NORMAL"
    output, _ = media.encode(clip, settings, tmp_path)
    boxes = media.boxes(output.path)
    assert boxes.index("moov") > boxes.index("mdat")


def test_keeps_selected_tracks_in_order_with_their_languages(bilingual: Path, tmp_path: Path) -> None:
    output, _ = media.encode(bilingual, media.job_settings(tracks=2), tmp_path)
    languages = [stream["tags"]["language"] for stream in media.streams(output.path, "audio")]
    assert languages == ["eng", "spa"]
    assert [round(media.pitch(media.samples(output.path, track))) for track in (0, 1)] == [440, 880]


def test_configured_language_replaces_the_input_language(bilingual: Path, tmp_path: Path) -> None:
    settings = media.job_settings()
    description = media.output(settings)["AudioDescriptions"][0]
    description |= {"LanguageCodeControl": "USE_CONFIGURED", "LanguageCode": "DEU"}
    output, _ = media.encode(bilingual, settings, tmp_path)
    assert media.streams(output.path, "audio")[0]["tags"]["language"] == "deu"


def test_merges_tracks_of_one_selector_into_channels(tmp_path: Path) -> None:
    source = media.make_clip(tmp_path / "two-mono.mkv", tones=(440, 880), channels=1)
    settings = media.job_settings()
    settings["Inputs"][0]["AudioSelectors"]["Audio Selector 1"]["Tracks"] = [1, 2]
    output, _ = media.encode(source, settings, tmp_path / "out")
    assert [stream["channels"] for stream in media.streams(output.path, "audio")] == [2]
    left, right = (media.samples(output.path, channel=channel) for channel in (0, 1))
    assert (round(media.pitch(left)), round(media.pitch(right))) == (440, 880)


def test_rejects_tracks_whose_channels_do_not_add_up(bilingual: Path, tmp_path: Path) -> None:
    settings = media.job_settings()
    settings["Inputs"][0]["AudioSelectors"]["Audio Selector 1"]["Tracks"] = [1, 2]
    with pytest.raises(UnusableInput, match="2 tracks have 4 channels, the output has 2"):
        media.encode(bilingual, settings, tmp_path)


def test_names_a_missing_track(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingAudioTrack, match=r"\[Audio Selector 2\] asks for audio track 2, the input has 1"):
        media.encode(clip, media.job_settings(tracks=2), tmp_path)


def test_selector_without_match_gives_silence(clip: Path, tmp_path: Path) -> None:
    settings = media.job_settings()
    selector = {"SelectorType": "LANGUAGE_CODE", "LanguageCode": "JPN", "DefaultSelection": "NOT_DEFAULT"}
    settings["Inputs"][0]["AudioSelectors"]["Audio Selector 1"] = selector
    output, _ = media.encode(clip, settings, tmp_path)
    samples = media.samples(output.path)
    assert output.silent_tracks == (0,)
    assert np.abs(samples).max() < 1e-4
    assert len(samples) / media.SAMPLE_RATE == pytest.approx(2.0, abs=0.05)


def test_selects_a_track_by_language(bilingual: Path, tmp_path: Path) -> None:
    settings = media.job_settings()
    selector = {"SelectorType": "LANGUAGE_CODE", "LanguageCode": "SPA", "DefaultSelection": "DEFAULT"}
    settings["Inputs"][0]["AudioSelectors"]["Audio Selector 1"] = selector
    output, _ = media.encode(bilingual, settings, tmp_path)
    assert round(media.pitch(media.samples(output.path))) == 880


def test_fills_the_start_of_a_late_track_with_silence(tmp_path: Path) -> None:
    source = media.make_clip(tmp_path / "late.mkv", audio_delay=0.5)
    output, _ = media.encode(source, media.job_settings(), tmp_path / "out")
    assert float(media.streams(output.path, "audio")[0]["start_time"]) == 0.0
    assert media.onset(media.samples(output.path)) == pytest.approx(0.5, abs=0.03)
    assert output.audio_inserted_ms[0] == pytest.approx(500, abs=30)


def test_offset_delays_the_audio(clip: Path, tmp_path: Path) -> None:
    settings = media.job_settings()
    settings["Inputs"][0]["AudioSelectors"]["Audio Selector 1"]["Offset"] = 300
    output, _ = media.encode(clip, settings, tmp_path)
    assert media.onset(media.samples(output.path)) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize(
    ("mode", "channels"), [("CODING_MODE_1_0", 1), ("CODING_MODE_5_1", 6), ("CODING_MODE_AUTO", 6)]
)
def test_coding_mode_sets_the_channels(mode: str, channels: int, tmp_path: Path) -> None:
    source = media.make_clip(tmp_path / "surround.mkv", channels=6, audio_options=("-c:a", "ac3"))
    settings = media.job_settings()
    media.output(settings)["AudioDescriptions"][0]["CodecSettings"]["AacSettings"]["CodingMode"] = mode
    output, _ = media.encode(source, settings, tmp_path / "out")
    assert media.streams(output.path, "audio")[0]["channels"] == channels


def test_rejects_a_channel_count_without_aac_layout(tmp_path: Path) -> None:
    source = media.make_clip(tmp_path / "quad.mkv", channels=4, audio_options=("-c:a", "pcm_s16le"))
    settings = media.job_settings()
    media.output(settings)["AudioDescriptions"][0]["CodecSettings"]["AacSettings"]["CodingMode"] = "CODING_MODE_AUTO"
    with pytest.raises(UnusableInput, match="4 channels"):
        media.encode(source, settings, tmp_path / "out")


@pytest.mark.parametrize("cap", [300_000, 600_000])
def test_keeps_the_average_rate_cap(cap: int, grainy: Path, tmp_path: Path) -> None:
    settings = media.job_settings(QvbrSettings={"QvbrQualityLevel": 9, "MaxAverageBitrate": cap})
    output, result = media.encode(grainy, settings, tmp_path)
    size, seconds = video_bytes(output.path)
    assert len(result.passes) >= 2
    assert 0.8 * cap <= size * 8 / seconds <= cap


def test_does_not_inflate_content_below_the_cap(clip: Path, tmp_path: Path) -> None:
    free, _ = media.encode(clip, media.job_settings(), tmp_path / "free")
    settings = media.job_settings(QvbrSettings={"QvbrQualityLevel": 7, "MaxAverageBitrate": 7_000_000})
    capped, result = media.encode(clip, settings, tmp_path / "capped")
    assert [one.name for one in result.passes] == ["video_h264.mp4: constant quality"]
    assert video_bytes(capped.path)[0] == pytest.approx(video_bytes(free.path)[0], rel=0.02)


def test_higher_quality_level_uses_more_bits(grainy: Path, tmp_path: Path) -> None:
    sizes = []
    for level, third in ((6, 0.0), (6, 0.66), (7, 0.0)):
        qvbr = {"QvbrQualityLevel": level, "QvbrQualityLevelFineTune": third}
        output, _ = media.encode(grainy, media.job_settings(QvbrSettings=qvbr), tmp_path / f"{level}{third}")
        sizes.append(video_bytes(output.path)[0])
    assert sizes[0] < sizes[1] < sizes[2]


def test_two_pass_vbr_meets_its_average(grainy: Path, tmp_path: Path) -> None:
    settings = media.job_settings(RateControlMode="VBR", Bitrate=500_000, MaxBitrate=2_000_000)
    del media.output(settings)["VideoDescription"]["CodecSettings"]["H264Settings"]["QvbrSettings"]
    output, result = media.encode(grainy, settings, tmp_path)
    size, seconds = video_bytes(output.path)
    assert len(result.passes) == 2
    assert size * 8 / seconds == pytest.approx(500_000, rel=0.1)


def test_pads_around_the_picture(tmp_path: Path) -> None:
    source = media.make_clip(tmp_path / "square.mp4", size="180x180", filters="drawbox=color=white:t=fill")
    settings = media.job_settings()
    media.output(settings)["VideoDescription"] |= {"Width": 320, "Height": 180}
    output, _ = media.encode(source, settings, tmp_path / "out")
    row = media.picture(output.path, 1, 320, 180)[90].mean(axis=1)
    assert row[:60].max() < 30
    assert row[80:240].min() > 220
    assert row[-60:].max() < 30


def test_applies_rotation_and_drops_its_metadata(tmp_path: Path) -> None:
    upright = media.make_clip(
        tmp_path / "up.mp4", filters="drawbox=w=iw/2:color=white:t=fill,drawbox=x=iw/2:color=black:t=fill"
    )
    phone = tmp_path / "phone.mp4"
    media.ffmpeg("-display_rotation:v:0", "-90", "-i", str(upright), "-c", "copy", str(phone))
    output, _ = media.encode(phone, media.job_settings(), tmp_path / "out")
    (video,) = media.streams(output.path, "video")
    assert (video["width"], video["height"]) == (180, 320)
    assert not [side for side in video.get("side_data_list", []) if side.get("rotation")]
    column = media.picture(output.path, 1, 180, 320)[:, 90].mean(axis=1)
    assert column[:150].min() > 200  # a clockwise rotation moves the left half of the stored picture to the top
    assert column[170:].max() < 50


def test_ignores_rotation_metadata_when_requested(tmp_path: Path) -> None:
    upright = media.make_clip(tmp_path / "up.mp4")
    phone = tmp_path / "phone.mp4"
    media.ffmpeg("-display_rotation:v:0", "-90", "-i", str(upright), "-c", "copy", str(phone))
    settings = media.job_settings()
    del settings["Inputs"][0]["VideoSelector"]["Rotate"]
    output, _ = media.encode(phone, settings, tmp_path / "out")
    (video,) = media.streams(output.path, "video")
    assert (video["width"], video["height"], video.get("side_data_list", [])) == (320, 180, [])


def test_variable_frame_rate_becomes_constant(tmp_path: Path) -> None:
    drop = "select='if(lt(n,30),1,not(mod(n,3)))'"
    source = media.make_clip(
        tmp_path / "vfr.mp4",
        filters=drop,
        video_options=("-fps_mode", "vfr", "-c:v", "libx264", "-preset", "ultrafast"),
    )
    track = describe(ResolvedInput.of(source)).video
    assert track is not None
    assert track.variable_rate
    output, _ = media.encode(source, media.job_settings(), tmp_path / "out")
    (video,) = media.streams(output.path, "video")
    assert video["r_frame_rate"] == video["avg_frame_rate"] == "24/1"
    assert float(video["duration"]) == pytest.approx(2.0, abs=0.1)


def test_deinterlaces(tmp_path: Path) -> None:
    source = media.make_clip(
        tmp_path / "fields.mp4",
        rate="50",
        filters="interlace,setfield=tff",
        video_options=("-c:v", "libx264", "-preset", "ultrafast", "-flags", "+ildct+ilme"),
    )
    track = describe(ResolvedInput.of(source)).video
    assert track is not None
    assert track.interlaced
    output, _ = media.encode(source, media.job_settings(), tmp_path / "out")
    (video,) = media.streams(output.path, "video")
    assert (video["field_order"], video["r_frame_rate"]) == ("progressive", "25/1")


def test_converts_hdr_to_rec709(tmp_path: Path) -> None:
    hdr = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
    labels = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
    source = media.make_clip(tmp_path / "hdr.mp4", video_options=(*hdr, *labels), seconds=1)
    settings = media.job_settings()
    corrector = {"ColorSpaceConversion": "FORCE_709", "HdrToSdrToneMapper": "PRESERVE_DETAILS"}
    media.output(settings)["VideoDescription"]["VideoPreprocessors"] = {"ColorCorrector": corrector}
    output, _ = media.encode(source, settings, tmp_path / "out")
    (video,) = media.streams(output.path, "video")
    assert (video["color_transfer"], video["color_primaries"], video["color_space"]) == ("bt709", "bt709", "bt709")
    assert video["pix_fmt"] == "yuv420p"


def test_gop_has_the_requested_length(clip: Path, tmp_path: Path) -> None:
    gop: dict[str, Any] = {
        "GopSize": 0.5,
        "GopSizeUnits": "SECONDS",
        "GopClosedCadence": 1,
        "SceneChangeDetect": "DISABLED",
    }
    output, _ = media.encode(clip, media.job_settings(**gop), tmp_path)
    data = media.ffprobe_json(output.path, "-show_entries", "packet=pts_time,flags", "-select_streams", "v:0")
    keys = [float(packet["pts_time"]) for packet in data["packets"] if "K" in packet["flags"]]
    assert keys == pytest.approx([0.0, 0.5, 1.0, 1.5], abs=0.001)


def test_pads_video_with_black_when_requested(tmp_path: Path) -> None:
    source = tmp_path / "long.mkv"
    media.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=1", "-f", "lavfi", "-i", "sine=r=48000:d=2"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(source)),
    )
    settings = media.job_settings()
    settings["Inputs"][0]["VideoSelector"]["PadVideo"] = "BLACK"
    rendered = render(settings, [ResolvedInput.of(source)], tmp_path / "video")
    run(rendered, lambda percent, frames: None, lambda: False)
    path = rendered.outputs[0].path
    assert float(media.streams(path, "video")[0]["duration"]) == pytest.approx(2.0, abs=0.1)
    assert media.picture(path, 1.8, 320, 180).mean() < 20
    assert rendered.padding_ms == pytest.approx(1000, abs=60)


def test_cuts_audio_to_the_video_when_requested(tmp_path: Path) -> None:
    source = tmp_path / "long.mkv"
    media.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=1", "-f", "lavfi", "-i", "sine=r=48000:d=2"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(source)),
    )
    settings = media.job_settings()
    media.output(settings)["ContainerSettings"]["Mp4Settings"]["AudioDuration"] = "MATCH_VIDEO_DURATION"
    output, _ = media.encode(source, settings, tmp_path / "out")
    assert float(media.streams(output.path, "audio")[0]["duration"]) == pytest.approx(1.0, abs=0.03)


def test_writes_per_frame_metrics_next_to_the_output(grainy: Path, tmp_path: Path) -> None:
    settings = media.job_settings(PerFrameMetrics=["VMAF", "PSNR", "SSIM"])
    media.output(settings)["VideoDescription"] |= {"Width": 160, "Height": 90}
    output, result = media.encode(grainy, settings, tmp_path)
    names = [path.name for path in result.files]
    assert names == ["video_h264_VMAF.csv", "video_h264_PSNR.csv", "video_h264_SSIM.csv"]
    with result.files[0].open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    values = [float(row[1]) for row in rows[1:-3]]
    assert rows[0] == ["frame", "VMAF"]
    assert len(values) == int(media.streams(output.path, "video")[0]["nb_frames"])
    assert [row[0] for row in rows[-3:]] == ["average", "min", "max"]
    assert float(rows[-3][1]) == pytest.approx(sum(values) / len(values), abs=0.01)
    assert 20 < min(values) <= max(values) <= 100


def test_rejects_an_input_without_video(tmp_path: Path) -> None:
    audio = tmp_path / "audio.m4a"
    media.ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", str(audio))
    with pytest.raises(NoVideoTrack):
        media.encode(audio, media.job_settings(), tmp_path / "out")


def test_stops_an_encode(tmp_path: Path) -> None:
    source = media.make_clip(tmp_path / "long.mp4", seconds=30, noise=20)
    rendered = render(media.job_settings(), [ResolvedInput.of(source)], tmp_path / "video")
    began = threading.Event()
    with pytest.raises(EncodeStopped):
        run(rendered, lambda percent, frames: began.set() if frames else None, began.is_set)


def test_failed_encode_has_the_messages_of_ffmpeg(clip: Path, tmp_path: Path) -> None:
    resolved = ResolvedInput.of(clip)
    missing = ResolvedInput(tmp_path / "gone.mp4", resolved.probe)
    rendered = render(media.job_settings(), [missing], tmp_path / "video")
    with pytest.raises(EncodeFailed, match="No such file") as failure:
        run(rendered, lambda percent, frames: None, lambda: False)
    assert "gone.mp4" in failure.value.stderr_tail


def test_progress_rises_to_100(grainy: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    settings = media.job_settings(QvbrSettings={"QvbrQualityLevel": 9, "MaxAverageBitrate": 300_000})
    rendered = render(settings, [ResolvedInput.of(grainy)], tmp_path / "video")
    run(rendered, lambda percent, frames: seen.append(percent), lambda: False)
    assert seen == sorted(seen)
    assert seen[-1] == 100.0


def test_probes_a_transport_stream(tmp_path: Path) -> None:
    """Its service names need iconv, which a statically linked ffprobe must not load from the host."""
    source = media.make_clip(
        tmp_path / "stream.ts", video_options=("-c:v", "mpeg2video"), audio_options=("-c:a", "mp2")
    )
    track = describe(ResolvedInput.of(source)).video
    assert track is not None
    assert (track.codec, track.width) == ("mpeg2video", 320)
