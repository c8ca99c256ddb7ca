"""The demo's environment: a local cloud with the Pulumi program deployed, a Drive folder and an Airtable base."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from localcloud.client import ConsoleError
from localcloud.context import ContainerImage, LocalImage
from localcloud.deployer.run import deploy
from localcloud.process import RunningCloud, running_cloud
from rendering.tools import ffprobe_path
from vcpctl.demo.progress import ReportProgress
from vcpctl.images.built import DIRECTORY, built_images

STUDIO = "studio@example.com"
RECIPIENT = "producer@example.com"
TABLE = "Processed Videos"
_REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
#: URI -> what the functions run from; `media` first.
Images = Mapping[str, LocalImage] | Mapping[str, ContainerImage]
#: The repository's root, with Pulumi.yaml.
PROGRAM = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class DemoEnvironment:
    """A deployed stack on a local cloud. `outputs` are those of `pulumi stack output`."""

    cloud: RunningCloud
    outputs: Mapping[str, Any]
    folder_id: str
    base_id: str
    table: str = TABLE

    @property
    def intake_function(self) -> str:
        """The name of the function that n8n calls."""
        return str(self.outputs["functionNames"]["intake"])

    def rows(self) -> list[dict[str, Any]]:
        """Return the fields of each row of the Airtable table; none before the table exists."""
        try:
            rows = self.cloud.console_client.airtable.records(self.base_id, self.table)
        except ConsoleError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return []
            raise
        return [dict(row["fields"]) for row in rows]


def local_images(sources: Path) -> dict[str, LocalImage]:
    """Return images that run the functions as processes of this machine, from the sources.

    The digest is that of the sources, so that a changed function is a changed image.
    """
    environment = {"PATH": f"{Path(ffprobe_path()).parent}:/usr/bin:/bin"}
    digest = hashlib.sha256()
    for path in sorted((sources / "images").rglob("*.py")):
        digest.update(path.read_bytes())
    process = LocalImage(sys.executable, str(sources / "images"), environment)
    return {f"{_REGISTRY}/{name}@sha256:{digest.hexdigest()}": process for name in ("vcp-media", "vcp-core")}


def container_images(directory: Path = DIRECTORY) -> dict[str, ContainerImage]:
    """Return the images that `make images` built. Raises CommandExit when there are none."""
    return {
        f"{_REGISTRY}/vcp-{name}@{image.digest}": image.container for name, image in built_images(directory).items()
    }


@contextmanager
def running_environment(
    state_dir: Path,
    config: Mapping[str, str],
    report: ReportProgress,
    *,
    keep: bool = False,
    program: Path = PROGRAM,
    images: Images | None = None,
) -> Iterator[DemoEnvironment]:
    """Start a local cloud, deploy the program on it, and stop it at the end.

    Args:
        state_dir: where the cloud keeps its files and logs.
        config: values over those of Pulumi.local.yaml, for instance {"vcp:limitBytes": "1000000"}.
        report: called with the progress.
        keep: leave the cloud running if the block ends without an exception.
        images: what the functions run from; by default the sources.
    """
    report("", "starting a local cloud", None, "")
    with running_cloud(state_dir, outlives=keep) as cloud:
        report("", "deploying the Pulumi program", None, "")
        yield create_environment(cloud, config, program, images)


def create_environment(
    cloud: RunningCloud,
    config: Mapping[str, str],
    program: Path = PROGRAM,
    images: Images | None = None,
    *,
    watch: bool = False,
) -> DemoEnvironment:
    """Create the Drive and Airtable accounts on a running cloud and deploy the program's stack `local`.

    `images`: what the functions run from; by default the sources. `watch`: the reconciler scans the Drive folder.
    """
    console = cloud.console_client
    console.drive.person(STUDIO)
    key = console.drive.service_account()
    folder = console.drive.folder("To compress", owner=STUDIO, shared_with=[key["client_email"]])
    base = console.airtable.base("Video pipeline")
    token = console.airtable.token([base])
    images = images or local_images(program)
    for uri, image in images.items():
        console.functions.register_image(uri, image)
    media, core = images
    deployed = deploy(
        program,
        "local",
        cloud.aws,
        config={
            "vcp:mediaImage": media,
            "vcp:coreImage": core,
            "vcp:driveEndpoint": cloud.google,
            "vcp:airtableEndpoint": cloud.airtable,
            "vcp:airtableBaseId": base,
            "vcp:airtableTable": TABLE,
            "vcp:mailRecipients": json.dumps([RECIPIENT]),
            **({"vcp:watchedFolder": str(folder["webViewLink"])} if watch else {}),
            **config,
        },
        secrets={"vcp:googleServiceAccountKey": json.dumps(key), "vcp:airtableToken": token},
        region=cloud.region,
    )
    return DemoEnvironment(cloud, deployed.outputs, folder["id"], base)
