"""What is taken out of the installed packages, and what must stay."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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
    """Descriptions as botocore and Google name them, empty, ours among others; and what packages carry besides."""
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
    return folder


def test_descriptions_of_other_services_go_and_botocores_own_files_stay(packages: Path) -> None:
    dependencies.cut(packages, ADAPTERS)

    data = {path.name for path in (packages / "botocore/data").iterdir()}
    own = {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
    assert data == own | dependencies.aws_services(ADAPTERS)
    documents = packages / "googleapiclient/discovery_cache/documents"
    assert [path.name for path in documents.iterdir()] == ["drive.v3.json"]
    assert (packages / "botocore/data/s3/2020-01-01/service-2.json.gz").exists()


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


def test_clients_can_be_made_from_what_is_left(tmp_path: Path) -> None:
    """botocore itself, with only the directory of the services in use, makes every client of ours and no other."""
    services = sorted(dependencies.aws_services(ADAPTERS))
    data = tmp_path / "data"
    data.mkdir()
    for path in (BOTOCORE / "data").iterdir():
        if path.is_file() or path.name in services:
            (data / path.name).symlink_to(path)
    code = (
        "import sys, botocore.loaders, boto3\n"
        f"botocore.loaders.Loader.BUILTIN_DATA_PATH = {str(data)!r}\n"
        "session = boto3.Session('a', 'b', region_name='eu-central-1')\n"
        "print(*sorted(s for s in session.get_available_services() if session.client(s)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == services
