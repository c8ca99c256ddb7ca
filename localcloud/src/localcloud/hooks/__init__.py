"""Hooks that mend moto in this process, one module each.

`install()` applies all of them. Each asserts that what it replaces still exists with the signature that it
expects, and each has a contract test that tells when moto changes.
"""

from __future__ import annotations


def install() -> None:
    """Apply every hook, once a process. Raises MotoChanged when moto is not what the hooks were written for."""
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

    everywhere = (memory, routing, serializing)
    for hook in (*everywhere, iam, dynamodb, logs, sqs, s3_contents, s3_checksums, s3_multipart, s3_policy):
        hook.install()
