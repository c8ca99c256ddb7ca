"""Reading Drive resources that deviate from the documents."""

from __future__ import annotations

from typing import Any

import pytest

from vcp.adapters.google.folder_tree import _resource
from vcp.domain.errors import RetryableError
from vcp.domain.intake.candidates import is_candidate

FILE = {"id": "1AbC", "name": "film.mov", "mimeType": "video/quicktime", "parents": ["root"]}


@pytest.mark.parametrize(
    "odd",
    [
        {"parents": None},
        {"trashed": None},
        {"owners": None, "lastModifyingUser": None},
        {"size": 5_000_000_000},
        {"md5Checksum": 7},
        {"shortcutDetails": "none"},
        {"aFieldOfTheFuture": {"any": "thing"}},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_a_field_that_cannot_be_read_does_not_hide_the_file(odd: dict[str, Any]) -> None:
    assert is_candidate(_resource({**FILE, **odd}))


@pytest.mark.parametrize("answer", [{"name": "film.mov"}, {"id": 7}, "<html>", None])
def test_a_resource_without_an_id_is_not_an_answer_of_drive(answer: object) -> None:
    with pytest.raises(RetryableError, match="drive_strange_answer"):
        _resource(answer)
