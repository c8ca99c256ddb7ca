"""`vcp n8n export`: the workflows filled in from a stack's outputs, as files to import into n8n."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcp.domain.errors import InvalidRequestError
from vcp.domain.intake.drive_links import parse_file_reference
from vcpctl.deploy.steps import Deployment, stack_of
from vcpctl.ending import Ending
from vcpctl.n8n.workflows import Filling, filled

#: The stack's own setting, for whoever names no folder.
_WATCHED = "vcp:watchedFolder"


@dataclass(frozen=True)
class ExportOptions:
    """What was typed. `outputs`: a file with `pulumi stack output --json`, in the place of asking Pulumi."""

    stack: str
    folder: str = ""
    mail_to: str = ""
    mail_from: str = ""
    output: Path | None = None
    outputs: Path | None = None

    @property
    def place(self) -> Path:
        return self.output or Path("build/n8n-export") / self.stack


@dataclass(frozen=True)
class Export:
    """What was written, for what, and what is left for a person."""

    filling: Filling
    files: tuple[Path, ...]
    user: str

    def left(self) -> list[str]:
        """What only a person can do, in the order of doing it."""
        return [
            f"make an access key for the IAM user {self.user}",
            f"in n8n make the credentials 'Google Drive of the studio', 'AWS of the video pipeline' (region "
            f"{self.filling.region}) and 'Form of the video pipeline', and for mails 'Mail of the studio'",
            f"import {' and '.join(file.name for file in self.files)}, look at the credentials, publish",
        ]


def export(options: ExportOptions, deployment: Deployment) -> Export:
    """Write the workflows of a stack. Raises Ending when something is missing or wrong, before a file is written."""
    outputs, configured = _told(options, deployment)
    if "functionNames" not in outputs:
        raise Ending(f"The stack {options.stack} has no outputs yet: make deploy STACK={options.stack} comes first.")
    if "n8nUserName" not in outputs:
        raise Ending(f"The stack {options.stack} has no user for n8n: set vcp:n8nInvoker to true and deploy it.")
    filling = Filling(
        stack=options.stack,
        function=outputs["functionNames"]["intake"],
        region=outputs["region"],
        folder_id=_folder_id(options.folder or configured(), options.stack),
        mail_to=options.mail_to,
        mail_from=options.mail_from,
    )
    options.place.mkdir(parents=True, exist_ok=True)
    files = []
    for name, workflow in filled(filling).items():
        files.append(options.place / name)
        files[-1].write_text(json.dumps(workflow, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return Export(filling, tuple(files), outputs["n8nUserName"])


def _told(options: ExportOptions, deployment: Deployment) -> tuple[Mapping[str, Any], Callable[[], str]]:
    """The stack's outputs, and what tells the folder that it watches."""
    if options.outputs is not None:
        try:
            outputs = json.loads(options.outputs.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise Ending(f"The outputs cannot be read from {options.outputs}: {error}") from error
        if not isinstance(outputs, dict):
            raise Ending(f"{options.outputs} has no outputs: it must be what `pulumi stack output --json` prints.")
        return outputs, lambda: ""
    deployment.check_tools()
    deployment.check_account()
    pulumi = stack_of(deployment)
    if not pulumi.exists():
        raise Ending(f"There is no stack {options.stack} yet: make deploy STACK={options.stack} makes it.")
    pulumi.select()
    return pulumi.outputs(), lambda: pulumi.config().get(_WATCHED) or ""


def _folder_id(folder: str, stack: str) -> str:
    if not folder:
        raise Ending(f"Which Drive folder? Give its link with --folder; {stack} has none in vcp:watchedFolder.")
    try:
        return parse_file_reference(folder).file_id
    except InvalidRequestError as error:
        raise Ending(f"--folder: {error.sentence}") from error
