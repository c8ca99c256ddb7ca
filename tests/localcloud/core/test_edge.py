"""What the AWS endpoint answers where moto has nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.process import RunningCloud

ROLE = "arn:aws:iam::123456789012:role/somebody"

MISSING: dict[str, Callable[[Any], Any]] = {
    "sqs StartMessageMoveTask": lambda client: client.start_message_move_task(SourceArn=ROLE),
    "iam SimulatePrincipalPolicy": lambda client: client.simulate_principal_policy(
        PolicySourceArn=ROLE, ActionNames=["s3:GetObject"]
    ),
    "lambda GET /2020-04-22/code-signing-configs": lambda client: client.list_code_signing_configs(),
    "sns GetDataProtectionPolicy": lambda client: client.get_data_protection_policy(ResourceArn=ROLE),
}


@pytest.mark.parametrize("what", sorted(MISSING))
def test_what_is_not_implemented_is_refused_by_name_and_not_tried_again(cloud: RunningCloud, what: str) -> None:
    service, action = what.split(" ", 1)

    with pytest.raises(ClientError) as refused:
        MISSING[what](cloud.client(service))

    error = refused.value.response
    assert error["Error"]["Code"] == "NotImplemented"
    assert action in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["ResponseMetadata"]["RetryAttempts"] == 0
