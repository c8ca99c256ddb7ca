"""The workflows as files: whole, known to the pinned n8n, without secrets, with the pipeline's own rule and answers.

That they work, `make test-n8n` shows with the real n8n.
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
from vcpctl.n8n.workflows import COMPRESS, FOLDER, INVOKE, MAIL, NOTE, TELL, TRIGGER, nodes, read

FILES = (COMPRESS, TELL)
FILTER, SWITCH, FORM = "n8n-nodes-base.filter", "n8n-nodes-base.switch", "n8n-nodes-base.formTrigger"
#: What a fresh n8n makes the person choose: only by name, since ids differ from n8n to n8n.
CREDENTIALS = {
    COMPRESS: {
        "googleApi": "Google Drive of the studio",
        "aws": "AWS of the video pipeline",
        "httpBasicAuth": "Form of the video pipeline",
    },
    TELL: {"smtp": "Mail of the studio"},
}
_SECRET = re.compile(r"AKIA[0-9A-Z]{16}|PRIVATE KEY|[A-Za-z0-9/+]{40}|password\"\s*:|token\"\s*:", re.IGNORECASE)


@pytest.fixture(params=FILES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def workflow(name: str) -> dict[str, Any]:
    return read(name)


@pytest.fixture
def compress() -> dict[str, Any]:
    return read(COMPRESS)


def only(workflow: Mapping[str, Any], kind: str) -> dict[str, Any]:
    (node,) = nodes(workflow, kind)
    return node


def arrows(workflow: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """From which node, by which of its outputs, to which node."""
    for source, kinds in workflow["connections"].items():
        assert set(kinds) == {"main"}
        for output, targets in enumerate(kinds["main"]):
            for target in targets:
                assert (target["type"], target["index"]) == ("main", 0)
                yield source, output, target["node"]


def after(workflow: Mapping[str, Any], node: str, output: int = 0) -> list[str]:
    return [target for source, number, target in arrows(workflow) if (source, number) == (node, output)]


def test_the_pinned_n8n_knows_every_node_its_version_and_its_parameters(workflow: dict[str, Any]) -> None:
    known = recorded()
    assert known["n8n"] == pinned_version()
    assert set(known["nodes"]) == used_types()
    for node in workflow["nodes"]:
        kind = known["nodes"][node["type"]]
        assert node["typeVersion"] in kind["versions"], node["name"]
        assert set(node["parameters"]) <= set(kind["parameters"]), node["name"]
        assert set(node.get("credentials", {})) <= set(kind["credentials"]), node["name"]


def test_names_and_ids_are_one_of_a_kind(workflow: dict[str, Any]) -> None:
    for key in ("name", "id"):
        assert max(Counter(node[key] for node in workflow["nodes"]).values()) == 1
    hooks = [node["webhookId"] for node in workflow["nodes"] if "webhookId" in node]
    assert len(set(hooks)) == len(hooks)


def test_no_arrow_dangles_and_no_node_stands_alone(workflow: dict[str, Any]) -> None:
    there = {node["name"] for node in workflow["nodes"] if node["type"] != NOTE}
    found = list(arrows(workflow))
    assert {end for source, _, target in found for end in (source, target)} == there
    triggers = {node["name"] for node in workflow["nodes"] if node["type"].endswith("rigger")}
    assert {target for _, _, target in found} == there - triggers


def test_credentials_are_named_and_nothing_in_it_is_secret(name: str, workflow: dict[str, Any]) -> None:
    found = {kind: reference for node in workflow["nodes"] for kind, reference in node.get("credentials", {}).items()}
    assert found == {kind: {"id": None, "name": title} for kind, title in CREDENTIALS[name].items()}
    text = (FOLDER / name).read_text("utf-8")
    assert _SECRET.findall(text.replace(only_regex(workflow), "")) == []
    assert "pinData" not in workflow
    assert "staticData" not in workflow


def only_regex(workflow: Mapping[str, Any]) -> str:
    """The filter's list of extensions, as it stands in the file: long, and no secret."""
    found = [node["parameters"]["conditions"]["conditions"][-1]["rightValue"] for node in nodes(workflow, FILTER)]
    return json.dumps(found[0])[1:-1] if found else "\0"


def test_a_person_reads_what_to_fill_in(workflow: dict[str, Any]) -> None:
    told = "\n".join(note["parameters"]["content"] for note in nodes(workflow, NOTE))
    assert "**To fill in**" in told
    for node in workflow["nodes"]:
        for reference in node.get("credentials", {}).values():
            assert f"*{reference['name']}*" in told
        if node["type"] in (TRIGGER, INVOKE, MAIL):
            assert f"*{node['name']}*" in told


def test_the_file_of_drive_goes_through_the_filter_to_the_door(compress: dict[str, Any]) -> None:
    trigger, invoke = only(compress, TRIGGER), only(compress, INVOKE)
    assert (trigger["parameters"]["event"], trigger["parameters"]["triggerOn"]) == ("fileCreated", "specificFolder")
    assert trigger["parameters"]["folderToWatch"]["value"] == ""
    assert after(compress, trigger["name"]) == [only(compress, FILTER)["name"]]
    assert after(compress, only(compress, FILTER)["name"]) == [invoke["name"]]
    assert invoke["parameters"]["function"] == "=video-file-processor"
    assert invoke["parameters"]["payload"] == "={{ JSON.stringify($json) }}"
    assert invoke["onError"] == "continueErrorOutput"


def test_the_form_sends_what_the_door_reads(compress: dict[str, Any]) -> None:
    form = only(compress, FORM)
    fields = {field["fieldName"]: field for field in form["parameters"]["formFields"]["values"]}
    assert set(fields) == {"fileUrl", "uploader"}
    assert fields["fileUrl"]["requiredField"] is True
    assert after(compress, form["name"]) == [only(compress, INVOKE)["name"]]
    assert form["parameters"]["authentication"] != "none"


def test_every_status_has_its_branch_and_anything_else_is_told(compress: dict[str, Any]) -> None:
    switch = only(compress, SWITCH)
    rules = switch["parameters"]["rules"]["values"]
    stated = [rule["conditions"]["conditions"][0]["rightValue"] for rule in rules]
    assert stated == [rule["outputKey"] for rule in rules]
    assert set(stated) == set(answer_schema()["properties"]["status"]["enum"])
    for number, status in enumerate(stated):
        (branch,) = after(compress, switch["name"], number)
        assert branch.lower().startswith(status)
    assert after(compress, switch["name"], len(stated)) == ["Nobody knows this answer"]


def test_a_failed_call_is_tried_again_a_few_times_and_then_told(compress: dict[str, Any]) -> None:
    invoke = only(compress, INVOKE)["name"]
    (by_whom,) = after(compress, invoke, 1)
    (again,) = after(compress, by_whom, 1)
    (wait,) = after(compress, again, 0)
    (told,) = after(compress, again, 1)
    assert after(compress, wait) == [invoke]
    assert told == "Tell a person"
    assert only(compress, "n8n-nodes-base.wait")["name"] == wait


@pytest.mark.parametrize("name", ["Nobody knows this answer", "Tell a person"])
def test_what_nobody_can_mend_alone_ends_the_execution_in_an_error(compress: dict[str, Any], name: str) -> None:
    """Only such an end sets n8n's error workflow going."""
    (node,) = (node for node in compress["nodes"] if node["name"] == name)
    assert node["type"] == "n8n-nodes-base.stopAndError"
    assert "$json" in node["parameters"]["errorMessage"] or "$input" in node["parameters"]["errorMessage"]


def test_n8n_keeps_a_wait_over_its_own_restart(compress: dict[str, Any]) -> None:
    """Below 65 seconds it waits in memory only (Wait.node.js of the pinned n8n)."""
    amount = only(compress, "n8n-nodes-base.wait")["parameters"]["amount"]
    found = re.fullmatch(r"=\{\{ (\d+) \* 2 \*\* \$runIndex \}\}", amount)
    assert found is not None
    assert int(found[1]) > 65


def test_the_filter_states_the_pipelines_own_rule(compress: dict[str, Any]) -> None:
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
def test_the_filter_lets_through_what_the_pipeline_would_announce(
    compress: dict[str, Any], example: dict[str, Any]
) -> None:
    """Its three conditions, worked out here; `make test-n8n` lets n8n itself work them out."""
    file, rule = example["file"], only(compress, FILTER)["parameters"]["conditions"]["conditions"][-1]["rightValue"]
    kind = file.get("mimeType", "")
    if kind == SHORTCUT_MIME_TYPE:
        kind = file.get("shortcutDetails", {}).get("targetMimeType", "")
    by_type_or_name = re.search(rule[1:-2], f"{kind} | {file.get('name', '')}", re.IGNORECASE)
    passes = file.get("trashed") is not True and not kind.startswith(GOOGLE_MIME_TYPES) and by_type_or_name is not None
    assert passes == example["submitted"] == is_candidate(msgspec.convert(file, DriveResource))
