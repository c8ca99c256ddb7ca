"""A studio whose n8n is the real one: the local cloud, Google's addresses led to it, and both workflows published."""

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
from tests.n8n.door_gate import DoorGate, door_gate
from tests.n8n.google_proxy import GoogleProxy, google_proxy
from tests.n8n.instance import Execution, N8n
from tests.n8n.post_office import PostOffice, post_office
from tests.waiting import eventually
from vcpctl.demo.world import STUDIO, World, furnish
from vcpctl.n8n.workflows import COMPRESS, TELL, Filling, filled, read

#: Files up to this size are left alone; the films of the tests are larger.
SMALL_BYTES = 20_000
#: n8n looks once a minute; what follows takes seconds, encodes of a burst some more.
LOOK_SECONDS = 75.0
PATIENCE_SECONDS = 240.0
#: Name and password of the form.
VISITOR = ("studio", "open sesame")
PRODUCER = "producer@example.com"


@dataclass(frozen=True)
class Studio:
    """What people do, and what they see."""

    world: World
    n8n: N8n
    gate: DoorGate
    proxy: GoogleProxy
    post: PostOffice
    folder: Path
    workflow: str

    def drop(self, path: Path, name: str | None = None) -> str:
        """Put a file into the watched folder; its id."""
        drive = self.world.cloud.console_client.drive
        return str(drive.drop(path, name=name or path.name, parent=self.world.folder_id, owner=STUDIO)["id"])

    def film(self, name: str, seconds: float = 1) -> Path:
        return make_video(self.folder / name, seconds=seconds, size="320x180", languages=("eng",), bitrate="600k")

    def rows_of(self, file_id: str) -> list[dict[str, Any]]:
        return [row for row in self.world.rows() if file_id in row["Video ID"]]

    def row(self, file_id: str, status: str) -> dict[str, Any]:
        """The only row of a file, once it has this status."""

        def found() -> dict[str, Any] | None:
            rows = self.rows_of(file_id)
            return rows[0] if [row["Status"] for row in rows] == [status] else None

        return eventually(found, PATIENCE_SECONDS, f"the row of {file_id} with {status}; there are {self.world.rows()}")

    def executions(self) -> list[Execution]:
        return self.n8n.executions(self.workflow)

    def execution_about(self, file_id: str, status: str) -> Execution:
        """The first execution that Drive's trigger began with this file, once it has this status."""

        def found() -> Execution | None:
            for execution in self.executions():
                seen = [item.get("id") for item in execution.items("New file in the folder")]
                if file_id in seen and execution.status == status:
                    return execution
            return None

        return eventually(found, LOOK_SECONDS + PATIENCE_SECONDS, f"an execution about {file_id} with {status}")

    def jobs_of(self, file_id: str) -> list[dict[str, Any]]:
        """The encodes of a file."""
        jobs = self.world.cloud.console_client.mediaconvert.jobs()
        return [job for job in jobs if file_id in job["userMetadata"].get("VideoId", "")]

    def submit(self, link: str, uploader: str = "") -> str:
        """Send the form as a browser does; the page that answers."""
        fields = {"field-0": (None, link), "field-1": (None, uploader)}
        sent = requests.post(f"{self.n8n.url}/form/compress-a-video", files=fields, auth=VISITOR, timeout=30)
        assert sent.ok, sent.text
        page = sent.json()["formWaitingUrl"]
        state = page.replace("?", "/n8n-execution-status?", 1)

        def ready() -> bool:
            return requests.get(state, auth=VISITOR, timeout=30).text == "form-waiting"

        eventually(ready, 60, f"an answer to the form; {self.executions()[-1]}")
        return requests.get(page, auth=VISITOR, timeout=30).text


@pytest.fixture(scope="package")
def install() -> Path:
    """The folder with the pinned n8n."""
    return Path(os.environ["VCP_TEST_N8N"])


@pytest.fixture(scope="package")
def studio(install: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """All of it, n8n not yet started."""
    folder = tmp_path_factory.mktemp("n8n")
    config = {"vcp:limitBytes": "1000000", "vcp:compressAboveBytes": str(SMALL_BYTES)}
    with running_cloud(folder / "cloud") as cloud, post_office() as post:
        world = furnish(cloud, config)
        drive = cloud.console_client.drive
        key = drive.service_account()
        drive.share(world.folder_id, key["client_email"])
        with google_proxy(cloud.google, folder / "tls") as proxy, door_gate(cloud.aws) as gate:
            n8n = N8n(install, folder / "n8n", proxy.url, proxy.authority)
            n8n.take_in("credentials", _credentials(key, cloud.region, gate.url, post.port))
            workflows = filled(Filling("local", world.door, cloud.region, world.folder_id, mail_to=PRODUCER))
            workflows[COMPRESS]["settings"]["errorWorkflow"] = workflows[TELL]["id"]
            n8n.take_in("workflow", list(workflows.values()))
            for workflow in workflows.values():
                n8n.command("publish:workflow", f"--id={workflow['id']}")
            yield Studio(world, n8n, gate, proxy, post, folder, workflows[COMPRESS]["id"])


@pytest.fixture(scope="package")
def open_studio(studio: Studio) -> Iterator[Studio]:
    """With n8n at work."""
    with studio.n8n.running():
        yield studio


def _credentials(key: dict[str, Any], region: str, lambda_url: str, mail_port: int) -> list[dict[str, Any]]:
    """Those that docs/n8n.md tells people to make, by the same names."""
    aws = {"region": region, "accessKeyId": "local", "secretAccessKey": "local"}
    contents = {
        "googleApi": {"email": key["client_email"], "privateKey": key["private_key"]},
        "aws": {**aws, "customEndpoints": True, "lambdaEndpoint": lambda_url},
        "httpBasicAuth": {"user": VISITOR[0], "password": VISITOR[1]},
        "smtp": {"host": "127.0.0.1", "port": mail_port, "secure": False, "disableStartTls": True},
    }
    references = {
        kind: reference["name"]
        for name in (COMPRESS, TELL)
        for node in read(name)["nodes"]
        for kind, reference in node.get("credentials", {}).items()
    }
    return [
        {"id": f"credential{number}", "name": references[kind], "type": kind, "data": data}
        for number, (kind, data) in enumerate(contents.items())
    ]


def told(page: str) -> str:
    """The words of a page."""
    without = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", without).split())
