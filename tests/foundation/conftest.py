"""Runs of the programs that several tests use."""

from __future__ import annotations

import pytest

from tests.foundation import harness
from tests.infra import harness as pipeline
from tests.infra.harness import Run


@pytest.fixture(scope="session")
def foundation() -> Run:
    """A foundation with CI."""
    return harness.run(harness.REPOSITORY)


@pytest.fixture(scope="session", params=["dev", "prod"])
def stack(request: pytest.FixtureRequest) -> tuple[str, Run]:
    """A stack of the pipeline with every optional part, as `make deploy` configures it."""
    name = str(request.param)
    given = {**pipeline.WHOLE, "bareNames": str(name == "prod").lower()}
    boundary = {"permissionsBoundary": f"arn:aws:iam::{pipeline.ACCOUNT}:policy/vcp-boundary-{name}"}
    return name, pipeline.run({**given, **boundary}, stack=name)
