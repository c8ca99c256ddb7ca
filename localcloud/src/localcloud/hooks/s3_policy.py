"""S3 bucket policies: the loopback endpoint counts as secure transport.

moto applies a conditional Deny regardless of its condition, so that the policy which every bucket should have (deny
when `aws:SecureTransport` is false) would reject every call over plain HTTP. Here conditions about the transport are
evaluated as for a TLS 1.3 connection; any other condition is rejected by name.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from localcloud.hooks.patching import replace_function

_TRANSPORT: Mapping[str, Any] = {"aws:securetransport": True, "s3:tlsversion": 1.3}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "Bool": lambda ours, given: bool(ours) == (str(given).lower() == "true"),
    "NumericEquals": lambda ours, given: float(ours) == float(given),
    "NumericLessThan": lambda ours, given: operator.lt(float(ours), float(given)),
    "NumericLessThanEquals": lambda ours, given: operator.le(float(ours), float(given)),
    "NumericGreaterThan": lambda ours, given: operator.gt(float(ours), float(given)),
    "NumericGreaterThanEquals": lambda ours, given: operator.ge(float(ours), float(given)),
}


def transport_condition_holds(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a condition about the transport holds. Raises NotImplementedError for any other condition."""
    for operation, tests in condition.items():
        compare = _COMPARE.get(operation.removesuffix("IfExists"))
        for key, given in tests.items():
            if compare is None or key.lower() not in _TRANSPORT:
                raise NotImplementedError(f"bucket policy condition {operation} {key} is not evaluated here")
            values = given if isinstance(given, list) else [given]
            if not any(compare(_TRANSPORT[key.lower()], value) for value in values):
                return False
    return True


def _on_secure_transport(_: Callable[..., Any]) -> Callable[[Any, str, str], Any]:
    def get_permission(self: Any, action: str, resource: str) -> Any:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        policy = json.loads(self.policy)
        statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
        holding = [
            {name: element for name, element in statement.items() if name != "Condition"}
            for statement in statements
            if transport_condition_holds(statement.get("Condition", {}))
        ]
        return IAMPolicy(json.dumps({**policy, "Statement": holding})).is_action_permitted(action, resource)

    return get_permission


def install() -> None:
    replace_function(FakeBucket, "get_permission", "self action resource", _on_secure_transport)
