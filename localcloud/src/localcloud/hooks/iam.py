"""IAM: the resource of a call, and an exchangeable evaluator.

moto treats DynamoDB, SNS and Secrets Manager calls as calls on "*", so that a correct narrow grant would be denied.
Authorization is off until `evaluator` is set; then it decides about every call instead of moto.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin
from moto.dynamodb.responses import DynamoHandler
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.sns.responses import SNSResponse

from localcloud.hooks.patching import add_method, replace_function

#: Called with moto's response object (headers, body, action, account, region) and the ARN of the resource; raises
#: the service's access-denied error. None: moto's own check, which is off by default.
Evaluator = Callable[[Any, str], None]
evaluator: Evaluator | None = None


def _table(self: Any) -> str:
    table = self.body.get("TableName") if isinstance(self.body, dict) else None
    if table is None:
        return "*"  # ListTables, DescribeEndpoints; transactions and batches have several resources
    if str(table).startswith("arn:"):
        return str(table)
    return f"arn:{self.partition}:dynamodb:{self.region}:{self.current_account}:table/{table}"


def _topic(self: Any) -> str:
    return str(self._get_param("TopicArn") or self._get_param("TargetArn") or "*")


def _secret(self: Any) -> str:
    secret = self._get_param("SecretId")
    if secret is None or str(secret).startswith("arn:"):
        return str(secret or "*")
    stored = self.backend.secrets.get(secret)
    return str(stored.arn) if stored is not None else "*"


def _evaluated(original: Callable[[Any, type, str], None]) -> Callable[[Any, type, str], None]:
    def _authenticate_and_authorize_action(self: Any, iam_request_cls: type, resource: str = "*") -> None:
        if evaluator is not None:
            evaluator(self, resource)
        else:
            original(self, iam_request_cls, resource)

    return _authenticate_and_authorize_action


def install() -> None:
    add_method(DynamoHandler, "_determine_resource", _table)
    add_method(SNSResponse, "_determine_resource", _topic)
    add_method(SecretsManagerResponse, "_determine_resource", _secret)
    replace_function(
        ActionAuthenticatorMixin, "_authenticate_and_authorize_action", "self iam_request_cls resource", _evaluated
    )
