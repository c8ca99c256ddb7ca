"""Every kind of request that the pipeline sends is held against its service's model, and what breaks it is refused.

That it is not broken by what really is sent shows in all tests with adapters, and in the whole way of a video: the
local cloud refuses what the services would.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import OperationModel, StructureShape

from building import dependencies
from localcloud.request_check import TOLERATED, RequestCheck, RequestJournal
from localcloud.service_model import service_model
from tests.contract.samples import broken, least, request_of

ADAPTERS = Path(__file__).parents[2] / "images" / "vcp" / "adapters"
#: moto's name of a service where it is not botocore's.
_IN_MOTO = {"lambda": "awslambda"}


def operations() -> list[OperationModel]:
    """All operations that the adapters call."""
    found = []
    for service, calls in dependencies.operations(ADAPTERS).items():
        model = service_model(service)
        names = {xform_name(name): name for name in model.operation_names}
        found += [model.operation_model(names[call]) for call in sorted(calls)]
    return found


OPERATIONS = operations()


def ids(operation: OperationModel) -> str:
    return f"{operation.service_model.service_name} {operation.name}"


def test_finds_the_operations() -> None:
    """So that the tests below are about something: these are what the pipeline lives on."""
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

    refused = check.refusal(_IN_MOTO.get(service, service), request_of(operation, least(shape)))
    assert refused is None, refused
    (count,) = journal.as_json()
    assert (count["operation"], count["valid"]) == (operation.name, 1)

    for where, parameters in broken_here(operation):
        answer = check.refusal(_IN_MOTO.get(service, service), request_of(operation, parameters))
        assert answer is not None, f"{' '.join(where)} was taken: {parameters!r:.300}"


def broken_here(operation: OperationModel) -> list[tuple[tuple[str, ...], Any]]:
    """Broken requests of an operation, but for what a service checks in its own words (test_validation.py)."""
    shape = operation.input_shape
    assert isinstance(shape, StructureShape)
    located = {name for name, member in shape.members.items() if "location" in member.serialization}
    own = operation.service_model.service_name == "mediaconvert"
    return [(where, request) for where, request in broken(shape) if not own or where[0] in located]


def test_every_operation_has_broken_requests() -> None:
    """So that the test above is about something."""
    tried = {ids(operation): len(broken_here(operation)) for operation in OPERATIONS}
    assert sum(tried.values()) > 100, tried
    assert tried["s3 PutObject"] > 5
    assert tried["lambda Invoke"] > 5
    assert tried["mediaconvert ListJobs"] > 2


def test_every_tolerated_constraint_has_a_reason() -> None:
    for (service, shape), why in TOLERATED.items():
        assert service_model(service).shape_for(shape)
        assert len(why.split()) > 3
