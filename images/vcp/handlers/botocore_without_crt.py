"""botocore without awscrt: loading that is a quarter of a cold start of the media image.

awscrt is in the image for its checksums of objects alone (`vcp.adapters.aws.s3.checksums` loads it when the first one
is asked for). botocore loads it wherever it is installed, for signatures and checksums that we do not use, and reads
`BOTO_DISABLE_CRT` only afterwards. Why this is safe: docs/adr/0026-botocore-without-crt.md.
"""

from __future__ import annotations

import sys


def import_botocore_without_crt() -> None:
    """Import the part of botocore that looks for awscrt while none is to be found.

    Where either of them is loaded already there is nothing to be saved, and nothing is done.
    """
    if "awscrt" in sys.modules or "botocore.compat" in sys.modules:
        return
    # A module that is None is not found by an import (Python's language reference, 5.3.1).
    sys.modules["awscrt"] = None  # type: ignore[assignment]
    try:
        import botocore.compat  # noqa: F401
    finally:
        del sys.modules["awscrt"]
