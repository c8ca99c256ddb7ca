"""What is taken out of the installed packages, and what must stay."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore
import googleapiclient
import pytest

from building import dependencies

ADAPTERS = Path(__file__).parents[3] / "images" / "vcp" / "adapters"
BOTOCORE = Path(botocore.__file__).parent
GOOGLE = Path(googleapiclient.__file__).parent


def test_the_services_in_use_are_those_that_the_adapters_make_clients_of() -> None:
    written = set(re.findall(r'_make\("(\w+)"', (ADAPTERS / "clients.py").read_text("utf-8")))
    assert dependencies.aws_services(ADAPTERS) == written
    assert {"s3", "dynamodb", "mediaconvert"} <= written
    assert dependencies.google_apis(ADAPTERS) == {"drive.v3"}


def test_no_adapter_makes_a_client_elsewhere() -> None:
    made = [
        f"{path.name}: {line.strip()}"
        for path in ADAPTERS.parent.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"boto3\.(client|resource|Session|session)|discovery\.build|build_from_document", line)
    ]
    assert sorted(line.partition(":")[0] for line in made) == ["clients.py", "drive_sign_in.py"], made


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Descriptions as botocore and Google name them, ours among others; and what packages carry besides."""
    folder = tmp_path / "packages"
    own = [path.name for path in (BOTOCORE / "data").iterdir() if path.is_file()]
    services = [*dependencies.aws_services(ADAPTERS), "ec2", "s3control", "sagemaker"]
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
    """Of a service that can do what the adapters call, and nothing else."""
    calls = {*dependencies.operations(ADAPTERS).get(service, ()), "head_bucket"}
    operations: dict[str, Any] = {call.title().replace("_", ""): {} for call in calls}
    return {"metadata": {"endpointPrefix": service}, "operations": operations, "shapes": {}}


def test_descriptions_of_other_services_go_and_botocores_own_files_stay(packages: Path) -> None:
    dependencies.cut(packages, ADAPTERS)

    data = {path.name for path in (packages / "botocore/data").iterdir()}
    own = {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
    assert data == own | dependencies.aws_services(ADAPTERS)
    documents = packages / "googleapiclient/discovery_cache/documents"
    assert [path.name for path in documents.iterdir()] == ["drive.v3.json"]
    assert (packages / "botocore/data/s3/2020-01-01/service-2.json").exists()


def test_tests_stubs_programs_and_examples_go(packages: Path) -> None:
    dependencies.cut(packages, ADAPTERS)
    left = {str(path.relative_to(packages)) for path in packages.rglob("*") if path.is_file()}
    assert "boto3/session.py" in left
    assert not {path for path in left if re.search(r"^bin/|/tests/|\.pxd$|boto3/data|examples-1", path)}


def test_a_service_in_use_without_a_description_ends_the_build(packages: Path) -> None:
    (packages / "googleapiclient/discovery_cache/documents/drive.v3.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"drive\.v3\.json"):
        dependencies.cut(packages, ADAPTERS)


def test_a_service_that_is_not_written_out_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "clients.py").write_text('def s3(name):\n    return _make(name, "s3")\n', "utf-8")
    with pytest.raises(ValueError, match="not written out"):
        dependencies.aws_services(tmp_path)


@pytest.fixture(scope="module")
def shortened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """botocore's data of the services in use, as images have it."""
    data = tmp_path_factory.mktemp("botocore") / "data"
    data.mkdir()
    services = dependencies.aws_services(ADAPTERS)
    for path in (BOTOCORE / "data").iterdir():
        if path.is_file():
            shutil.copy(path, data)
        elif path.name in services:
            shutil.copytree(path, data / path.name)
    dependencies.shorten(data, dependencies.operations(ADAPTERS))
    return data


#: What clients of ours know: where each service is in each region, what each call and error takes and gives; and where
#: a call goes, which nobody answers.
_KNOWN = """
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
def told(shape, around=()):
    if shape is None or shape.name in around:
        return shape and shape.name
    inside = (*around, shape.name)
    if shape.type_name == "structure":
        parts = {name: told(member, inside) for name, member in shape.members.items()}
    else:
        members = [getattr(shape, part, None) for part in ("member", "key", "value")]
        parts = [told(member, inside) for member in members if member is not None]
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
    operations = [[it.name, it.http, told(it.input_shape), told(it.output_shape), it.http_checksum] for it in models]
    pages = [clients[0].can_paginate(call) for call in called[service]]
    errors = {shape.name: told(shape) for shape in model.error_shapes}
    return [[client.meta.endpoint_url for client in clients], operations, pages, errors]
sent = []
print(json.dumps([{service: known(service) for service in called}, sent]))
"""


def test_clients_know_as_much_of_what_is_called_from_what_is_left(shortened: Path) -> None:
    called = {service: sorted(calls) for service, calls in dependencies.operations(ADAPTERS).items()}
    called["s3"].append("head_bucket")  # botocore's own, when S3 says that a bucket is elsewhere
    assert called.keys() == dependencies.aws_services(ADAPTERS)

    def known(data: Path) -> Any:
        command = [sys.executable, "-c", _KNOWN, str(data), json.dumps(called)]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    services_left, sent = known(shortened)
    assert [services_left, sent] == known(BOTOCORE / "data")
    assert len(sent) == 3 * len(called), "each call went out, in each region"


def test_operations_that_nobody_calls_are_gone(shortened: Path) -> None:
    (description,) = (shortened / "sns").glob("*/service-2.json")
    left = json.loads(description.read_text("utf-8"))
    assert list(left["operations"]) == ["Publish"]
    assert "PublishInput" in left["shapes"]
    assert "CreateTopicInput" not in left["shapes"]
    assert [path.name for path in (shortened / "lambda").iterdir()] == ["2015-03-31"], "a client is of the newest"


def test_an_operation_that_is_called_later_or_paged_through_is_one_of_them(tmp_path: Path) -> None:
    text = """
from mypy_boto3_sns import SNSClient
from mypy_boto3_sns.type_defs import TopicTypeDef
class Mailer:
    def __init__(self, client: SNSClient) -> None:
        self._client = client
        self._later = partial(client.publish, TopicArn="t")
    def topics(self) -> list[TopicTypeDef]:
        return list(self._client.get_paginator("list_topics").paginate())
    def region(self) -> str:
        return self._client.meta.region_name
"""
    (tmp_path / "mail.py").write_text(text, "utf-8")
    assert dependencies.operations(tmp_path) == {"sns": {"publish", "list_topics"}}


def test_a_call_that_its_service_does_not_know_ends_the_build() -> None:
    with pytest.raises(ValueError, match=r"sns cannot do \['publsh'\]"):
        dependencies.only_operations(description_of("sns"), {"publsh"})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("self._client.publish()", "on clients of []"),
        ("from mypy_boto3_s3 import S3Client\nfrom mypy_boto3_sns import SNSClient\nclient.get()", "['s3', 'sns']"),
        ("from mypy_boto3_s3 import S3Client\ndef f(s3: S3Client | None): s3.head_object()", "not named so: ['s3']"),
        ("from mypy_boto3_s3 import S3Client\nclass C:\n    _bucket: S3Client", "not named so: ['_bucket']"),
        ("from mypy_boto3_s3 import S3Client\nclient.get_paginator(name)", "is not written out"),
    ],
)
def test_calls_whose_service_or_name_is_not_to_be_seen_end_the_build(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "adapter.py").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=re.escape(why)):
        dependencies.operations(tmp_path)


def test_what_is_left_is_short(shortened: Path) -> None:
    texts = {path.relative_to(shortened): path.read_text("utf-8") for path in shortened.rglob("*") if path.is_file()}
    assert not [path for path, text in texts.items() if re.search(r'"documentation(Url)?":\s*"[^"]', text)]
    assert not [path for path in texts if path.suffix == ".gz"]
    partitions = json.loads(texts[Path("endpoints.json")])["partitions"]
    assert {name for partition in partitions for name in partition["services"]} == dependencies.aws_services(ADAPTERS)


def test_a_part_of_a_service_may_be_named_documentation(tmp_path: Path) -> None:
    shapes = {"Page": {"members": {"documentation": {"shape": "Text", "documentation": "What is said of it."}}}}
    (tmp_path / "endpoints.json").write_text(json.dumps({"partitions": []}), "utf-8")
    (tmp_path / "web/2020-01-01").mkdir(parents=True)
    path = tmp_path / "web/2020-01-01/paginators-1.json"
    path.with_suffix(".json.gz").write_bytes(gzip.compress(json.dumps({"shapes": shapes}).encode()))

    dependencies.shorten(tmp_path, {})

    left = json.loads(path.read_text("utf-8"))
    assert left == {"shapes": {"Page": {"members": {"documentation": {"shape": "Text", "documentation": ""}}}}}
