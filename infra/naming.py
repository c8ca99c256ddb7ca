"""Physical names: who is called what in the account, and whether it fits.

The three names that users and n8n flows of the first system know (`video-file-processor`, `completion-handler`,
`MetaDataLogger`) can exist once in an account. The stack with `bareNames` has them; every other stack appends its
own name. Names of ours follow the same rule and begin with `video-`, so that six functions stand together in a list
and none has a name as common as `notifier`. All else is `vcp-<stack>-<what>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pulumi

#: Function key (module of `vcp.handlers`) -> name as people know it.
FUNCTION_NAMES = {
    "intake": "video-file-processor",
    "transfer": "video-transfer",
    "completion": "completion-handler",
    "airtable_sync": "MetaDataLogger",
    "notifier": "video-notifier",
    "reconciler": "video-reconciler",
}
BUCKETS = ("temp", "compressed")

#: S3 user guide, "Bucket naming rules".
LONGEST_BUCKET_NAME = 63
#: Lambda CreateFunction; IAM CreateRole and CreateUser; EventBridge PutRule.
LONGEST_FUNCTION_NAME = 64
LONGEST_ROLE_NAME = 64
#: SQS CreateQueue.
LONGEST_QUEUE_NAME = 80
ACCOUNT_ID_LENGTH = 12
#: A bucket's name allows nothing else, without dots (they break TLS' wildcard certificate); CloudFormation's stack
#: names begin with a letter.
_STACK = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")


@dataclass(frozen=True)
class Names:
    """Names of one stack's resources. Check with `name_problems` first."""

    stack: str
    region: str
    bare: bool

    def of(self, what: str) -> str:
        """`vcp-<stack>-<what>`."""
        return f"vcp-{self.stack}-{what}"

    def function(self, key: str) -> str:
        """The function's name, with the stack appended unless this stack has the bare names."""
        return FUNCTION_NAMES[key] if self.bare else f"{FUNCTION_NAMES[key]}-{self.stack}"

    def role(self, key: str) -> str:
        """The execution role of a function."""
        return self.of(FUNCTION_NAMES[key])

    def failures(self, key: str) -> str:
        """The queue for what a function could not get done."""
        return f"{self.role(key)}-failures"

    def bucket(self, which: str, account_id: pulumi.Input[str]) -> pulumi.Output[str]:
        """Bucket names are the world's, so they carry account and region."""
        return pulumi.Output.concat(self.of(which), "-", account_id, "-", self.region)


def name_problems(stack: str, region: str, *, bare: bool) -> Iterator[str]:
    """What keeps this stack's name from being part of its resources' names: one sentence each."""
    if not _STACK.match(stack):
        yield (
            f"the stack's name is {stack!r}: it becomes part of bucket names, so it must be lower-case letters, digits "
            "and single hyphens, beginning with a letter"
        )
        return
    names = Names(stack, region, bare)
    lengths = {f"bucket {which}": (_bucket_length(names, which), LONGEST_BUCKET_NAME) for which in BUCKETS}
    for key in FUNCTION_NAMES:
        lengths[f"function {key}"] = (len(names.function(key)), LONGEST_FUNCTION_NAME)
        lengths[f"role of {key}"] = (len(names.role(key)), LONGEST_ROLE_NAME)
        lengths[f"failure queue of {key}"] = (len(names.failures(key)), LONGEST_QUEUE_NAME)
    excess = {what: length - most for what, (length, most) in lengths.items() if length > most}
    if excess:
        worst = max(excess, key=lambda what: excess[what])
        yield (
            f"the stack's name is {stack!r}: the name of {worst} would be {lengths[worst][0]} characters long; it must "
            f"be {lengths[worst][1]} at most, so the stack's name may have {len(stack) - excess[worst]}"
        )


def _bucket_length(names: Names, which: str) -> int:
    return len(names.of(which)) + 1 + ACCOUNT_ID_LENGTH + 1 + len(names.region)
