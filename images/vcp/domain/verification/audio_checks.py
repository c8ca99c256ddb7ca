"""Check the audio of a result against its plan and its source, track by track."""

from __future__ import annotations

from vcp.domain.model.contract import Contract
from vcp.domain.model.languages import language_name, read_language
from vcp.domain.model.media import AudioTrack, MediaFacts
from vcp.domain.planning.plan import AudioPlan, Plan
from vcp.domain.text import wording
from vcp.domain.verification.checks import checked, not_measurable
from vcp.domain.verification.verdict import Check

#: Samples per frame of AAC-LC (ISO/IEC 14496-3).
AAC_FRAME_SAMPLES = 1024


def checks(plan: Plan, source: MediaFacts, output: MediaFacts, contract: Contract) -> list[Check]:
    """Check the number of tracks and, for each in order, its codec, channels, language, start and end."""
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
        checked(f"{name}_codec", "AAC", wording.codec(track.codec), passed=track.codec == "aac"),
        checked(
            f"{name}_channels", str(planned.channels), str(track.channels), passed=track.channels == planned.channels
        ),
        checked(
            f"{name}_language",
            language_name(planned.language),
            language_name(language),
            passed=language == planned.language,
        ),
        _start(f"{name}_start", original, track, source, output, contract),
        _end(f"{name}_end", planned, original, track, source, output),
    ]


def _start(
    name: str, original: AudioTrack, track: AudioTrack, source: MediaFacts, output: MediaFacts, contract: Contract
) -> Check:
    """The track starts at the same offset from the video, or with it: silence or black frames then fill the gap."""
    before, after = _offset(original, source), _offset(track, output)
    expected = "with the video" if before is None or abs(before) < 0.0005 else f"{before:+.3f} s, or 0 (gap filled)"
    if before is None or after is None:
        return not_measurable(name, expected, "a track does not state its start")
    tolerance = contract.sync_tolerance_ms / 1000
    passed = min(abs(after - before), abs(after)) <= tolerance
    return checked(name, expected, f"{after:+.3f} s", tolerance=f"{tolerance:.3f} s", passed=passed)


def _end(
    name: str, planned: AudioPlan, original: AudioTrack, track: AudioTrack, source: MediaFacts, output: MediaFacts
) -> Check:
    """The track ends as in the source, or later if silence extends it to the end of the file; never earlier."""
    source_end, end = _end_of(original, source), _end_of(track, output)
    if source_end is None or end is None:
        which = "source" if source_end is None else "result"
        return not_measurable(name, "as in the source", f"the {which} does not state the track's duration")
    frames = 1 / source.picture.frames_per_second
    tolerance = frames + 2 * AAC_FRAME_SAMPLES / planned.sample_rate_hz
    latest = max(source_end, source.duration_seconds)
    extended = f", or silence up to {latest:.3f} s" if latest - source_end > tolerance else ""
    note = f"{tolerance:.3f} s: one video frame and two audio frames"
    passed = source_end - tolerance <= end <= latest + tolerance
    return checked(name, f"{source_end:.3f} s{extended}", f"{end:.3f} s", tolerance=note, passed=passed)


def _offset(track: AudioTrack, facts: MediaFacts) -> float | None:
    """Return by how many seconds the track starts after the video."""
    picture = facts.video[0].start_seconds if facts.video else None
    return track.start_seconds - picture if track.start_seconds is not None and picture is not None else None


def _end_of(track: AudioTrack, facts: MediaFacts) -> float | None:
    """Return the seconds from the video's start to the track's end."""
    offset = _offset(track, facts) or 0.0
    return track.duration_seconds + offset if track.duration_seconds is not None else None
