"""The workflow files: consistent, valid for the pinned n8n, without secrets, with the pipeline's own filter rule.

`make test-n8n` runs them in the real n8n.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from tests.n8n.node_types import pinned_version, recorded, used_types
from tests.unit.domain.intake.test_candidates import EXAMPLES
from vcp.domain.intake.candidates import VIDEO_EXTENSIONS, is_candidate
from vcp.domain.intake.drive_resource import GOOGLE_MIME_TYPES, SHORTCUT_MIME_TYPE, DriveResource
from vcpctl.n8n.schema import answer_schema
from vcpctl.n8n.workflows import COMPRESS, FOLDER, INVOKE, MAIL, NOTE, NOTIFY, TRIGGER, nodes, read_workflow

FILES = (COMPRESS, NOTIFY)
FILTER, SWITCH, FORM = "n8n-nodes-base.filter", "n8n-nodes-base.switch", "n8n-nodes-base.formTrigger"
#: Credentials are referred to by name only, since their ids differ in each n8n.
CREDENTIALS = {
    COMPRESS: {
        "googleApi": "Studio Google Drive",
        "aws": "Video pipeline AWS",
        "httpBasicAuth": "Video pipeline form",
    },
    NOTIFY: {"smtp": "Studio email"},
}
_SECRET = re.compile(r"AKIA[0-9A-Z]{16}|PRIVATE KEY|[A-Za-z0-9/+]{40}|password\"\s*:|token\"\s*:", re.IGNORECASE)


@pytest.fixture(params=FILES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def workflow(name: str) -> dict[str, Any]:
    return read_workflow(name)


@pytest.fixture
def compress() -> dict[str, Any]:
    return read_workflow(COMPRESS)


def only(workflow: Mapping[str, Any], kind: str) -> dict[str, Any]:
    (node,) = nodes(workflow, kind)
    return node


def connections(workflow: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Yield the connections: node, number of its output, target node."""
    for source, kinds in workflow["connections"].items():
        assert set(kinds) == {"main"}
        for output, targets in enumerate(kinds["main"]):
            for target in targets:
                assert (target["type"], target["index"]) == ("main", 0)
                yield source, output, target["node"]


def after(workflow: Mapping[str, Any], node: str, output: int = 0) -> list[str]:
    return [target for source, number, target in connections(workflow) if (source, number) == (node, output)]


def test_the_pinned_n8n_has_every_node_version_and_parameter(workflow: dict[str, Any]) -> None:
    known = recorded()
    assert known["n8n"] == pinned_version()
    assert set(known["nodes"]) == used_types()
    for node in workflow["nodes"]:
        kind = known["nodes"][node["type"]]
        assert node["typeVersion"] in kind["versions"], node["name"]
        assert set(node["parameters"]) <= set(kind["parameters"]), node["name"]
        assert set(node.get("credentials", {})) <= set(kind["credentials"]), node["name"]


def test_names_and_ids_are_unique(workflow: dict[str, Any]) -> None:
    for key in ("name", "id"):
        assert max(Counter(node[key] for node in workflow["nodes"]).values()) == 1
    hooks = [node["webhookId"] for node in workflow["nodes"] if "webhookId" in node]
    assert len(set(hooks)) == len(hooks)


def test_every_node_is_connected_and_every_connection_has_its_nodes(workflow: dict[str, Any]) -> None:
    there = {node["name"] for node in workflow["nodes"] if node["type"] != NOTE}
    found = list(connections(workflow))
    assert {end for source, _, target in found for end in (source, target)} == there
    triggers = {node["name"] for node in workflow["nodes"] if node["type"].endswith("rigger")}
    assert {target for _, _, target in found} == there - triggers


def test_credentials_are_names_and_there_is_no_secret(name: str, workflow: dict[str, Any]) -> None:
    found = {kind: reference for node in workflow["nodes"] for kind, reference in node.get("credentials", {}).items()}
    assert found == {kind: {"id": None, "name": title} for kind, title in CREDENTIALS[name].items()}
    text = (FOLDER / name).read_text("utf-8")
    assert _SECRET.findall(text.replace(filter_regex(workflow), "")) == []
    assert "pinData" not in workflow
    assert "staticData" not in workflow


def filter_regex(workflow: Mapping[str, Any]) -> str:
    """Return the filter's list of extensions as in the file; it is as long as a secret."""
    found = [node["parameters"]["conditions"]["conditions"][-1]["rightValue"] for node in nodes(workflow, FILTER)]
    return json.dumps(found[0])[1:-1] if found else "\0"


def test_the_notes_name_what_to_fill_in(workflow: dict[str, Any]) -> None:
    text = "\n".join(note["parameters"]["content"] for note in nodes(workflow, NOTE))
    assert "**To fill in**" in text
    for node in workflow["nodes"]:
        for reference in node.get("credentials", {}).values():
            assert f"*{reference['name']}*" in text
        if node["type"] in (TRIGGER, INVOKE, MAIL):
            assert f"*{node['name']}*" in text


def test_a_drive_file_goes_through_the_filter_to_the_intake(compress: dict[str, Any]) -> None:
    trigger, invoke = only(compress, TRIGGER), only(compress, INVOKE)
    assert (trigger["parameters"]["event"], trigger["parameters"]["triggerOn"]) == ("fileCreated", "specificFolder")
    assert trigger["parameters"]["folderToWatch"]["value"] == ""
    assert after(compress, trigger["name"]) == [only(compress, FILTER)["name"]]
    assert after(compress, only(compress, FILTER)["name"]) == [invoke["name"]]
    assert invoke["parameters"]["function"] == "=video-file-processor"
    assert invoke["parameters"]["payload"] == "={{ JSON.stringify($json) }}"
    assert invoke["onError"] == "continueErrorOutput"


def test_the_form_sends_the_fields_of_the_intake(compress: dict[str, Any]) -> None:
    form = only(compress, FORM)
    fields = {field["fieldName"]: field for field in form["parameters"]["formFields"]["values"]}
    assert set(fields) == {"fileUrl", "uploader"}
    assert fields["fileUrl"]["requiredField"] is True
    assert after(compress, form["name"]) == [only(compress, INVOKE)["name"]]
    assert form["parameters"]["authentication"] != "none"


def test_every_status_has_its_branch(compress: dict[str, Any]) -> None:
    switch = only(compress, SWITCH)
    rules = switch["parameters"]["rules"]["values"]
    stated = [rule["conditions"]["conditions"][0]["rightValue"] for rule in rules]
    assert stated == [rule["outputKey"] for rule in rules]
    assert set(stated) == set(answer_schema()["properties"]["status"]["enum"])
    for number, status in enumerate(stated):
        (branch,) = after(compress, switch["name"], number)
        assert branch.lower().startswith(status)
    assert after(compress, switch["name"], len(stated)) == ["Unknown status"]


def test_a_failed_call_is_retried_and_then_fails_the_execution(compress: dict[str, Any]) -> None:
    invoke = only(compress, INVOKE)["name"]
    (from_form,) = after(compress, invoke, 1)
    (retry,) = after(compress, from_form, 1)
    (wait,) = after(compress, retry, 0)
    (failure,) = after(compress, retry, 1)
    assert after(compress, wait) == [invoke]
    assert failure == "Fail the execution"
    assert only(compress, "n8n-nodes-base.wait")["name"] == wait


@pytest.mark.parametrize("name", ["Unknown status", "Fail the execution"])
def test_permanent_failures_end_the_execution_in_an_error(compress: dict[str, Any], name: str) -> None:
    """n8n starts the error workflow only after an error."""
    (node,) = (node for node in compress["nodes"] if node["name"] == name)
    assert node["type"] == "n8n-nodes-base.stopAndError"
    assert "$json" in node["parameters"]["errorMessage"] or "$input" in node["parameters"]["errorMessage"]


def test_waits_survive_a_restart_of_n8n(compress: dict[str, Any]) -> None:
    """Below 65 seconds n8n waits in memory only (Wait.node.js of the pinned n8n)."""
    amount = only(compress, "n8n-nodes-base.wait")["parameters"]["amount"]
    found = re.fullmatch(r"=\{\{ (\d+) \* 2 \*\* \$runIndex \}\}", amount)
    assert found is not None
    assert int(found[1]) > 65


def test_the_filter_has_the_pipelines_rule(compress: dict[str, Any]) -> None:
    rule = only(compress, FILTER)["parameters"]["conditions"]
    conditions = {each["id"]: each for each in rule["conditions"]}
    assert rule["combinator"] == "and"
    assert [(name, each["operator"]["operation"]) for name, each in conditions.items()] == [
        ("not-in-the-trash", "false"),
        ("no-folder-no-document", "notStartsWith"),
        ("a-video-by-type-or-name", "regex"),
    ]
    assert conditions["not-in-the-trash"]["leftValue"] == "={{ $json.trashed === true }}"
    assert conditions["no-folder-no-document"]["rightValue"] == GOOGLE_MIME_TYPES
    pattern, flags = re.fullmatch(r"/(.*)/(\w*)", conditions["a-video-by-type-or-name"]["rightValue"]).groups()  # type: ignore[union-attr]
    assert flags == "i"
    extensions = re.search(r"\(([a-z0-9|]+)\)", pattern)
    assert extensions is not None
    assert set(extensions[1].split("|")) == VIDEO_EXTENSIONS
    assert all(SHORTCUT_MIME_TYPE in each["leftValue"] for each in list(conditions.values())[1:])


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{each['file'].get('name')}" for each in EXAMPLES])
def test_the_filter_passes_what_the_pipeline_would_submit(compress: dict[str, Any], example: dict[str, Any]) -> None:
    """Evaluates the three conditions in Python; `make test-n8n` has n8n evaluate them."""
    file, rule = example["file"], only(compress, FILTER)["parameters"]["conditions"]["conditions"][-1]["rightValue"]
    kind = file.get("mimeType", "")
    if kind == SHORTCUT_MIME_TYPE:
        kind = file.get("shortcutDetails", {}).get("targetMimeType", "")
    by_type_or_name = re.search(rule[1:-2], f"{kind} | {file.get('name', '')}", re.IGNORECASE)
    passes = file.get("trashed") is not True and not kind.startswith(GOOGLE_MIME_TYPES) and by_type_or_name is not None
    assert passes == example["submitted"] == is_candidate(msgspec.convert(file, DriveResource))
