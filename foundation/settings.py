"""The foundation's configuration as one frozen model. Keys, defaults and meanings stand in Pulumi.yaml."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import pulumi
from pulumi.runtime import config
from pydantic import BaseModel, ConfigDict, Field

from foundation.names import FIRST_STACK
from infra.allowed import Rule, is_region
from infra.naming import name_problems
from infra.refusals import fault, kind_of
from infra.settings import key_of
from vcp.domain.text.constraints import allowed_words

#: Names of ours that a stack would take: CI's roles and the state begin with vcp-ci- and vcp-state-.
_TAKEN = frozenset({"ci", "state", "boundary", "foundation", "local"})
_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?/[A-Za-z0-9._-]{1,100}")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_PROVIDER = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com")


def _matching(words: str, pattern: re.Pattern[str] | None, *, empty: bool = True) -> Rule:
    def check(text: str) -> None:
        if (text or not empty) and not (pattern or re.compile(r"[1-9][0-9]*")).fullmatch(text):
            raise ValueError

    return Rule(words, check)


def _stacks(names: tuple[str, ...]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if FIRST_STACK not in names or repeated or _TAKEN & set(names):
        raise ValueError


Stacks = Annotated[
    tuple[str, ...],
    Rule(f"a list of stacks, {FIRST_STACK} among them, each once, none called {', '.join(sorted(_TAKEN))}", _stacks),
]
Id = Annotated[str, _matching("empty, or a number as GitHub's API tells it", None)]


class Settings(BaseModel):
    """What may differ from account to account. Field `keep_deployed` is the key `vcp-foundation:keepDeployed`."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=key_of)

    stacks: Stacks
    bare_names: str
    repository: Annotated[str, _matching("empty, or a GitHub repository as owner/name", _REPOSITORY)]
    owner_id: Id
    repository_id: Id
    branch: Annotated[str, _matching("the name of a branch, without refs/heads/", _BRANCH, empty=False)]
    github_provider: Annotated[str, _matching("empty, or the ARN of GitHub's identity provider", _PROVIDER)]
    #: ECR, PutLifecyclePolicy: at least 1. Rolling back needs one more than what runs.
    keep_deployed: Annotated[int, Field(ge=2, le=1000)]
    keep_revisions: Annotated[int, Field(ge=2, le=1000)]
    untagged_days: Annotated[int, Field(ge=1, le=3650)]


class SettingsError(pulumi.RunError):
    """The configuration is wrong; one line a problem. Pulumi shows it without a traceback."""

    def __init__(self, problems: list[str]) -> None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"the configuration of the foundation is not usable:\n{lines}")
        self.problems = problems


def load() -> tuple[Settings, str]:
    """The settings and the AWS region. Raises `SettingsError` with every problem, before the first resource."""
    project = pulumi.get_project()
    given = {name: config.get_config(f"{project}:{key_of(name)}") for name in Settings.model_fields}
    values = {name: _decoded(name, text) for name, text in given.items()}
    region = config.get_config("aws:region") or ""
    problems = [problem for name in given if (problem := _problem(project, name, values[name], given[name]))]
    if not is_region(region):
        problems.append(f"aws:region is {region!r}: it must be the name of an AWS region, such as eu-central-1")
    if not problems:
        settings = Settings.model_validate({key_of(name): value for name, value in values.items()})
        problems = list(_disagreements(project, settings, region))
    if problems:
        raise SettingsError(problems)
    return settings, region


def _decoded(name: str, text: str | None) -> Any:
    """Lists are JSON in Pulumi's configuration."""
    if text is None or name != "stacks":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _problem(project: str, name: str, value: Any, text: str | None) -> str | None:
    """The sentence about one key, or nothing."""
    kind = kind_of(Settings.model_fields[name])
    if fault(kind, value) is None:
        return None
    shown = "not set" if text is None else text or "empty"  # nothing here is secret
    return f"{project}:{key_of(name)} is {shown}: it must be {allowed_words([kind])}"


def _disagreements(project: str, settings: Settings, region: str) -> Iterator[str]:
    """What is right by itself but not beside the rest."""
    for stack in settings.stacks:
        for problem in name_problems(stack, region, bare=False):
            yield f"{project}:stacks: {problem}"
    if settings.bare_names and settings.bare_names not in settings.stacks:
        yield f"{project}:bareNames is {settings.bare_names}: it must be empty, or one of {', '.join(settings.stacks)}"
    ids = {"ownerId": settings.owner_id, "repositoryId": settings.repository_id}
    for key, value in ids.items():
        if bool(value) != bool(settings.repository):
            beside = f"{project}:repository {settings.repository or 'empty'}"
            yield (
                f"{project}:{key} is {value or 'empty'} with {beside}: both must be set or both empty, since a name "
                "alone can come to belong to somebody else"
            )
