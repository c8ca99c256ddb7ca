"""The peers of a function: its import statements of libraries."""

from __future__ import annotations

from pathlib import Path

from benchmarks.import_time import CLIENT_LIBRARIES, library_imports

MODULE = """
from __future__ import annotations
import json
from typing import TYPE_CHECKING
import boto3
from botocore.config import Config
from msgspec import Struct
from vcp.domain.video import states
from . import sibling
if TYPE_CHECKING:
    import requests
def later():
    import pyairtable
"""


def test_peers_import_the_functions_libraries(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(MODULE, "utf-8")
    clients = "import boto3\nfrom botocore.config import Config"
    assert library_imports([str(module), str(module)], CLIENT_LIBRARIES) == clients
    assert library_imports([str(module)]) == f"{clients}\nfrom msgspec import Struct"
