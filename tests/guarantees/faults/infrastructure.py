"""Faults of the Pulumi program, made in the resources that it registers: any program with them is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from google.protobuf.json_format import MessageToDict
from pulumi.runtime.mocks import MockMonitor

from tests.guarantees.faults.followers import RAISED
from tests.guarantees.registry import Guarantee, Patch
from vcp.adapters.google.credentials import credentials_of
from vcp.domain.errors import PermanentError

ACCESS = "tests/infra/test_access.py"
FAILURES = "tests/infra/test_failures.py"
STACK = "tests/infra/test_stack.py"
TIME_LIMITS = "tests/infra/test_time_limits.py"

Inputs = dict[str, Any]


def _registered(patch: Patch, kind: str, change: Callable[[Inputs], object]) -> None:
    """Change the inputs of all resources of a type, as Pulumi's engine receives them."""

    def register(original: Callable[..., Any], self: MockMonitor, request: Any) -> Any:
        if request.type == kind:
            inputs = MessageToDict(request.object)
            change(inputs)
            request.object.Clear()
            request.object.update(inputs)
        return original(self, request)

    patch.around(MockMonitor.RegisterResource, register)


def _statements(key: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Inputs], None]:
    """Change every statement of the policy in an input."""

    def changed(inputs: Inputs) -> None:
        policy = json.loads(inputs[key])
        for statement in policy["Statement"]:
            change(statement)
        inputs[key] = json.dumps(policy)

    return changed


def _without(*keys: str) -> Callable[[Inputs], None]:
    def changed(inputs: Inputs) -> None:
        for key in keys:
            inputs.pop(key, None)

    return changed


NARROW = Guarantee(
    "Every identity may do exactly what it needs",
    "Each function, MediaConvert and n8n has a role or user of its own with the actions and resources that it uses, "
    "inside the stack's permissions boundary. n8n's key is kept on a server that is not ours: it may submit files and "
    "nothing else.",
)


@NARROW.fault("The functions may do more to what they use than they need", ACCESS)
def roles_are_too_wide(patch: Patch) -> None:
    def widen(statement: dict[str, Any]) -> None:
        statement["Action"] = [f"{action.partition(':')[0]}:*" for action in statement["Action"]]

    _registered(patch, "aws:iam/rolePolicy:RolePolicy", _statements("policy", widen))


@NARROW.fault("The key of n8n may invoke every function", ACCESS)
def n8n_may_invoke_everything(patch: Patch) -> None:
    change = _statements("policy", lambda statement: statement.update(Resource=["*"]))
    _registered(patch, "aws:iam/userPolicy:UserPolicy", change)


@NARROW.fault("Roles are created without the permissions boundary", ACCESS)
def roles_have_no_boundary(patch: Patch) -> None:
    _registered(patch, "aws:iam/role:Role", _without("permissionsBoundary"))


PRIVATE = Guarantee(
    "Secrets stay secret, and data stays private",
    "Secrets are encrypted in Pulumi's state and never quoted in an error. Buckets are private and reached over TLS "
    "only; data is protected from deletion.",
)


@PRIVATE.fault("Secrets are registered in plain text", ACCESS)
def secrets_are_plain_text(patch: Patch) -> None:
    def unwrap(inputs: Inputs) -> None:
        inputs["secretString"] = inputs["secretString"]["value"]

    _registered(patch, "aws:secretsmanager/secretVersion:SecretVersion", unwrap)


@PRIVATE.fault("An error quotes a Google key that cannot be read", "tests/integration/google/test_credentials.py")
def secret_is_quoted(patch: Patch) -> None:
    def credentials(original: Callable[..., Any], key: str) -> Any:
        try:
            return original(key)
        except PermanentError as error:
            raise PermanentError(error.code, error.sentence, f"not a key: {key}") from error

    patch.around(credentials_of, credentials)


@PRIVATE.fault("Buckets may be made public", STACK)
def buckets_may_be_public(patch: Patch) -> None:
    kind = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    _registered(patch, kind, lambda inputs: inputs.update(blockPublicPolicy=False))


@PRIVATE.fault("The ledger can be deleted", STACK)
def ledger_is_not_protected(patch: Patch) -> None:
    _registered(patch, "aws:dynamodb/table:Table", _without("deletionProtectionEnabled"))


@RAISED.fault("An event that EventBridge cannot deliver is dropped", FAILURES)
def undelivered_events_are_dropped(patch: Patch) -> None:
    _registered(patch, "aws:cloudwatch/eventTarget:EventTarget", _without("deadLetterConfig"))


@RAISED.fault("An event that a function fails to handle is dropped", FAILURES)
def unhandled_events_are_dropped(patch: Patch) -> None:
    kind = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    _registered(patch, kind, _without("destinationConfig"))


@RAISED.fault("A stream record that a function fails to handle is dropped", FAILURES)
def unhandled_records_are_dropped(patch: Patch) -> None:
    _registered(patch, "aws:lambda/eventSourceMapping:EventSourceMapping", _without("destinationConfig"))


@RAISED.fault("Lambda ignores which records of a batch failed", FAILURES)
def partial_failures_are_ignored(patch: Patch) -> None:
    _registered(patch, "aws:lambda/eventSourceMapping:EventSourceMapping", _without("functionResponseTypes"))


@RAISED.fault("A message that always fails is received a thousand times", FAILURES)
def receives_are_not_bounded(patch: Patch) -> None:
    def loosen(inputs: Inputs) -> None:
        if "redrivePolicy" in inputs:
            inputs["redrivePolicy"] = json.dumps({**json.loads(inputs["redrivePolicy"]), "maxReceiveCount": 1000})

    _registered(patch, "aws:sqs/queue:Queue", loosen)


@RAISED.fault("A message becomes visible while its worker may still be running", FAILURES)
def visibility_timeout_is_too_short(patch: Patch) -> None:
    _registered(patch, "aws:sqs/queue:Queue", lambda inputs: inputs.update(visibilityTimeoutSeconds=900))


@RAISED.fault("Alarms notify no one", FAILURES)
def alarms_notify_no_one(patch: Patch) -> None:
    _registered(patch, "aws:cloudwatch/metricAlarm:MetricAlarm", lambda inputs: inputs.update(alarmActions=[]))


@RAISED.fault("The intake may take longer than n8n waits for it", TIME_LIMITS)
def intake_outlasts_its_caller(patch: Patch) -> None:
    _registered(patch, "aws:lambda/function:Function", lambda inputs: inputs.update(timeout=900))
