"""The identity of a video."""

from __future__ import annotations

import pytest

from vcp.domain.video.video_id import video_id


@pytest.mark.parametrize(
    ("md5", "revision", "expected"),
    [("AB12", "rev", "file-ab12"), (None, "rev", "file-rrev"), (None, None, "file-none"), ("", "", "file-none")],
)
def test_the_id_names_a_file_and_a_version(md5: str | None, revision: str | None, expected: str) -> None:
    assert video_id("file", md5, revision) == expected
