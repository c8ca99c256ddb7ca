"""ARNs of a stack's resources, by the names of the pipeline's program (`infra.naming`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.names import state_bucket
from infra.naming import BUCKETS, Names


@dataclass(frozen=True)
class Place:
    """One stack in one account and region."""

    names: Names
    account_id: str
    partition: str

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.names.stack

    @property
    def region(self) -> str:
        """The stack's region."""
        return self.names.region

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource; `*` in it is a wildcard."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def ours(self, service: str, kind: str = "", what: str = "*") -> list[str]:
        """Return the stack's resources of a kind, such as `table/` or `rule/`, with names that match `what`."""
        return [self.arn(service, f"{kind}{self.names.of(what)}")]

    def iam(self, kind: str, what: str = "*") -> list[str]:
        """Return the stack's roles or users; IAM is global."""
        return [f"arn:{self.partition}:iam::{self.account_id}:{kind}/{self.names.of(what)}"]

    @property
    def buckets(self) -> list[str]:
        """The two buckets."""
        return [
            f"arn:{self.partition}:s3:::{self.names.of(which)}-{self.account_id}-{self.region}" for which in BUCKETS
        ]

    @property
    def functions(self) -> list[str]:
        """The functions."""
        return [self.arn("lambda", f"function:{name}") for name in self.names.functions]

    def logs(self, suffix: str) -> list[str]:
        """Return the functions' log groups; with the suffix `:*` their streams."""
        return [self.arn("logs", f"log-group:/aws/lambda/{name}{suffix}") for name in self.names.functions]

    @property
    def state_bucket(self) -> str:
        """The bucket with the state of all stacks."""
        return f"arn:{self.partition}:s3:::{state_bucket(self.account_id, self.region)}"


def below(arns: Sequence[str], suffix: str) -> list[str]:
    """Append a suffix to ARNs: `below(buckets, "/*")` are the objects of the buckets."""
    return [f"{arn}{suffix}" for arn in arns]
