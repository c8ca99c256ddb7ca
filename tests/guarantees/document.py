"""Write docs/guarantees.md from the data: `python -m tests.guarantees.document`."""

from __future__ import annotations

from tests.guarantees import survivors
from tests.guarantees.catalogue import DOCUMENT, document, load

if __name__ == "__main__":
    DOCUMENT.write_text(document(load(), survivors.load()) + "\n", "utf-8")
