"""Files that cannot be compressed, made by ffmpeg or byte by byte."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rendering.tools import ffmpeg_path

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
#: A key for encrypted samples.
_KEY = "76a6c65c5ea762046bd749a2e632ccbb"
#: More than the probe reads of a file at first.
_MANY_BYTES = 1_500_000


@dataclass(frozen=True)
class RejectedFile:
    """An upload, with the code and some words of its rejection."""

    name: str
    content: bytes
    code: str
    words: str


@cache
def film(suffix: str, *options: str, seconds: float = 2, size: str = "320x180", sound: bool = True) -> bytes:
    """Return a moving test picture with a tone, by default H.264 and AAC, in the container of the suffix."""
    command = [str(ffmpeg_path()), "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d={seconds}"]
    if sound:
        command += ["-f", "lavfi", "-i", f"sine=d={seconds}"]
    return _written(suffix, [*command, *(options or H264)])


def _written(suffix: str, command: list[str]) -> bytes:
    """Run ffmpeg with a file as output: most containers are completed at their beginning."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film{suffix}"
        run = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return path.read_bytes()


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def patched(data: bytes, after: bytes, offset: int, new: bytes) -> bytes:
    """Return `data` with `new` written `offset` bytes after the start of the only `after`."""
    assert data.count(after) == 1, f"{after!r} is there {data.count(after)} times"
    start = data.index(after) + offset
    return data[:start] + new + data[start + len(new) :]


def encrypted_film() -> bytes:
    """Return a film with common encryption (ISO/IEC 23001-7), as streaming services use it."""
    scheme = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", _KEY, "-encryption_kid", _KEY)
    return film(".mp4", *H264, *scheme)


def film_of_a_century() -> bytes:
    """Return two seconds whose header says a hundred years, in milliseconds (RFC 9559, Duration)."""
    return patched(film(".mkv"), b"\x44\x89\x88", 3, struct.pack(">d", 100 * 365 * 86400 * 1000.0))


def film_of_a_picture_beyond_bounds() -> bytes:
    """Return an uncompressed film whose header says 65535 x 65535 pixels."""
    data = film(".mov", "-c:v", "rawvideo", "-pix_fmt", "uyvy422", seconds=0.2, sound=False)
    # The sample entry: reserved, data reference, and 16 bytes before width and height.
    return patched(data, b"2vuy\0\0\0\0\0\0\0\1", 4 + 24, b"\xff\xff\xff\xff")


def zip_archive() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("film.mp4", film(".mp4"))
    return archive.getvalue()


def login_page() -> bytes:
    """Return the large page that a link shows to someone who is not signed in."""
    return b"\n<!DOCTYPE html>\n<html><head><title>Sign in - Google Accounts</title></head>" + b" " * _MANY_BYTES


def virus_scan_page() -> bytes:
    return (
        b"<!-- Drive --><html><head><title>Google Drive - Virus scan warning</title></head><body>"
        b"<p>This file is too large for Google to scan for viruses.</p></body></html>"
    )


def hls(url: str) -> bytes:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{url}\n#EXT-X-ENDLIST\n".encode()


def ffconcat(url: str) -> bytes:
    return f"ffconcat version 1.0\nfile '{url}'\n".encode()


def bare_concat(url: str) -> bytes:
    """Return a list for ffmpeg's concat demuxer without its header line."""
    return f"file '{url}'\nfile '{url}'\n".encode()


def dash(url: str) -> bytes:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT2S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" codecs="avc1.4d401e">'
        f"<BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ).encode()


def sdp(port: int = 5004) -> bytes:
    return (
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=video {port} RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    ).encode()


def imf_playlist(url: str) -> bytes:
    return (
        '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">'
        f"<Id>urn:uuid:1</Id><AssetMap>{url}</AssetMap></CompositionPlaylist>"
    ).encode()


def film_kept_elsewhere(path: str) -> bytes:
    """Return a QuickTime file whose pictures are in another file (QuickTime file format, "alis")."""
    data = film(".mov", sound=False)
    name = path.rsplit("/", 1)[-1].encode()
    alias = bytes(4) + struct.pack(">HH", 150 + 4 + len(path) + len(path) % 2, 2) + bytes(2)
    alias += bytes([0]) + bytes(27) + bytes(12) + bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    alias += struct.pack(">hh", 0, 0) + bytes(16)
    padded = path.encode() + b"\0" * (len(path) % 2)
    alias += struct.pack(">hH", 2, len(path)) + padded + struct.pack(">hH", -1, 0)
    entry = struct.pack(">I", 8 + 4 + len(alias)) + b"alis" + bytes(4) + alias
    old = b"\0\0\0\x0curl \0\0\0\1" if b"\0\0\0\x0curl \0\0\0\1" in data else b"\0\0\0\x0calis\0\0\0\1"
    return _replaced(data, old, entry)


def _replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace a child of `dref` and adapt the sizes of the boxes around it. `moov` is last, so nothing moves."""
    place = data.index(old)
    grown = bytearray(data[:place] + new + data[place + len(old) :])
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        start = data.rindex(kind, 0, place) - 4
        (size,) = struct.unpack(">I", data[start : start + 4])
        struct.pack_into(">I", grown, start, size + len(new) - len(old))
    return bytes(grown)


def picture(suffix: str, *options: str, frames: int = 1) -> bytes:
    return film(suffix, *options, "-frames:v", str(frames), sound=False)


def noise(size_bytes: int = _MANY_BYTES) -> bytes:
    """Return bytes that are the same in every run."""
    return random.Random(4).randbytes(size_bytes)  # noqa: S311 - no secret


def rejected_files(canary_url: str, canary_path: str) -> list[RejectedFile]:
    """Return the files that probing rejects. The canaries must never be opened."""
    quicktime = film(".mov", "-c:v", "rawvideo", "-pix_fmt", "uyvy422", "-t", "0.5", "-s", "640x360", sound=False)
    fast_start = film(".mp4", *H264, "-movflags", "+faststart")
    return [
        RejectedFile("Sign in.mp4", login_page(), "not_media", "web page"),
        RejectedFile("Film (virus scan).mov", virus_scan_page(), "not_media", "web page"),
        RejectedFile("stream.mp4", hls(canary_url), "not_media", "playlist"),
        RejectedFile("stream of a file.mp4", hls(f"file://{canary_path}"), "not_media", "playlist"),
        RejectedFile("list.mp4", ffconcat(canary_path), "not_media", "playlist"),
        RejectedFile("bare list.mp4", bare_concat(canary_path), "not_media", "text"),
        RejectedFile("manifest.mp4", dash(canary_url), "not_media", "playlist"),
        RejectedFile("session.mp4", sdp(), "not_media", "description of a stream"),
        RejectedFile("composition.mp4", imf_playlist(canary_url), "not_media", "XML"),
        RejectedFile("frame%03d.png", b"frame%03d.png", "not_media", "text"),
        RejectedFile("kept elsewhere.mov", film_kept_elsewhere(canary_path), "incomplete_file", "other files"),
        RejectedFile("nothing.mp4", b"", "empty_file", "empty"),
        RejectedFile("zeros.mp4", bytes(_MANY_BYTES), "not_media", "zeros"),
        RejectedFile("noise.mp4", noise(), "not_media", "not a readable video"),
        RejectedFile("notes.mp4", "Grüße,\nder Film kommt später.\n".encode("cp1252") * 99, "not_media", "text"),
        RejectedFile("archive.mp4", zip_archive(), "not_media", "ZIP"),
        RejectedFile("contract.mp4", b"%PDF-1.7\n" + noise(3000), "not_media", "PDF"),
        RejectedFile("still.mp4", picture(".jpg"), "not_media", "picture"),
        RejectedFile("still 2.mp4", picture(".png"), "not_media", "picture"),
        RejectedFile("still 3.mp4", picture(".bmp"), "not_media", "picture"),
        RejectedFile("moving.mp4", picture(".gif", frames=9), "not_media", "picture"),
        RejectedFile("song.mp4", film(".m4a", "-vn"), "no_video", "only audio"),
        RejectedFile("song 2.mp4", film(".mp3", "-vn"), "no_video", "only audio"),
        RejectedFile("cut.mov", half(quicktime), "incomplete_file", "incomplete"),
        RejectedFile("cut.mp4", half(film(".mp4")), "incomplete_file", "incomplete"),
        RejectedFile("cut 2.mp4", half(fast_start), "incomplete_file", "incomplete"),
        RejectedFile("cut.mkv", half(film(".mkv")), "incomplete_file", "incomplete"),
        RejectedFile("cut.avi", half(film(".avi", "-c:v", "mpeg4", "-c:a", "mp3")), "incomplete_file", "incomplete"),
        RejectedFile("cut.mxf", half(film(".mxf", "-c:v", "mpeg2video", sound=False)), "incomplete_file", "incomplete"),
        RejectedFile("rented.mp4", encrypted_film(), "protected_file", "protect"),
        RejectedFile("no end.mkv", film_of_a_century(), "no_duration", "876000 h"),
        RejectedFile("wall.mov", film_of_a_picture_beyond_bounds(), "not_media", "damaged"),
        RejectedFile("bare.mp4", film(".h264", "-c:v", "libx264", sound=False), "no_duration", "no duration"),
    ]


def one_of_each(files: list[RejectedFile]) -> list[RejectedFile]:
    """Return one file for each code and wording, for tests in which every file takes long."""
    return list({(file.code, file.words): file for file in reversed(files)}.values())[::-1]
