"""The workflows in `n8n/`, and what is filled in for a stack: folder, function, region, addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The workflow that announces videos, and the one that tells a person when it fails.
COMPRESS, TELL = "workflow.json", "tell-a-person.json"
FOLDER = Path(__file__).parents[2] / "n8n"

TRIGGER = "n8n-nodes-base.googleDriveTrigger"
INVOKE = "n8n-nodes-base.awsLambda"
MAIL = "n8n-nodes-base.emailSend"
NOTE = "n8n-nodes-base.stickyNote"
#: What the first note says of the region while nobody has filled it in.
_REGION = "The region: in the AWS credential"

Workflow = dict[str, Any]


@dataclass(frozen=True)
class Filling:
    """What a stack's workflows are filled with."""

    stack: str
    function: str
    region: str
    #: Id of the Drive folder.
    folder_id: str
    #: Addresses of the mail when something fails; empty: as in the file.
    mail_to: str = ""
    mail_from: str = ""

    @property
    def folder_url(self) -> str:
        return f"https://drive.google.com/drive/folders/{self.folder_id}"


def read(name: str, folder: Path = FOLDER) -> Workflow:
    """One of the workflows as it lies in the repository, with nothing filled in."""
    workflow: Workflow = json.loads((folder / name).read_text("utf-8"))
    return workflow


def filled(filling: Filling, folder: Path = FOLDER) -> dict[str, Workflow]:
    """File name -> workflow, ready to import."""
    compress, tell = read(COMPRESS, folder), read(TELL, folder)
    _only(compress, TRIGGER)["parameters"]["folderToWatch"] = {"__rl": True, "mode": "url", "value": filling.folder_url}
    # As an expression: the list that the field offers else asks for a right that n8n's user does not have.
    _only(compress, INVOKE)["parameters"]["function"] = f"={filling.function}"
    for note in nodes(compress, NOTE):
        content = note["parameters"]["content"]
        note["parameters"]["content"] = content.replace(
            _REGION, f"The region: choose **{filling.region}** in the AWS credential"
        )
    compress["name"] = f"{compress['name']} ({filling.stack})"
    mail = _only(tell, MAIL)["parameters"]
    mail["toEmail"] = filling.mail_to or mail["toEmail"]
    mail["fromEmail"] = filling.mail_from or mail["fromEmail"]
    return {COMPRESS: compress, TELL: tell}


def nodes(workflow: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """The nodes of one type."""
    return (node for node in workflow["nodes"] if node["type"] == kind)


def _only(workflow: Mapping[str, Any], kind: str) -> dict[str, Any]:
    (node,) = nodes(workflow, kind)
    return node
