"""A function's specification for an execution environment, for tests to modify."""

from __future__ import annotations

from localcloud.lambdahost.invocation import FunctionSpec

SPEC = FunctionSpec(
    function_name="fn",
    function_arn="arn:aws:lambda:us-east-1:123456789012:function:fn",
    version="$LATEST",
    role_arn="arn:aws:iam::123456789012:role/fn",
    image_uri="r@sha256:0",
    command=("app.handler",),
    environment=(),
    memory_mb=128,
    timeout_seconds=20,
    ephemeral_storage_mb=512,
    log_group="/aws/lambda/fn",
    region="us-east-1",
)
