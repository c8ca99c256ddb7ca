"""Audio selectors of the input and audio descriptions of the outputs."""

from __future__ import annotations

from rendering.errors import UnsupportedSetting
from rendering.reader import Reader
from rendering.spec import AudioSelectorSpec, AudioSpec
from rendering.tables import table

#: CodingMode -> channels; AUTO follows the source.
CODING_MODES = {"CODING_MODE_1_0": 1, "CODING_MODE_2_0": 2, "CODING_MODE_5_1": 6, "CODING_MODE_AUTO": None}
DEFAULT_SAMPLE_RATE_HZ = 48_000


def read_audio_selector(name: str, item: Reader) -> AudioSelectorSpec:
    """Read an entry of AudioSelectors: by track numbers or by language."""
    kind = item.choice("SelectorType", {"TRACK": "track", "LANGUAGE_CODE": "language"}, "TRACK")
    language = None
    if kind == "language":
        language = item.take("CustomLanguageCode") or item.take("LanguageCode")
        if language is None:
            raise UnsupportedSetting(item.at("LanguageCode"), None, "SelectorType LANGUAGE_CODE needs a language")
    return AudioSelectorSpec(
        name=name,
        tracks=tuple(item.take("Tracks", [])) if kind == "track" else (),
        language=str(language).lower() if language else None,
        is_default=item.choice("DefaultSelection", {"DEFAULT": True, "NOT_DEFAULT": False}, "NOT_DEFAULT"),
        offset_ms=int(item.take("Offset", 0)),
    )


def read_audio_description(item: Reader) -> AudioSpec:
    """Read an entry of AudioDescriptions; only AAC-LC is rendered."""
    codec = item.child("CodecSettings")
    codec.choice("Codec", {"AAC": True}, "none")
    aac = codec.child("AacSettings")
    aac.choice("CodecProfile", {"LC": True}, "LC")
    variable = aac.choice("RateControlMode", {"CBR": False, "VBR": True}, "CBR")
    bitrate = aac.take("Bitrate") if not variable else None
    quality = aac.choice("VbrQuality", table("x264")["aac_vbr_quality"], "MEDIUM_HIGH") if variable else None
    if not variable and bitrate is None:
        raise UnsupportedSetting(aac.at("Bitrate"), None, "constant bit rate needs a bit rate")
    language = item.take("CustomLanguageCode") or item.take("LanguageCode")
    return AudioSpec(
        selector=str(item.take("AudioSourceName", "Audio Selector 1")),
        channels=aac.choice("CodingMode", CODING_MODES, "CODING_MODE_2_0"),
        bitrate=bitrate,
        quality=quality,
        sample_rate=int(aac.take("SampleRate", DEFAULT_SAMPLE_RATE_HZ)),
        follow_language=item.choice(
            "LanguageCodeControl", {"FOLLOW_INPUT": True, "USE_CONFIGURED": False}, "FOLLOW_INPUT"
        ),
        language=str(language).lower() if language else None,
    )
