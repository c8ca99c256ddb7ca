"""The workflows in `n8n/`, with a stack's folder, function, region and addresses filled in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The workflow that submits videos, and the error workflow that sends a mail when it fails.
COMPRESS, NOTIFY = "workflow.json", "notify-on-failure.json"
FOLDER = Path(__file__).parents[2] / "n8n"

TRIGGER = "n8n-nodes-base.googleDriveTrigger"
INVOKE = "n8n-nodes-base.awsLambda"
MAIL = "n8n-nodes-base.emailSend"
NOTE = "n8n-nodes-base.stickyNote"
#: The line of the first note that is replaced by the stack's region.
_REGION = "The region: in the AWS credential"

Workflow = dict[str, Any]


@dataclass(frozen=True)
class StackValues:
    """What is filled in for a stack."""

    stack: str
    function: str
    region: str
    #: Id of the Drive folder.
    folder_id: str
    #: Addresses of the failure mail; empty: as in the file.
    mail_to: str = ""
    mail_from: str = ""

    @property
    def folder_url(self) -> str:
        return f"https://drive.google.com/drive/folders/{self.folder_id}"


def read_workflow(name: str, folder: Path = FOLDER) -> Workflow:
    """Read a workflow from the repository, with nothing filled in."""
    workflow: Workflow = json.loads((folder / name).read_text("utf-8"))
    return workflow


def workflows_for(values: StackValues) -> dict[str, Workflow]:
    """Return file name -> workflow, ready to import."""
    compress, notify = read_workflow(COMPRESS), read_workflow(NOTIFY)
    _only(compress, TRIGGER)["parameters"]["folderToWatch"] = {"__rl": True, "mode": "url", "value": values.folder_url}
    # As an expression: n8n would look the name up in a list of all functions, which its user may not read.
    _only(compress, INVOKE)["parameters"]["function"] = f"={values.function}"
    for note in nodes(compress, NOTE):
        content = note["parameters"]["content"]
        note["parameters"]["content"] = content.replace(
            _REGION, f"The region: choose **{values.region}** in the AWS credential"
        )
    compress["name"] = f"{compress['name']} ({values.stack})"
    mail = _only(notify, MAIL)["parameters"]
    mail["toEmail"] = values.mail_to or mail["toEmail"]
    mail["fromEmail"] = values.mail_from or mail["fromEmail"]
    return {COMPRESS: compress, NOTIFY: notify}


def nodes(workflow: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the nodes of one type."""
    return (node for node in workflow["nodes"] if node["type"] == kind)


def _only(workflow: Mapping[str, Any], kind: str) -> dict[str, Any]:
    (node,) = nodes(workflow, kind)
    return node
