"""Errors of the AWS endpoint for what moto does not implement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from localcloud.process import RunningCloud

ROLE = "arn:aws:iam::123456789012:role/worker"

MISSING: dict[str, Callable[[Any], Any]] = {
    "sqs StartMessageMoveTask": lambda client: client.start_message_move_task(SourceArn=ROLE),
    "iam SimulatePrincipalPolicy": lambda client: client.simulate_principal_policy(
        PolicySourceArn=ROLE, ActionNames=["s3:GetObject"]
    ),
    "lambda GET /2020-04-22/code-signing-configs": lambda client: client.list_code_signing_configs(),
    "sns GetDataProtectionPolicy": lambda client: client.get_data_protection_policy(ResourceArn=ROLE),
}


@pytest.mark.parametrize("what", sorted(MISSING))
def test_rejects_what_is_not_implemented_by_name_without_retries(cloud: RunningCloud, what: str) -> None:
    service, action = what.split(" ", 1)

    with pytest.raises(ClientError) as raised:
        MISSING[what](cloud.client(service))

    error = raised.value.response
    assert error["Error"]["Code"] == "NotImplemented"
    assert action in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_error_before_the_action_keeps_its_code(cloud: RunningCloud) -> None:
    answer = requests.put(
        f"{cloud.aws}/some-bucket/film.mp4",
        data=b"4\r\nabc",
        headers={
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        },
        timeout=10,
    )

    assert answer.status_code == 400
    assert "<Code>IncompleteBody</Code>" in answer.text
