"""Wrong configuration of the foundation stops the program before any resource, with key, value and what is allowed."""

from __future__ import annotations

import pytest

from foundation.names import PROJECT
from foundation.settings import Settings
from infra.config.reading import ConfigurationError, keys
from tests.foundation.harness import REPOSITORY, declarations, run
from tests.infra.harness import Run

#: Key, wrong value, a part of the message.
WRONG = [
    ("stacks", "dev", "a valid tuple"),
    ("stacks", "[]", "a list of different stacks with dev"),
    ("stacks", '["prod"]', "a list of different stacks with dev"),
    ("stacks", '["dev", "dev"]', "a list of different stacks with dev"),
    ("stacks", '["dev", "ci"]', "none called boundary, ci, foundation, local, state"),
    ("bareNames", None, "Field required"),
    ("repository", "pipeline", "as owner/name"),
    ("repository", "https://github.com/studio/pipeline", "as owner/name"),
    ("repository", "studio/pipeline:*", "as owner/name"),
    ("repository", "studio/*", "as owner/name"),
    ("ownerId", "studio", "a number"),
    ("ownerId", "*", "a number"),
    ("repositoryId", "0", "a number"),
    ("repositoryId", "12 34", "a number"),
    ("branch", "", "the name of a branch"),
    ("branch", "*", "the name of a branch"),
    ("githubProvider", "github", "the ARN of GitHub's identity provider"),
    ("keepDeployed", "1", "greater than or equal to 2"),
    ("keepRevisions", "all", "a valid integer"),
    ("untaggedDays", "0", "greater than or equal to 1"),
]


def problems(given: dict[str, str | None]) -> list[str]:
    """Return the program's errors about this configuration; it must not have registered or read anything."""
    before = Run()
    with pytest.raises(ConfigurationError) as caught:
        run(given, before)
    assert {r.type for r in before.resources} <= {"pulumi:pulumi:Stack"}
    assert not before.calls
    return [line.removeprefix("  - ") for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize(("key", "value", "allowed"), WRONG, ids=[f"{k}={v}" for k, v, _ in WRONG])
def test_rejects_a_wrong_value_with_key_value_and_what_is_allowed(key: str, value: str | None, allowed: str) -> None:
    (line,) = problems({**REPOSITORY, key: value})
    shown = "not set" if value is None else repr(value)
    assert line.startswith(f"{PROJECT}:{key} is {shown}: ")
    assert allowed in line


def test_every_key_has_a_wrong_value_here_and_a_description_in_pulumi_yaml() -> None:
    own = {key.removeprefix(f"{PROJECT}:") for key in keys(Settings).values() if key.startswith(PROJECT)}
    assert {key for key, *_ in WRONG} == set(declarations()) == own
    assert all(entry["description"].endswith(".") for entry in declarations().values())


def test_a_repository_and_its_ids_must_be_set_together() -> None:
    allowed = "Input should be set together with repository, or empty like it"
    assert problems({**REPOSITORY, "ownerId": ""}) == [
        f"{PROJECT}:ownerId is '' with {PROJECT}:repository 'studio/pipeline': {allowed}"
    ]
    assert problems({"repositoryId": "5678"}) == [
        f"{PROJECT}:repositoryId is '5678' with {PROJECT}:repository '': {allowed}"
    ]


def test_bare_names_must_be_an_existing_stack() -> None:
    (line,) = problems({"bareNames": "production"})
    assert line.startswith(f"{PROJECT}:bareNames is 'production' with {PROJECT}:stacks ")
    assert line.endswith(": Input should be empty or one of dev, prod")


def test_rejects_stack_names_that_the_pipeline_rejects() -> None:
    (invalid,) = problems({"stacks": '["dev", "prod", "My_Stack"]'})
    assert invalid.startswith(f"{PROJECT}:stacks[2] is 'My_Stack': Input should be lower-case letters")
    (long,) = problems({"stacks": f'["dev", "prod", "{"s" * 60}"]'})
    assert long.startswith(f"{PROJECT}:stacks is ")
    assert "at most 22 characters" in long


def test_requires_a_region() -> None:
    (line,) = problems({"aws:region": "Frankfurt"})
    assert line.startswith("aws:region is 'Frankfurt': Input should be the name of an AWS region")


def test_rejects_an_unknown_key() -> None:
    assert problems({"stack": "dev"}) == [f"{PROJECT}:stack is an unknown key; did you mean {PROJECT}:stacks?"]
