"""The files whose facts, plans and jobs are recorded word for word (see told.py)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.unit.domain.told import as_json
from tests.unit.domain.worlds import PROBES, TABLES, film, limited, recorded, sound
from vcp.domain.mediaconvert.job_settings import job_settings
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import CaptionTrack, MediaFacts
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.plan import Plan
from vcp.domain.planning.planner import plan
from vcp.domain.source.ffprobe import media_facts

HOUR = 3600.0
PRESET = json.loads(
    (Path(__file__).parents[3] / "infra/components/presets/h264-hq.json").read_text("utf-8")
)
PROBED = sorted(path.name.removesuffix(".json") for path in PROBES.glob("*.json"))
#: Of the recorded files, those that a plan can be made for or is refused in words.
FILMS = [
    name for name in PROBED if name not in ("only_sound.m4a", "only_sound_with_cover.m4a", "picture.png", "words.srt")
]

#: A file whose writer said everything in tags, as mkvmerge does, or in ffprobe's rarer fields.
TALKATIVE: dict[str, Any] = {
    "format": {
        "format_name": "matroska,webm",
        "duration": "10.000000",
        "start_time": "1.000000",
        "size": "12345678",
        "bit_rate": "9876543",
        "tags": {"major_brand": " qt  ", "timecode": "00:59:59:00"},
    },
    "streams": [
        {
            "index": 3,
            "codec_type": "video",
            "codec_name": "h264",
            "profile": "High 10",
            "pix_fmt": "yuv420p10le",
            "width": 1440,
            "height": 1080,
            "sample_aspect_ratio": "4:3",
            "avg_frame_rate": "25/1",
            "r_frame_rate": "25/1",
            "field_order": "progressive",
            "color_range": "pc",
            "color_transfer": "bt709",
            "color_primaries": "bt709",
            "color_space": "bt709",
            "start_time": "1.000000",
            "closed_captions": 1,
            "tags": {"BPS": "8000000", "DURATION": "00:01:02.500000000", "NUMBER_OF_FRAMES": "1562", "rotate": "90"},
        },
        {
            "index": 4,
            "codec_type": "audio",
            "codec_tag_string": "lpcm",
            "channels": 6,
            "channel_layout": "5.1",
            "sample_rate": "44100",
            "bit_rate": "256000",
            "start_time": "2.500000",
            "tags": {"DURATION": "01:00:01.250000000", "language": "FRE", "title": " Director "},
        },
        {"index": 5, "codec_type": "audio", "tags": {"language": "und", "DURATION": "garbled"}},
        {"index": 6, "codec_type": "subtitle", "codec_name": "ass", "tags": {"language": "ger", "title": "Signs"}},
        {
            "index": 7,
            "codec_type": "video",
            "codec_name": "png",
            "width": 9,
            "height": 9,
            "disposition": {"timed_thumbnails": 1},
        },
        {"index": 8, "codec_type": "data", "tags": {"timecode": "10:00:00:00"}},
    ],
}

#: ...and one whose writer said next to nothing.
TACITURN: dict[str, Any] = {
    "format": {"size": "N/A", "duration": "N/A", "bit_rate": "inf"},
    "streams": [
        {
            "codec_type": "video",
            "width": 64,
            "height": 48,
            "avg_frame_rate": "0/0",
            "r_frame_rate": "0/0",
            "nb_frames": "50",
            "duration": "2.002",
            "side_data_list": [{"rotation": -90}, {"other": 1}],
        },
        {"codec_type": "audio"},
        {"codec_type": "subtitle"},
    ],
}


def without(thing: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name not in names}


def one_picture(**changes: Any) -> dict[str, Any]:
    return {"format": {"format_name": "mov,mp4"}, "streams": [{**TACITURN["streams"][0], **changes}]}


PROBES_MADE_UP: dict[str, dict[str, Any]] = {
    "talkative": TALKATIVE,
    "taciturn": TACITURN,
    "nothing": {},
    "no length": one_picture(duration="0"),
    "too long to be true": {**one_picture(), "format": {"format_name": "avi", "duration": "3600001"}},
    "no frame rate": one_picture(nb_frames="0"),
    "counted to a thousandth": one_picture(nb_frames="25051", duration="1002"),
    "a pixel wide": one_picture(width=1),
    "a pixel high": one_picture(height=1),
    "full levels by the format's name": one_picture(pix_fmt="yuvj420p"),
    "a track of no length": {
        **one_picture(duration="0", avg_frame_rate="25/1", r_frame_rate="25/1"),
        "format": {"format_name": "avi", "duration": "5"},
    },
    "a track of less than no length": {
        **one_picture(duration="-1", avg_frame_rate="25/1", r_frame_rate="25/1"),
        "format": {"format_name": "avi", "duration": "5"},
    },
    "a length in two parts": one_picture(
        duration="N/A", avg_frame_rate="25/1", r_frame_rate="25/1", tags={"DURATION": "01:30"}
    ),
    "no size": one_picture(width=0),
    "two pictures without a size": {
        "format": {"format_name": "mov,mp4"},
        "streams": [{"codec_type": "video", "codec_name": name} for name in ("h264", "hevc")],
    },
    "as long as can be": {**one_picture(), "format": {"format_name": "avi", "duration": "3600000"}},
    "captions in the first track": one_picture(index=0, closed_captions=1),
    "a track that begins late in a container that does not say when it begins": one_picture(
        start_time="2.5", duration="10", avg_frame_rate="25/1", r_frame_rate="25/1"
    ),
    "no height, unknown codec": one_picture(height=None, codec_name="weird"),
    "only a preview": one_picture(disposition={"attached_pic": 1}),
    "a picture by its demuxer": {**one_picture(), "format": {"format_name": "png_pipe"}},
}


#: ffprobe's names of pixel formats, for how many bits each has.
PIXEL_FORMATS = (
    "yuv420p", "yuv420p9be", "yuv420p10le", "yuv422p12be", "yuv444p14le", "yuv444p16le", "p010le",
    "p016be", "nv12",
)  # fmt: skip


def bit_depths() -> str:
    """Of one picture in each pixel format."""
    facts = {name: media_facts(one_picture(pix_fmt=name)).picture.bit_depth for name in PIXEL_FORMATS}
    return as_json({**facts, "as told": media_facts(one_picture(bits_per_raw_sample="11")).picture.bit_depth})


def turns() -> str:
    """Clockwise quarter turns by what the old tag or the display matrix says."""
    tagged = {f"tag {text}": one_picture(side_data_list=[], tags={"rotate": text}) for text in
              ("0", "1", "89", "88.9", "90", "91", "91.1", "135", "180", "270", "359", "-90", "x")}  # fmt: skip
    matrix = {f"matrix {turn}": one_picture(side_data_list=[{"rotation": turn}]) for turn in (0, -90, 90, 180, -45)}
    return as_json({name: media_facts(probed).picture.rotation for name, probed in {**tagged, **matrix}.items()})


def planned(facts: MediaFacts, contract: Contract | None = None, source_bytes: int = 8_000_000_000) -> Plan:
    return plan(facts, source_bytes, contract or Contract(), TABLES)


def corrected(facts: MediaFacts, contract: Contract, correction: Correction) -> Plan:
    return plan(facts, 8_000_000_000, contract, TABLES, revision=2, correction=correction)


def tagged() -> MediaFacts:
    """A film with everything that gets lost."""
    tracks = (
        sound(1, language="pt-BR", title="Direção"),
        sound(2, channels=4, channel_layout="quad", language="x-klingon"),
        sound(3, channels=8, codec="pcm_s24le", sample_rate_hz=96_000),
        sound(4, channels=1, sample_rate_hz=None),
    )
    captions = (CaptionTrack(index=9, codec="subrip", language="eng"), CaptionTrack(index=10, codec="eia_608"))
    made = film(
        tracks=tracks,
        color_transfer="arib-std-b67",
        color_primaries="bt2020",
        full_range=True,
        rotation=90,
        field_order="interlaced",
        sample_aspect_ratio="4:3",
        frame_rate="120000/1001",
        bitrate_bps=40_000_000,
    )
    return made.but(captions=captions, timecode="10:00:00:00", attached_pictures=1, video=(*made.video, made.picture))


PLANS: dict[str, Callable[[], Plan]] = {
    **{f"recorded {name}": partial(lambda name: planned(recorded(name)), name) for name in FILMS},
    **{
        f"{hours} h": partial(lambda hours: planned(film(seconds=hours * HOUR)), hours)
        for hours in (1, 2, 3, 4, 6, 14, 2000)
    },
    "a short film with a rich source": lambda: planned(film(1280, 720, seconds=60, bitrate_bps=50_000_000)),
    "a source with less than its share": lambda: planned(
        film(seconds=HOUR, bitrate_bps=6_000_000), None, 2_800_000_000
    ),
    "a frugal codec": lambda: planned(film(seconds=HOUR, codec="hevc", bitrate_bps=4_000_000), None, 2_000_000_000),
    "ultra high definition": lambda: planned(film(3840, 2160, seconds=HOUR, bitrate_bps=60_000_000)),
    "portrait, between the steps": lambda: planned(film(1080, 1918, seconds=3 * HOUR, bitrate_bps=60_000_000)),
    "wide gamut without HDR": lambda: planned(film(color_primaries="smpte432", color_transfer="bt709")),
    "a source that does not say its rate": lambda: planned(
        film(seconds=HOUR, tracks=(sound(seconds=HOUR, bitrate_bps=1_500_000, codec="pcm_s16le"),)), None, 2_800_000_000
    ),
    "a source that is all sound": lambda: planned(
        film(seconds=HOUR, tracks=(sound(seconds=HOUR, bitrate_bps=9_000_000, codec="pcm_s16le"),)), None, 2_800_000_000
    ),
    "wider than H.264, unevenly": lambda: planned(film(8000, 4200, seconds=600, bitrate_bps=60_000_000)),
    "the least that the service takes": lambda: planned(film(64, 32)),
    "wider than H.264": lambda: planned(film(8192, 4320, seconds=600, bitrate_bps=60_000_000)),
    "too wide for the promise": lambda: planned(film(7680, 1080)),
    "too small for the service": lambda: planned(film(30, 20)),
    "too much sound": lambda: planned(
        film(tracks=tuple(sound(n, channels=6) for n in range(1, 30))), limited(1_000_000)
    ),
    "thrifty sound": lambda: planned(
        film(seconds=HOUR, tracks=tuple(sound(n, seconds=HOUR) for n in range(1, 9))), limited(2_300_000_000)
    ),
    "everything that gets lost": lambda: planned(tagged()),
    "a promise with an odd height": lambda: planned(
        film(3840, 2160, seconds=2 * HOUR), limited(1_600_000_000, min_height=481)
    ),
    "stems": lambda: planned(film(tracks=(sound(), sound(2, channels=16, channel_layout="16 channels")))),
    "no channels": lambda: planned(film(tracks=(sound(channels=0),))),
    "a second plan, less for the picture": lambda: corrected(
        film(seconds=HOUR), Contract(), Correction(measured_bytes=5_200_000_000, failed_checks=("size", "planned_size"))
    ),
    "a second plan, a level more": lambda: corrected(
        film(seconds=4 * HOUR),
        Contract(quality_floor_vmaf=90),
        Correction(measured_bytes=3_000_000_000, failed_checks=("quality",)),
    ),
    "a second plan that cannot help": lambda: corrected(
        film(), Contract(), Correction(measured_bytes=1, failed_checks=("sync", "size"))
    ),
    "a second plan without bytes to spare": lambda: corrected(
        film(seconds=4 * HOUR), Contract(), Correction(measured_bytes=4_990_000_000, failed_checks=("quality",))
    ),
    "no picture": lambda: planned(film().but(video=())),
    "a container nobody reads": lambda: planned(film().but(container="ogg")),
    "a codec in the wrong container": lambda: planned(film(codec="hevc").but(container="avi")),
    "a codec nobody reads": lambda: planned(film(codec="theora")),
    "a codec without a name": lambda: planned(film(codec="[0][0][0][0]")),
    "colours nobody reads": lambda: planned(film(profile="High 4:4:4 Predictive", pixel_format="yuv444p")),
    "colours of a screen": lambda: planned(film(profile="High 4:4:4 Predictive", pixel_format="gbrp")),
    "sound that only the second kind of file has": lambda: planned(
        film(codec="vp9", tracks=(sound(codec="aac"), sound(2, codec="wavpack"))).but(container="matroska,webm")
    ),
    "sound nobody reads": lambda: planned(film(tracks=(sound(), sound(2, codec="flac")))),
}


def job_of(facts: MediaFacts) -> str:
    return as_json(
        job_settings(
            PRESET, planned(facts), facts, "s3://temp/incoming/v/0001/source.mov", "s3://temp/staging/v/0001-1/video"
        )
    )
