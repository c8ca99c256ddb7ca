"""An end of a command that is told in one sentence."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
#: It was tried and did not come out as it should.
FAILED: Final = 1
#: It was not tried: an option is wrong, or something is in the way.
REFUSED: Final = 2


class Ending(Exception):  # noqa: N818 - an outcome: its sentence is printed, its code is the exit code
    """The command ends here; the message is one sentence for the person who typed it."""

    def __init__(self, sentence: str, code: int = REFUSED) -> None:
        super().__init__(sentence)
        self.code = code
