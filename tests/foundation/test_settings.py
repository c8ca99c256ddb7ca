"""The foundation's configuration: a wrong value stops the program before any resource, with key and what it must be."""

from __future__ import annotations

import pytest

from foundation.names import PROJECT
from foundation.settings import Settings, SettingsError
from infra.settings import key_of
from tests.foundation.harness import REPOSITORY, declarations, run
from tests.infra.harness import Run

STACKS = "a list of stacks, dev among them, each once, none called boundary, ci, foundation, local, state"
ID = "empty, or a number as GitHub's API tells it"
NAME = "empty, or a GitHub repository as owner/name"
COUNT = "a whole number from 2 to 1,000"
WRONG = [
    ("stacks", "dev", "dev", STACKS),
    ("stacks", "[]", "[]", STACKS),
    ("stacks", '["prod"]', '["prod"]', STACKS),
    ("stacks", '["dev", "dev"]', '["dev", "dev"]', STACKS),
    ("stacks", '["dev", "ci"]', '["dev", "ci"]', STACKS),
    ("bareNames", None, "not set", "a text"),
    ("repository", "pipeline", "pipeline", NAME),
    ("repository", "https://github.com/studio/pipeline", "https://github.com/studio/pipeline", NAME),
    ("repository", "studio/pipeline:*", "studio/pipeline:*", NAME),
    ("repository", "studio/*", "studio/*", NAME),
    ("ownerId", "studio", "studio", ID),
    ("ownerId", "*", "*", ID),
    ("repositoryId", "0", "0", ID),
    ("repositoryId", "12 34", "12 34", ID),
    ("branch", "", "empty", "the name of a branch, without refs/heads/"),
    ("branch", "*", "*", "the name of a branch, without refs/heads/"),
    ("githubProvider", "github", "github", "empty, or the ARN of GitHub's identity provider"),
    ("keepDeployed", "1", "1", COUNT),
    ("keepRevisions", "all", "all", COUNT),
    ("untaggedDays", "0", "0", "a whole number from 1 to 3,650"),
]


def refusal(given: dict[str, str | None]) -> list[str]:
    """The program's sentences about this configuration; it must not have registered or asked for anything."""
    before = Run()
    with pytest.raises(SettingsError) as caught:
        run(given, before)
    assert {r.type for r in before.resources} <= {"pulumi:pulumi:Stack"}
    assert not before.calls
    return [line.removeprefix("  - ") for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize(("key", "value", "shown", "allowed"), WRONG, ids=[f"{k}={v}" for k, v, *_ in WRONG])
def test_a_wrong_value_is_refused_by_key_value_and_what_is_allowed(
    key: str, value: str | None, shown: str, allowed: str
) -> None:
    assert f"{PROJECT}:{key} is {shown}: it must be {allowed}" in refusal({**REPOSITORY, key: value})


def test_every_key_has_a_wrong_value_here_and_a_sentence_in_pulumi_yaml() -> None:
    assert {key for key, *_ in WRONG} == set(declarations()) == {key_of(name) for name in Settings.model_fields}
    assert all(entry["description"].endswith(".") for entry in declarations().values())


def test_a_repository_needs_its_ids_and_ids_need_a_repository() -> None:
    since = "both must be set or both empty, since a name alone can come to belong to somebody else"
    assert refusal({**REPOSITORY, "ownerId": ""}) == [
        f"{PROJECT}:ownerId is empty with {PROJECT}:repository studio/pipeline: {since}"
    ]
    assert refusal({"repositoryId": "5678"}) == [
        f"{PROJECT}:repositoryId is 5678 with {PROJECT}:repository empty: {since}"
    ]


def test_bare_names_belong_to_a_stack_that_there_is() -> None:
    assert refusal({"bareNames": "production"}) == [
        f"{PROJECT}:bareNames is production: it must be empty, or one of dev, prod"
    ]


def test_a_stack_must_be_one_that_the_pipeline_takes() -> None:
    (said,) = refusal({"stacks": '["dev", "prod", "My_Stack"]'})
    assert said.startswith(f"{PROJECT}:stacks: the stack's name is 'My_Stack': it becomes part of bucket names")


def test_a_region_is_needed() -> None:
    assert refusal({"aws:region": "Frankfurt"}) == [
        "aws:region is 'Frankfurt': it must be the name of an AWS region, such as eu-central-1"
    ]
