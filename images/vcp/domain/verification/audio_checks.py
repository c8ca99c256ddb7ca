"""The sound of a result against its plan and its source, track by track."""

from __future__ import annotations

from vcp.domain.model.contract import Contract
from vcp.domain.model.languages import read_language
from vcp.domain.model.media import AudioTrack, MediaFacts
from vcp.domain.planning.plan import AudioPlan, Plan
from vcp.domain.verification.checks import checked, not_measurable
from vcp.domain.verification.verdict import Check

#: Samples in a frame of AAC-LC (ISO/IEC 14496-3).
AAC_FRAME = 1024


def checks(plan: Plan, source: MediaFacts, output: MediaFacts, contract: Contract) -> list[Check]:
    """As many tracks as planned, in the same order, and of each: codec, channels, language, start and end."""
    expected, seen = len(plan.audio), len(output.audio)
    found = [checked("audio_tracks", str(expected), str(seen), passed=expected == seen)]
    sources = {track.number: track for track in source.audio}
    for number, (planned, track) in enumerate(zip(plan.audio, output.audio, strict=False), start=1):
        found += _track(f"audio_{number}", planned, sources[planned.track_number], track, source, output, contract)
    return found


def _track(
    name: str,
    planned: AudioPlan,
    original: AudioTrack,
    track: AudioTrack,
    source: MediaFacts,
    output: MediaFacts,
    contract: Contract,
) -> list[Check]:
    language = read_language(track.language).code
    return [
        checked(f"{name}_codec", "aac", track.codec, passed=track.codec == "aac"),
        checked(
            f"{name}_channels", str(planned.channels), str(track.channels), passed=track.channels == planned.channels
        ),
        checked(
            f"{name}_language",
            planned.language or "none",
            language or "none",
            passed=language == planned.language,
        ),
        _start(f"{name}_start", original, track, source, output, contract),
        _end(f"{name}_end", planned, original, track, source, output),
    ]


def _start(
    name: str, original: AudioTrack, track: AudioTrack, source: MediaFacts, output: MediaFacts, contract: Contract
) -> Check:
    """Sound starts where it did against the picture, or with it: then silence or black fills the gap."""
    before, after = _offset(original, source), _offset(track, output)
    expected = "with the picture" if before is None or abs(before) < 0.0005 else f"{before:+.3f} s, or filled up to 0"
    if before is None or after is None:
        return not_measurable(name, expected, "a track does not say when it starts")
    tolerance = contract.sync_tolerance_ms / 1000
    passed = min(abs(after - before), abs(after)) <= tolerance
    return checked(name, expected, f"{after:+.3f} s", tolerance=f"{tolerance:.3f} s", passed=passed)


def _end(
    name: str, planned: AudioPlan, original: AudioTrack, track: AudioTrack, source: MediaFacts, output: MediaFacts
) -> Check:
    """Sound ends where it did, or later if silence fills it up to the end of the video; never earlier."""
    ended, ends = _ending(original, source), _ending(track, output)
    if ended is None or ends is None:
        which = "source" if ended is None else "result"
        return not_measurable(name, "as long as the source's", f"the {which} does not say how long the track lasts")
    frames = 1 / source.picture.frames_per_second
    tolerance = frames + 2 * AAC_FRAME / planned.sample_rate_hz
    latest = max(ended, source.duration_seconds)
    expected = f"{ended:.3f} s" if latest - ended <= tolerance else f"{ended:.3f} s, or silence up to {latest:.3f} s"
    said = f"{tolerance:.3f} s: a frame of the picture and two of sound"
    passed = ended - tolerance <= ends <= latest + tolerance
    return checked(name, expected, f"{ends:.3f} s", tolerance=said, passed=passed)


def _offset(track: AudioTrack, facts: MediaFacts) -> float | None:
    """Seconds by which sound starts after the picture."""
    picture = facts.video[0].start_seconds if facts.video else None
    return track.start_seconds - picture if track.start_seconds is not None and picture is not None else None


def _ending(track: AudioTrack, facts: MediaFacts) -> float | None:
    """Seconds from the picture's start to the track's end."""
    offset = _offset(track, facts) or 0.0
    return track.duration_seconds + offset if track.duration_seconds is not None else None
