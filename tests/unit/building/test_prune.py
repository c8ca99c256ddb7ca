"""What prune.py removes from the installed packages, and what it keeps."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import xform_name

from building import prune

REQUESTED = tomllib.loads((Path(prune.__file__).parent / "requested.toml").read_text("utf-8"))
BOTOCORE = Path(botocore.__file__).parent


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Packages with descriptions of requested and other services, and other files that packages contain."""
    folder = tmp_path / "packages"
    own = [path.name for path in (BOTOCORE / "data").iterdir() if path.is_file()]
    services = [*REQUESTED["aws"], "ec2", "s3control", "sagemaker"]
    paths = [f"botocore/data/{name}" for name in own]
    paths += [f"botocore/data/{name}/2020-01-01/service-2.json.gz" for name in services]
    paths += ["botocore/data/s3/2020-01-01/examples-1.json"]
    paths += [
        f"googleapiclient/discovery_cache/documents/{name}.json" for name in ("drive.v3", "drive.v2", "sheets.v4")
    ]
    paths += ["boto3/data/s3/resources.json", "boto3/session.py", "bin/jp.py", "certifi/tests/test.py", "x/y.pxd"]
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    for model in folder.rglob("*.json.gz"):
        model.write_bytes(gzip.compress(json.dumps(description_of(model.parts[-3])).encode()))
    shutil.copy(BOTOCORE / "data/endpoints.json", folder / "botocore/data/endpoints.json")
    return folder


def description_of(service: str) -> dict[str, Any]:
    """A description with the requested operations."""
    operations: dict[str, Any] = {name: {} for name in [*REQUESTED["aws"].get(service, ()), "HeadBucket"]}
    return {"metadata": {"endpointPrefix": service}, "operations": operations, "shapes": {}}


def test_keeps_requested_services_and_botocores_own_files(packages: Path) -> None:
    prune.prune(packages, REQUESTED)

    data = {path.name for path in (packages / "botocore/data").iterdir()}
    own = {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
    assert data == own | REQUESTED["aws"].keys()
    documents = packages / "googleapiclient/discovery_cache/documents"
    assert [path.name for path in documents.iterdir()] == ["drive.v3.json"]
    assert (packages / "botocore/data/s3/2020-01-01/service-2.json").exists()


def test_removes_tests_stubs_programs_and_examples(packages: Path) -> None:
    prune.prune(packages, REQUESTED)
    left = {str(path.relative_to(packages)) for path in packages.rglob("*") if path.is_file()}
    assert "boto3/session.py" in left
    assert not {path for path in left if re.search(r"^bin/|/tests/|\.pxd$|boto3/data|examples-1", path)}


def test_rejects_a_requested_api_without_a_description(packages: Path) -> None:
    (packages / "googleapiclient/discovery_cache/documents/drive.v3.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"drive\.v3\.json"):
        prune.prune(packages, REQUESTED)


def test_rejects_an_operation_that_the_service_lacks() -> None:
    with pytest.raises(ValueError, match=r"sns has no operations \['Publsh'\]"):
        prune.keep_operations(description_of("sns"), ["Publsh"])


@pytest.fixture(scope="module")
def pruned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """botocore's data in the images."""
    data = tmp_path_factory.mktemp("botocore") / "data"
    data.mkdir()
    for path in (BOTOCORE / "data").iterdir():
        if path.is_file():
            shutil.copy(path, data)
        elif path.name in REQUESTED["aws"]:
            shutil.copytree(path, data / path.name)
    prune.prune_botocore(data, REQUESTED)
    return data


#: Prints what clients know with botocore's data from argv[1]: endpoints in three regions, operations, paginators and
#: errors; and the requests that they send, which are never answered.
_CLIENTS = """
import json, sys, botocore.loaders, boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
botocore.loaders.Loader.BUILTIN_DATA_PATH = sys.argv[1]
session = boto3.Session("a", "b")
called = json.loads(sys.argv[2])
calls = {
    "dynamodb": ("get_item", {"TableName": "t", "Key": {"k": {"S": "v"}}}),
    "lambda": ("invoke", {"FunctionName": "f"}),
    "mediaconvert": ("get_job", {"Id": "j"}),
    "s3": ("get_object", {"Bucket": "b", "Key": "k"}),
    "secretsmanager": ("get_secret_value", {"SecretId": "s"}),
    "sns": ("publish", {"Message": "m", "TopicArn": "arn:aws:sns:eu-central-1:123456789012:t"}),
    "sqs": ("send_message", {"MessageBody": "m", "QueueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/q"}),
}
def send(request, **_):
    sent.append([request.method, request.url, sorted(request.headers)])
    raise EndpointConnectionError(endpoint_url=request.url)
def describe(shape, around=()):
    if shape is None or shape.name in around:
        return shape and shape.name
    inside = (*around, shape.name)
    if shape.type_name == "structure":
        parts = {name: describe(member, inside) for name, member in shape.members.items()}
    else:
        members = [getattr(shape, part, None) for part in ("member", "key", "value")]
        parts = [describe(member, inside) for member in members if member is not None]
    return [shape.name, shape.type_name, repr(sorted(shape.metadata.items())), repr(shape.serialization), parts]
def known(service):
    regions = ("eu-central-1", "us-gov-west-1", "cn-north-1")
    once = Config(retries={"total_max_attempts": 1})
    clients = [session.client(service, region_name=region, config=once) for region in regions]
    name, given = calls[service]
    for client in clients:
        client.meta.events.register("before-send", send)
        try:
            getattr(client, name)(**given)
        except EndpointConnectionError:
            pass
    model = clients[0].meta.service_model
    names = {xform_name(name): name for name in model.operation_names}
    models = [model.operation_model(names[call]) for call in called[service]]
    operations = [
        [it.name, it.http, describe(it.input_shape), describe(it.output_shape), it.http_checksum] for it in models
    ]
    pages = [clients[0].can_paginate(call) for call in called[service]]
    errors = {shape.name: describe(shape) for shape in model.error_shapes}
    return [[client.meta.endpoint_url for client in clients], operations, pages, errors]
sent = []
print(json.dumps([{service: known(service) for service in called}, sent]))
"""


def test_clients_work_as_with_all_of_botocores_data(pruned: Path) -> None:
    calls = {
        service: [xform_name(name) for by in ("aws", "botocore") for name in REQUESTED[by].get(service, ())]
        for service in REQUESTED["aws"]
    }

    def clients(data: Path) -> Any:
        command = [sys.executable, "-c", _CLIENTS, str(data), json.dumps(calls)]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    known, sent = clients(pruned)
    assert [known, sent] == clients(BOTOCORE / "data")
    assert len(sent) == 3 * len(calls), "one request for each service and region"


def test_removes_other_operations_and_older_versions(pruned: Path) -> None:
    (description,) = (pruned / "sns").glob("*/service-2.json")
    left = json.loads(description.read_text("utf-8"))
    assert list(left["operations"]) == ["Publish"]
    assert "PublishInput" in left["shapes"]
    assert "CreateTopicInput" not in left["shapes"]
    assert [path.name for path in (pruned / "lambda").iterdir()] == ["2015-03-31"]


def test_removes_documentation_compression_and_other_endpoints(pruned: Path) -> None:
    texts = {path.relative_to(pruned): path.read_text("utf-8") for path in pruned.rglob("*") if path.is_file()}
    assert not [path for path, text in texts.items() if re.search(r'"documentation(Url)?":\s*"[^"]', text)]
    assert not [path for path in texts if path.suffix == ".gz"]
    partitions = json.loads(texts[Path("endpoints.json")])["partitions"]
    assert {name for partition in partitions for name in partition["services"]} == REQUESTED["aws"].keys()


def test_keeps_a_member_named_documentation(tmp_path: Path) -> None:
    shapes = {"Page": {"members": {"documentation": {"shape": "Text", "documentation": "Text for people."}}}}
    (tmp_path / "endpoints.json").write_text(json.dumps({"partitions": []}), "utf-8")
    (tmp_path / "web/2020-01-01").mkdir(parents=True)
    path = tmp_path / "web/2020-01-01/paginators-1.json"
    path.with_suffix(".json.gz").write_bytes(gzip.compress(json.dumps({"shapes": shapes}).encode()))

    prune.prune_botocore(tmp_path, {"aws": {}, "botocore": {}})

    left = json.loads(path.read_text("utf-8"))
    assert left == {"shapes": {"Page": {"members": {"documentation": {"shape": "Text", "documentation": ""}}}}}
