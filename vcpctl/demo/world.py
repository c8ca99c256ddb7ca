"""The world of the demo: a local cloud with the Pulumi program on it, a studio's Drive folder, an Airtable base."""

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
from vcpctl.demo.watching import Tell
from vcpctl.images.built import DIRECTORY, built_images

STUDIO = "studio@example.com"
RECIPIENT = "producer@example.com"
TABLE = "Processed Videos"
_REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
Images = Mapping[str, LocalImage] | Mapping[str, ContainerImage]
#: The repository's root: where Pulumi.yaml lies.
PROGRAM = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class World:
    """Everything the story needs. `outputs` are the stack's, as `pulumi stack output` would print them."""

    cloud: RunningCloud
    outputs: Mapping[str, Any]
    folder_id: str
    base_id: str
    table: str = TABLE

    @property
    def door(self) -> str:
        """The function that n8n calls."""
        return str(self.outputs["functionNames"]["intake"])

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the Airtable table, each as its fields; none before MetaDataLogger has made the table."""
        try:
            rows = self.cloud.console_client.airtable.records(self.base_id, self.table)
        except ConsoleError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return []
            raise
        return [dict(row["fields"]) for row in rows]


def local_images(sources: Path) -> dict[str, LocalImage]:
    """The images of the Pulumi program as processes of this machine: repository name -> environment.

    The digest stands for the sources, so that a changed function is a changed image.
    """
    environment = {"PATH": f"{Path(ffprobe_path()).parent}:/usr/bin:/bin"}
    digest = hashlib.sha256()
    for path in sorted((sources / "images").rglob("*.py")):
        digest.update(path.read_bytes())
    process = LocalImage(sys.executable, str(sources / "images"), environment)
    return {f"{_REGISTRY}/{name}@sha256:{digest.hexdigest()}": process for name in ("vcp-media", "vcp-core")}


def container_images(directory: Path = DIRECTORY) -> dict[str, ContainerImage]:
    """The images that `make images` built, by the URIs that a stack has them under. Raises Ending."""
    return {
        f"{_REGISTRY}/vcp-{name}@{image.digest}": image.container for name, image in built_images(directory).items()
    }


@contextmanager
def open_world(
    state_dir: Path,
    config: Mapping[str, str],
    tell: Tell,
    *,
    keep: bool = False,
    program: Path = PROGRAM,
    images: Images | None = None,
) -> Iterator[World]:
    """Start a local cloud and furnish it; stop it all at the end.

    Args:
        state_dir: where the cloud keeps its files and logs.
        config: values over those of Pulumi.local.yaml, for instance {"vcp:limitBytes": "1000000"}.
        tell: is told what is done.
        keep: leave the cloud running when the block ends without an exception.
        images: what stands for the images; the program's sources as processes without it.
    """
    tell("", "starting a local cloud", None, "")
    with running_cloud(state_dir, outlives=keep) as cloud:
        tell("", "deploying the Pulumi program on it", None, "")
        yield furnish(cloud, config, program, images)


def furnish(
    cloud: RunningCloud,
    config: Mapping[str, str],
    program: Path = PROGRAM,
    images: Images | None = None,
    *,
    watch: bool = False,
) -> World:
    """Open the studio's and the pipeline's accounts on a running cloud and deploy the program's stack `local`.

    `images`: URI -> what stands for it, `media` first; the program's sources as processes without it. `watch`: the
    reconciler looks through the studio's folder.
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
    return World(cloud, deployed.outputs, folder["id"], base)
