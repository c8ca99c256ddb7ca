"""Physical names of a stack's resources, and whether they fit.

Functions have the names that users and n8n workflows know (`vcp.wire.function_names`). These can exist once in an
account: the stack with `bareNames` has them, every other stack appends its own name. All other resources are called
`vcp-<stack>-<what>`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from vcp.wire.function_names import FUNCTION_NAMES

BUCKETS = ("temp", "compressed")

#: S3 user guide, "Bucket naming rules".
MAX_BUCKET_NAME = 63
#: Lambda CreateFunction; IAM CreateRole and CreateUser; EventBridge PutRule.
MAX_FUNCTION_NAME = 64
MAX_ROLE_NAME = 64
#: SQS CreateQueue.
MAX_QUEUE_NAME = 80
ACCOUNT_ID_LENGTH = 12


@dataclass(frozen=True)
class Names:
    """Names of one stack's resources."""

    stack: str
    region: str
    bare: bool

    def of(self, what: str) -> str:
        """Return `vcp-<stack>-<what>`."""
        return f"vcp-{self.stack}-{what}"

    def function(self, key: str) -> str:
        """Return the function's name, with the stack appended unless this stack has the bare names."""
        return FUNCTION_NAMES[key] if self.bare else f"{FUNCTION_NAMES[key]}-{self.stack}"

    @property
    def functions(self) -> list[str]:
        """The names of all functions."""
        return [self.function(key) for key in FUNCTION_NAMES]

    def role(self, key: str) -> str:
        """Return the name of a function's execution role."""
        return self.of(FUNCTION_NAMES[key])

    def failures(self, key: str) -> str:
        """Return the name of a function's failure queue."""
        return f"{self.role(key)}-failures"

    def bucket(self, which: str, account_id: pulumi.Input[str]) -> pulumi.Output[str]:
        """Return a bucket's name. Bucket names are global, so they contain account and region."""
        return pulumi.Output.concat(self.of(which), "-", account_id, "-", self.region)


def length_problem(stack: str, region: str, *, bare: bool) -> str | None:
    """Return why this stack name is too long in this region, or None."""
    names = Names(stack, region, bare)
    account_and_region = 1 + ACCOUNT_ID_LENGTH + 1 + len(region)
    lengths = {f"bucket {which}": (len(names.of(which)) + account_and_region, MAX_BUCKET_NAME) for which in BUCKETS}
    for key in FUNCTION_NAMES:
        lengths[f"function {key}"] = (len(names.function(key)), MAX_FUNCTION_NAME)
        lengths[f"role of {key}"] = (len(names.role(key)), MAX_ROLE_NAME)
        lengths[f"failure queue of {key}"] = (len(names.failures(key)), MAX_QUEUE_NAME)
    what, (length, limit) = max(lengths.items(), key=lambda item: item[1][0] - item[1][1])
    if length <= limit:
        return None
    return (
        f"Input should have at most {len(stack) - (length - limit)} characters, since the name of {what} would have "
        f"{length} of at most {limit}"
    )
