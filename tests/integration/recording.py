"""pytest plugin: write the AWS operations that the adapters request during a run to $REQUESTED_OPERATIONS."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import botocore
from botocore.client import BaseClient

import vcp.adapters

_BOTOCORE = str(Path(botocore.__file__).parent)
_ADAPTERS = str(Path(vcp.adapters.__file__).parent)
_requested: dict[str, set[str]] = {}


def pytest_configure() -> None:
    request = BaseClient._make_api_call  # type: ignore[attr-defined]

    def record(client: Any, operation: str, parameters: Any) -> Any:
        if _caller().startswith(_ADAPTERS):
            _requested.setdefault(client.meta.service_model.service_name, set()).add(operation)
        return request(client, operation, parameters)

    BaseClient._make_api_call = record  # type: ignore[attr-defined]


def _caller() -> str:
    """The file that called the client; tests call clients, too."""
    frame = sys._getframe(2)
    while frame.f_code.co_filename.startswith(_BOTOCORE) and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename


def pytest_unconfigure() -> None:
    found = {service: sorted(operations) for service, operations in sorted(_requested.items())}
    Path(os.environ["REQUESTED_OPERATIONS"]).write_text(json.dumps(found, indent=1), "utf-8")
