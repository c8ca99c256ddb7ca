"""The foundation's configuration; defaults and descriptions are in foundation/Pulumi.yaml."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Self

import pulumi
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from foundation.names import FIRST_STACK, PROJECT
from infra.config import reading
from infra.config.types import Allowed, Region, StackName, matching
from infra.naming import length_problem
from vcp.domain.text.identifiers import camel_case

#: Stack names that are parts of our own names: CI's roles and the state begin with vcp-ci- and vcp-state-.
_RESERVED = frozenset({"ci", "state", "boundary", "foundation", "local"})


def _are_stacks(names: tuple[str, ...]) -> bool:
    return FIRST_STACK in names and not _RESERVED & set(names) and max(Counter(names).values()) == 1


Stacks = Annotated[
    tuple[StackName, ...],
    Allowed(
        f"a list of different stacks with {FIRST_STACK}, none called {', '.join(sorted(_RESERVED))}",
        _are_stacks,
    ),
]
Id = Annotated[str, matching(r"([1-9][0-9]*)?", "empty, or a number from GitHub's API")]
RepositoryName = Annotated[
    str,
    matching(
        r"([A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?/[A-Za-z0-9._-]{1,100})?",
        "empty, or a GitHub repository as owner/name",
    ),
]
Branch = Annotated[str, matching(r"[A-Za-z0-9][A-Za-z0-9._/-]*", "the name of a branch, without refs/heads/")]
ProviderArn = Annotated[
    str,
    matching(
        r"(arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com)?",
        "empty, or the ARN of GitHub's identity provider",
    ),
]


def _key_of(field: str) -> str:
    return f"{PROJECT}:{camel_case(field)}"


class Settings(BaseModel):
    """What may differ from account to account."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=_key_of)

    region: Annotated[Region, Field(alias="aws:region")]
    stacks: Stacks
    bare_names: str
    repository: RepositoryName
    owner_id: Id
    repository_id: Id
    branch: Branch
    github_provider: ProviderArn
    #: At least the images of two deployments, for a rollback.
    keep_deployed: Annotated[int, Field(ge=2, le=1000)]
    keep_revisions: Annotated[int, Field(ge=2, le=1000)]
    untagged_days: Annotated[int, Field(ge=1, le=3650)]

    @model_validator(mode="after")
    def _cross_checked(self) -> Self:
        errors = [
            reading.cross_error(Settings, "stacks", f"{problem}: {stack}", "region")
            for stack in self.stacks
            if (problem := length_problem(stack, self.region, bare=False))
        ]
        if self.bare_names and self.bare_names not in self.stacks:
            allowed = f"Input should be empty or one of {', '.join(self.stacks)}"
            errors.append(reading.cross_error(Settings, "bare_names", allowed, "stacks"))
        for field in ("owner_id", "repository_id"):
            if bool(getattr(self, field)) != bool(self.repository):
                # A name alone can be taken over by another owner.
                allowed = "Input should be set together with repository, or empty like it"
                errors.append(reading.cross_error(Settings, field, allowed, "repository"))
        if errors:
            raise ValidationError.from_exception_data("Settings", errors)
        return self


def load() -> Settings:
    """Return the settings. Raises `ConfigurationError` with every problem, before any resource exists."""
    return reading.load(Settings, f"the {pulumi.get_project()} project")
