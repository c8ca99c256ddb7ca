"""`vcp n8n export`: write the workflows for a stack as files to import into n8n."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcp.domain.errors import InvalidRequestError
from vcp.domain.intake.drive_links import parse_file_reference
from vcpctl.command_exit import CommandExit
from vcpctl.deploy.steps import Deployment, stack_of
from vcpctl.n8n.workflows import StackValues, workflows_for

_WATCHED_FOLDER = "vcp:watchedFolder"


@dataclass(frozen=True)
class ExportOptions:
    """The options as typed. `outputs`: a file with the stack's outputs, instead of asking Pulumi."""

    stack: str
    folder: str = ""
    mail_to: str = ""
    mail_from: str = ""
    output: Path | None = None
    outputs: Path | None = None

    @property
    def target(self) -> Path:
        return self.output or Path("build/n8n-export") / self.stack


@dataclass(frozen=True)
class Export:
    """The files that were written, the values in them, and n8n's IAM user."""

    values: StackValues
    files: tuple[Path, ...]
    user: str

    def next_steps(self) -> list[str]:
        return [
            f"create an access key for the IAM user {self.user}",
            f"create the credentials 'Studio Google Drive', 'Video pipeline AWS' (region {self.values.region}) and "
            "'Video pipeline form' in n8n, and 'Studio email' for the failure mails",
            f"import {' and '.join(file.name for file in self.files)}, check the credentials, publish",
        ]


def export(options: ExportOptions, deployment: Deployment) -> Export:
    """Write the workflows of a stack. Raises CommandExit before anything is written if something is missing."""
    outputs, watched_folder = _stack_outputs(options, deployment)
    if "functionNames" not in outputs:
        raise CommandExit(f"The stack {options.stack} has no outputs yet; deploy it: make deploy STACK={options.stack}")
    if "n8nUserName" not in outputs:
        raise CommandExit(f"The stack {options.stack} has no n8n user; set vcp:n8nInvoker to true and deploy it.")
    values = StackValues(
        stack=options.stack,
        function=outputs["functionNames"]["intake"],
        region=outputs["region"],
        folder_id=_folder_id(options.folder or watched_folder(), options.stack),
        mail_to=options.mail_to,
        mail_from=options.mail_from,
    )
    options.target.mkdir(parents=True, exist_ok=True)
    files = []
    for name, workflow in workflows_for(values).items():
        files.append(options.target / name)
        files[-1].write_text(json.dumps(workflow, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return Export(values, tuple(files), outputs["n8nUserName"])


def _stack_outputs(options: ExportOptions, deployment: Deployment) -> tuple[Mapping[str, Any], Callable[[], str]]:
    """Return the stack's outputs, and a function that returns its watched folder."""
    if options.outputs is not None:
        try:
            outputs = json.loads(options.outputs.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise CommandExit(f"The outputs cannot be read from {options.outputs}: {error}") from error
        if not isinstance(outputs, dict):
            raise CommandExit(f"{options.outputs} is not the output of `pulumi stack output --json`.")
        return outputs, lambda: ""
    deployment.check_tools()
    deployment.check_account()
    pulumi = stack_of(deployment)
    if not pulumi.exists():
        raise CommandExit(f"There is no stack {options.stack} yet; create it: make deploy STACK={options.stack}")
    pulumi.select()
    return pulumi.outputs(), lambda: pulumi.config().get(_WATCHED_FOLDER) or ""


def _folder_id(folder: str, stack: str) -> str:
    if not folder:
        raise CommandExit(f"No Drive folder: give its link with --folder; {stack} has no vcp:watchedFolder.")
    try:
        return parse_file_reference(folder).file_id
    except InvalidRequestError as error:
        raise CommandExit(f"--folder: {error.sentence}") from error
