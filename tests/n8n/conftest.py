"""A studio with the real n8n: the local cloud, a proxy for Google's addresses, both workflows published."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud.process import running_cloud
from tests.e2e.videos import make_video
from tests.n8n.google_proxy import GoogleProxy, google_proxy
from tests.n8n.instance import Execution, N8n
from tests.n8n.lambda_gateway import LambdaGateway, lambda_gateway
from tests.n8n.post_office import PostOffice, post_office
from tests.waiting import eventually
from vcpctl.demo.environment import STUDIO, DemoEnvironment, create_environment
from vcpctl.n8n.workflows import COMPRESS, NOTIFY, StackValues, read_workflow, workflows_for

#: Files up to this size are skipped; the films of the tests are larger.
SMALL_BYTES = 20_000
#: n8n polls once a minute; what follows takes seconds, the encodes of a burst somewhat more.
POLL_SECONDS = 75.0
TIMEOUT_SECONDS = 240.0
#: User and password of the form.
FORM_USER = ("studio", "open sesame")
PRODUCER = "producer@example.com"


@dataclass(frozen=True)
class Studio:
    """The studio's actions, and what people see."""

    environment: DemoEnvironment
    n8n: N8n
    gateway: LambdaGateway
    proxy: GoogleProxy
    post: PostOffice
    folder: Path
    workflow: str

    def drop(self, path: Path, name: str | None = None) -> str:
        """Put a file into the watched folder and return its id."""
        drive = self.environment.cloud.console_client.drive
        return str(drive.drop(path, name=name or path.name, parent=self.environment.folder_id, owner=STUDIO)["id"])

    def film(self, name: str, seconds: float = 1) -> Path:
        return make_video(self.folder / name, seconds=seconds, size="320x180", languages=("eng",), bitrate="600k")

    def rows_of(self, file_id: str) -> list[dict[str, Any]]:
        return [row for row in self.environment.rows() if file_id in row["Video ID"]]

    def row(self, file_id: str, status: str) -> dict[str, Any]:
        """Wait until a file has exactly one row, with this status."""

        def found() -> dict[str, Any] | None:
            rows = self.rows_of(file_id)
            return rows[0] if [row["Status"] for row in rows] == [status] else None

        return eventually(
            found, TIMEOUT_SECONDS, f"the row of {file_id} with {status}; there are {self.environment.rows()}"
        )

    def executions(self) -> list[Execution]:
        return self.n8n.executions(self.workflow)

    def execution_about(self, file_id: str, status: str) -> Execution:
        """Wait for the first execution that the Drive trigger started with this file to have this status."""

        def found() -> Execution | None:
            for execution in self.executions():
                seen = [item.get("id") for item in execution.items("New file in the folder")]
                if file_id in seen and execution.status == status:
                    return execution
            return None

        return eventually(found, POLL_SECONDS + TIMEOUT_SECONDS, f"an execution about {file_id} with {status}")

    def jobs_of(self, file_id: str) -> list[dict[str, Any]]:
        """Return the MediaConvert jobs of a file."""
        jobs = self.environment.cloud.console_client.mediaconvert.jobs()
        return [job for job in jobs if file_id in job["userMetadata"].get("VideoId", "")]

    def submit(self, link: str, uploader: str = "") -> str:
        """Send the form as a browser does and return the answer page."""
        fields = {"field-0": (None, link), "field-1": (None, uploader)}
        sent = requests.post(f"{self.n8n.url}/form/compress-a-video", files=fields, auth=FORM_USER, timeout=30)
        assert sent.ok, sent.text
        page = sent.json()["formWaitingUrl"]
        state = page.replace("?", "/n8n-execution-status?", 1)

        def ready() -> bool:
            return requests.get(state, auth=FORM_USER, timeout=30).text == "form-waiting"

        eventually(ready, 60, f"an answer to the form; {self.executions()[-1]}")
        return requests.get(page, auth=FORM_USER, timeout=30).text


@pytest.fixture(scope="package")
def install() -> Path:
    """The folder with the pinned n8n."""
    return Path(os.environ["VCP_TEST_N8N"])


@pytest.fixture(scope="package")
def studio(install: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The whole setup, with n8n not yet started."""
    folder = tmp_path_factory.mktemp("n8n")
    config = {"vcp:limitBytes": "1000000", "vcp:compressAboveBytes": str(SMALL_BYTES)}
    with running_cloud(folder / "cloud") as cloud, post_office() as post:
        environment = create_environment(cloud, config)
        drive = cloud.console_client.drive
        key = drive.service_account()
        drive.share(environment.folder_id, key["client_email"])
        with google_proxy(cloud.google, folder / "tls") as proxy, lambda_gateway(cloud.aws) as gateway:
            n8n = N8n(install, folder / "n8n", proxy.url, proxy.authority)
            n8n.import_documents("credentials", _credentials(key, cloud.region, gateway.url, post.port))
            values = StackValues(
                "local", environment.intake_function, cloud.region, environment.folder_id, mail_to=PRODUCER
            )
            workflows = workflows_for(values)
            workflows[COMPRESS]["settings"]["errorWorkflow"] = workflows[NOTIFY]["id"]
            n8n.import_documents("workflow", list(workflows.values()))
            for workflow in workflows.values():
                n8n.command("publish:workflow", f"--id={workflow['id']}")
            yield Studio(environment, n8n, gateway, proxy, post, folder, workflows[COMPRESS]["id"])


@pytest.fixture(scope="package")
def open_studio(studio: Studio) -> Iterator[Studio]:
    """The setup with n8n running."""
    with studio.n8n.running():
        yield studio


def _credentials(key: dict[str, Any], region: str, lambda_url: str, mail_port: int) -> list[dict[str, Any]]:
    """Return the credentials of docs/n8n.md, with the same names."""
    aws = {"region": region, "accessKeyId": "local", "secretAccessKey": "local"}
    contents = {
        "googleApi": {"email": key["client_email"], "privateKey": key["private_key"]},
        "aws": {**aws, "customEndpoints": True, "lambdaEndpoint": lambda_url},
        "httpBasicAuth": {"user": FORM_USER[0], "password": FORM_USER[1]},
        "smtp": {"host": "127.0.0.1", "port": mail_port, "secure": False, "disableStartTls": True},
    }
    references = {
        kind: reference["name"]
        for name in (COMPRESS, NOTIFY)
        for node in read_workflow(name)["nodes"]
        for kind, reference in node.get("credentials", {}).items()
    }
    return [
        {"id": f"credential{number}", "name": references[kind], "type": kind, "data": data}
        for number, (kind, data) in enumerate(contents.items())
    ]


def text_of(page: str) -> str:
    """Return the visible text of a page."""
    without = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", without).split())
