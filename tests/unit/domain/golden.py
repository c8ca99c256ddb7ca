"""Compare texts that people read with the files in tests/golden."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

GOLDEN = Path(__file__).parents[2] / "golden"


def check_golden(name: str, sections: Mapping[str, str]) -> None:
    """Assert that tests/golden/<name>.txt holds these sections.

    `UPDATE_GOLDEN=1 pytest tests/unit/domain` rewrites the files; review the diff before you commit it.
    """
    path = GOLDEN / f"{name}.txt"
    text = "\n".join(f"=== {title}\n{section.strip()}\n" for title, section in sections.items())
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), "if the change is intended: UPDATE_GOLDEN=1 pytest tests/unit/domain"
