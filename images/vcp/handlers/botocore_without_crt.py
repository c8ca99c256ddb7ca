"""Import botocore without awscrt, which takes a quarter of a cold start of the media image.

awscrt is in the image for checksums of objects only (`vcp.adapters.aws.s3.checksums` imports it on first use). botocore
imports it wherever it is installed, for features that we do not use, and reads `BOTO_DISABLE_CRT` only afterwards.
Why this is safe: docs/adr/0026-botocore-without-crt.md.
"""

from __future__ import annotations

import sys


def import_botocore_without_crt() -> None:
    """Import the module of botocore that looks for awscrt, while awscrt cannot be found.

    Does nothing if either of them is already imported.
    """
    if "awscrt" in sys.modules or "botocore.compat" in sys.modules:
        return
    # An import of a module that is None fails (Python language reference, 5.3.1).
    sys.modules["awscrt"] = None  # type: ignore[assignment]
    try:
        import botocore.compat  # noqa: F401
    finally:
        del sys.modules["awscrt"]
