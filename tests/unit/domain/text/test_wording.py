"""Numbers and names formatted for people."""

from __future__ import annotations

import pytest

from vcp.domain.text import wording


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (12_345_678, "12.3 MB"),
        (999_949, "999.9 kB"),
        (999_999, "1 MB"),
        (999_999_999, "1 GB"),
        (5_000_000_000, "5 GB"),
        (6_710_000_000, "6.71 GB"),
        (5_497_558_138_880, "5.5 TB"),
        (999.6, "1 kB"),
        (999_960, "1 MB"),
        (999_940_000, "999.9 MB"),
        (999_960_000, "1 GB"),
        (999_960_000_000, "999.96 GB"),
        (999_996_000_000, "1 TB"),
        (1_234_500_000_000_000, "1234.5 TB"),
        (-2_500_000, "-2.5 MB"),
    ],
)
def test_sizes(size_bytes: float, words: str) -> None:
    assert wording.size(size_bytes) == words


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [(30.0, 3, "30"), (29.97003, 3, "29.97"), (0.0004, 3, "0"), (100.0, 0, "100"), (12_345_678.9, 1, "12345678.9")],
)
def test_decimals(value: float, digits: int, words: str) -> None:
    assert wording.decimal(value, digits) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0 s"),
        (0.04, "0.04 s"),
        (0.1, "0.1 s"),
        (0.0421, "0.04 s"),
        (0.25, "0.2 s"),
        (3.24, "3.2 s"),
        (10.0, "10 s"),
        (10.4, "10 s"),
        (59.6, "1 min"),
        (75.4, "1 min 15 s"),
        (3599.7, "1 h"),
        (5400.0, "1 h 30 min"),
        (50_400.0, "14 h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hevc", "HEVC (H.265)"),
        ("pcm_s24le", "PCM"),
        ("msmpeg4v3", "Microsoft MPEG-4 (DivX 3)"),
        ("some_new_codec", "some_new_codec"),
        ("unknown", "unknown"),
        ("[0][0][0][0]", "unknown"),
        ("mp4?", "unknown"),
        ("ÄÖÜß", "unknown"),
        ("____", "unknown"),
    ],
)
def test_codecs(name: str, words: str) -> None:
    assert wording.codec(name) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [("mov,mp4,m4a,3gp,3g2,mj2", "MP4 or MOV"), ("ogg", "Ogg"), ("h264", "raw H.264"), ("nsv", "nsv")],
)
def test_containers(name: str, words: str) -> None:
    assert wording.container(name) == words


@pytest.mark.parametrize(
    "words",
    [
        "an MP4",
        "an M4V",
        "an AVI",
        "an RM",
        "an X1",
        "a QuickTime (MOV)",
        "a WebM",
        "an MXF",
        "a 3GP",
        "a Flash video",
        "a Xvid",
        "an Ogg",
        "an AMR wideband",
        "an Apple ProRes",
        "an uncompressed",
        "an A",
        "a B",
    ],
)
def test_articles(words: str) -> None:
    assert wording.with_article(words.split(" ", 1)[1]) == words


@pytest.mark.parametrize(
    ("items", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c", "d"], "a, b, c and d")]
)
def test_listings(items: list[str], words: str) -> None:
    assert wording.listing(items) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0, "0 kbit/s"),
        (96_000, "96 kbit/s"),
        (499_999, "500 kbit/s"),
        (500_000, "0.5 Mbit/s"),
        (1_250_000, "1.2 Mbit/s"),
        (1_350_000, "1.4 Mbit/s"),
        (24_000_000, "24 Mbit/s"),
        (-700_000, "-0.7 Mbit/s"),
    ],
)
def test_bit_rates(rate: float, words: str) -> None:
    assert wording.bit_rate(rate) == words


@pytest.mark.parametrize(("number", "words"), [(-1, "-1"), (0, "zero"), (1, "one"), (10, "ten"), (11, "11")])
def test_counts(number: int, words: str) -> None:
    assert wording.count(number) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 checks"), (1, "1 check"), (2, "2 checks")])
def test_plurals(number: int, words: str) -> None:
    assert wording.plural(number, "check") == words
