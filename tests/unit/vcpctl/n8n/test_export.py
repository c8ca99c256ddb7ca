"""`vcp n8n export`: workflows ready to import, or an error message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vcpctl.cli import run
from vcpctl.command_exit import DONE, NOT_STARTED
from vcpctl.n8n.workflows import COMPRESS, INVOKE, MAIL, NOTE, NOTIFY, TRIGGER, nodes, read_workflow

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
def test_fills_in_function_folder_and_region(outputs: Path, folder: str) -> None:
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


def test_changes_nothing_else(outputs: Path) -> None:
    assert export(outputs, f"--folder={FOLDER_ID}") == DONE
    plain, filled = read_workflow(COMPRESS), written(outputs, COMPRESS)
    assert filled["connections"] == plain["connections"]
    changed = [new["name"] for old, new in zip(plain["nodes"], filled["nodes"], strict=True) if old != new]
    assert changed == ["New file in the folder", "Submit to the pipeline", "About"]
    assert written(outputs, NOTIFY) == read_workflow(NOTIFY)


def test_fills_in_the_mail_addresses(outputs: Path) -> None:
    more = ("--mail-to=anna@example.org", "--mail-from=n8n@example.org")
    assert export(outputs, f"--folder={FOLDER_ID}", *more) == DONE
    mail = parameters(written(outputs, NOTIFY), MAIL)
    assert (mail["toEmail"], mail["fromEmail"]) == ("anna@example.org", "n8n@example.org")


def test_prints_the_next_steps(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(outputs, f"--folder={FOLDER_ID}") == DONE
    printed = capsys.readouterr().out
    assert "access key for the IAM user vcp-dev-n8n" in printed
    for name in ("Studio Google Drive", "Video pipeline AWS", "Video pipeline form"):
        assert name in " ".join(printed.split())


def test_json_has_what_was_written(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(outputs, f"--folder={FOLDER_ID}", "--json") == DONE
    document = json.loads(capsys.readouterr().out)
    assert document["error"] is None
    assert [Path(file).name for file in document["files"]] == [COMPRESS, NOTIFY]
    assert (document["function"], document["region"]) == ("video-file-processor-dev", "eu-central-1")


@pytest.mark.parametrize(
    ("changed", "more", "message"),
    [
        ({"functionNames": None}, [f"--folder={FOLDER_ID}"], "no outputs yet; deploy it: make deploy STACK=dev"),
        ({"n8nUserName": None}, [f"--folder={FOLDER_ID}"], "set vcp:n8nInvoker to true"),
        ({}, [], "No Drive folder: give its link with --folder"),
        ({}, ["--folder=https://example.org/x"], "is not a link to a Google Drive file"),
    ],
    ids=["not deployed", "no n8n user", "no folder", "not a Drive link"],
)
def test_reports_what_is_missing_and_writes_nothing(
    outputs: Path, changed: dict[str, Any], more: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {key: value for key, value in {**OUTPUTS, **changed}.items() if value is not None}
    outputs.write_text(json.dumps(given), "utf-8")
    assert export(outputs, *more, "--json") == NOT_STARTED
    assert message in json.loads(capsys.readouterr().out)["error"]
    assert not (outputs.parent / "n8n").exists()


@pytest.mark.parametrize("content", [None, "{", "[]"], ids=["no file", "invalid JSON", "not an object"])
def test_reports_unreadable_outputs(outputs: Path, content: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    outputs.unlink() if content is None else outputs.write_text(content, "utf-8")
    assert export(outputs, f"--folder={FOLDER_ID}", "--json") == NOT_STARTED
    assert str(outputs) in json.loads(capsys.readouterr().out)["error"]
