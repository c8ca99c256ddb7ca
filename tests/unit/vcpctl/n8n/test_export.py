"""`vcp n8n export`: a stack's workflows, ready to import, and a sentence where something is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vcpctl.cli import run
from vcpctl.ending import DONE, REFUSED
from vcpctl.n8n.workflows import COMPRESS, INVOKE, MAIL, NOTE, TELL, TRIGGER, nodes, read

FOLDER_ID = "1AbCdEfGhIjKlMnOpQrStUvWxYz012345"
OUTPUTS = {
    "functionNames": {"intake": "video-file-processor-dev"},
    "region": "eu-central-1",
    "n8nUserName": "vcp-dev-n8n",
}


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps(OUTPUTS), "utf-8")
    return path


def export(outputs: Path, *more: str) -> int:
    place = outputs.parent / "n8n"
    return run(["n8n", "export", "--stack=dev", f"--outputs={outputs}", f"--output={place}", *more])


def written(outputs: Path, name: str) -> dict[str, Any]:
    workflow: dict[str, Any] = json.loads((outputs.parent / "n8n" / name).read_text("utf-8"))
    return workflow


def parameters(workflow: dict[str, Any], kind: str) -> dict[str, Any]:
    (node,) = nodes(workflow, kind)
    return dict(node["parameters"])


@pytest.mark.parametrize(
    "folder", [FOLDER_ID, f"https://drive.google.com/drive/folders/{FOLDER_ID}?usp=drive_link"], ids=["id", "link"]
)
def test_the_workflow_has_the_stacks_function_folder_and_region(outputs: Path, folder: str) -> None:
    assert export(outputs, f"--folder={folder}") == DONE
    workflow = written(outputs, COMPRESS)
    assert parameters(workflow, INVOKE)["function"] == "=video-file-processor-dev"
    watched = parameters(workflow, TRIGGER)["folderToWatch"]
    assert watched == {
        "__rl": True,
        "mode": "url",
        "value": f"https://drive.google.com/drive/folders/{FOLDER_ID}",
    }
    assert any("choose **eu-central-1**" in note["parameters"]["content"] for note in nodes(workflow, NOTE))
    assert workflow["name"] == "Compress videos from Google Drive (dev)"


def test_nothing_else_is_changed(outputs: Path) -> None:
    assert export(outputs, f"--folder={FOLDER_ID}") == DONE
    plain, filled = read(COMPRESS), written(outputs, COMPRESS)
    assert filled["connections"] == plain["connections"]
    changed = [new["name"] for old, new in zip(plain["nodes"], filled["nodes"], strict=True) if old != new]
    assert changed == ["New file in the folder", "Ask the pipeline", "About"]
    assert written(outputs, TELL) == read(TELL)


def test_the_mail_goes_to_whom_it_should(outputs: Path) -> None:
    more = ("--mail-to=anna@example.org", "--mail-from=n8n@example.org")
    assert export(outputs, f"--folder={FOLDER_ID}", *more) == DONE
    mail = parameters(written(outputs, TELL), MAIL)
    assert (mail["toEmail"], mail["fromEmail"]) == ("anna@example.org", "n8n@example.org")


def test_a_person_is_told_what_is_left(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(outputs, f"--folder={FOLDER_ID}") == DONE
    said = capsys.readouterr().out
    assert "access key for the IAM user vcp-dev-n8n" in said
    for name in ("Google Drive of the studio", "AWS of the video pipeline", "Form of the video pipeline"):
        assert name in " ".join(said.split())


def test_programs_read_what_was_written(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(outputs, f"--folder={FOLDER_ID}", "--json") == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["error"] is None
    assert [Path(file).name for file in told["files"]] == [COMPRESS, TELL]
    assert (told["function"], told["region"]) == ("video-file-processor-dev", "eu-central-1")


@pytest.mark.parametrize(
    ("changed", "more", "told"),
    [
        ({"functionNames": None}, [f"--folder={FOLDER_ID}"], "no outputs yet: make deploy STACK=dev"),
        ({"n8nUserName": None}, [f"--folder={FOLDER_ID}"], "set vcp:n8nInvoker to true"),
        ({}, [], "Which Drive folder? Give its link with --folder"),
        ({}, ["--folder=https://example.org/x"], "is not a link to a Google Drive file"),
    ],
    ids=["not deployed", "no user for n8n", "no folder", "a folder of somebody else"],
)
def test_what_is_missing_is_a_sentence_and_nothing_is_written(
    outputs: Path, changed: dict[str, Any], more: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {key: value for key, value in {**OUTPUTS, **changed}.items() if value is not None}
    outputs.write_text(json.dumps(given), "utf-8")
    assert export(outputs, *more, "--json") == REFUSED
    assert told in json.loads(capsys.readouterr().out)["error"]
    assert not (outputs.parent / "n8n").exists()


@pytest.mark.parametrize("content", [None, "{", "[]"], ids=["no file", "no JSON", "no object"])
def test_outputs_that_are_none_are_told(outputs: Path, content: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    outputs.unlink() if content is None else outputs.write_text(content, "utf-8")
    assert export(outputs, f"--folder={FOLDER_ID}", "--json") == REFUSED
    assert str(outputs) in json.loads(capsys.readouterr().out)["error"]
