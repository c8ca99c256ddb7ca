"""How a command ends: its exit code and, if it did not succeed, one sentence."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
#: The command ran and did not succeed.
FAILED: Final = 1
#: The command did nothing: an option is wrong, or something is missing or prevents it.
NOT_STARTED: Final = 2


class CommandExit(Exception):  # noqa: N818 - control flow, as typer.Exit
    """End the command with an exit code; the message is one sentence for its user."""

    def __init__(self, sentence: str, code: int = NOT_STARTED) -> None:
        super().__init__(sentence)
        self.code = code
