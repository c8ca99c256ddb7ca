"""Apply all hooks, one module each, to moto in this process."""

from __future__ import annotations

from localcloud.hooks import (
    dynamodb,
    iam,
    logs,
    memory,
    routing,
    s3_checksums,
    s3_contents,
    s3_multipart,
    s3_policy,
    serializing,
    sqs,
)

_HOOKS = (memory, routing, serializing, iam, dynamodb, logs, sqs, s3_contents, s3_checksums, s3_multipart, s3_policy)


def install_hooks() -> None:
    """Apply every hook, once per process. Raises MotoChanged when moto is not what the hooks were written for."""
    for hook in _HOOKS:
        hook.install()
