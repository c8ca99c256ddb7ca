"""The local cloud accepts valid requests of every operation that the pipeline uses, and rejects invalid ones.

That the real requests are valid shows in every test with an adapter.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from botocore.model import OperationModel, StructureShape

from localcloud.request_check import TOLERATED, RequestCheck, RequestJournal
from localcloud.service_model import service_model
from tests.contract.samples import broken, least, request_of

REQUESTED = Path(__file__).parents[2] / "images/building/requested.toml"
#: moto's name of a service where it is not botocore's.
_IN_MOTO = {"lambda": "awslambda"}


def operations() -> list[OperationModel]:
    """Return every operation that the adapters request."""
    requested = tomllib.loads(REQUESTED.read_text("utf-8"))["aws"]
    return [service_model(service).operation_model(name) for service, names in requested.items() for name in names]


OPERATIONS = operations()


def ids(operation: OperationModel) -> str:
    return f"{operation.service_model.service_name} {operation.name}"


def test_finds_the_operations() -> None:
    """The tests below would pass without any operation."""
    assert {
        "dynamodb TransactWriteItems", "lambda Invoke", "mediaconvert CreateJob", "mediaconvert ListJobs",
        "s3 UploadPartCopy", "s3 CompleteMultipartUpload", "secretsmanager GetSecretValue", "sns Publish",
        "sqs ChangeMessageVisibility",
    } <= {ids(operation) for operation in OPERATIONS}  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS, ids=ids)
def test_accepts_valid_requests_and_rejects_broken_ones(operation: OperationModel) -> None:
    journal = RequestJournal()
    check = RequestCheck(journal)
    service = operation.service_model.service_name
    shape = operation.input_shape
    assert shape is not None

    rejection = check.rejection(_IN_MOTO.get(service, service), request_of(operation, least(shape)))
    assert rejection is None, rejection
    (count,) = journal.as_json()
    assert (count["operation"], count["valid"]) == (operation.name, 1)

    for where, parameters in broken_here(operation):
        rejection = check.rejection(_IN_MOTO.get(service, service), request_of(operation, parameters))
        assert rejection is not None, f"{' '.join(where)} was accepted: {parameters!r:.300}"


def broken_here(operation: OperationModel) -> list[tuple[tuple[str, ...], Any]]:
    """Return invalid requests, except those with errors in the service's own words (test_validation.py)."""
    shape = operation.input_shape
    assert isinstance(shape, StructureShape)
    located = {name for name, member in shape.members.items() if "location" in member.serialization}
    own = operation.service_model.service_name == "mediaconvert"
    return [(where, request) for where, request in broken(shape) if not own or where[0] in located]


def test_every_operation_has_broken_requests() -> None:
    """The test above would pass without any invalid request."""
    tried = {ids(operation): len(broken_here(operation)) for operation in OPERATIONS}
    assert sum(tried.values()) > 100, tried
    assert tried["s3 PutObject"] > 5
    assert tried["lambda Invoke"] > 5
    assert tried["mediaconvert ListJobs"] > 2


def test_every_tolerated_constraint_has_a_reason() -> None:
    for (service, shape), why in TOLERATED.items():
        assert service_model(service).shape_for(shape)
        assert len(why.split()) > 3
