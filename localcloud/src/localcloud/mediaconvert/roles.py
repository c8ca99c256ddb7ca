"""Acting as the role that a job names, so that what the role may do is what the job can do."""

from __future__ import annotations

import json
import threading
from typing import Any

import boto3
from botocore.config import Config
from moto.iam.exceptions import NotFoundException as RoleMissing
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from localcloud.context import CloudContext
from localcloud.mediaconvert.exceptions import JobFailed, cannot_open

SERVICE = "mediaconvert.amazonaws.com"
_SESSION_SECONDS = 12 * 3600
#: One for all jobs: a session of its own would read S3's service model anew, a tenth of a second of computing a job.
_session = boto3.Session()
_making = threading.Lock()
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=300,
    retries={"max_attempts": 3, "mode": "standard"},
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
)


def s3_as_role(context: CloudContext, account: str, role_arn: str, job_id: str, uri: str) -> Any:
    """A boto3 S3 client with the role's temporary credentials.

    The service assumes roles from inside the account's STS: there are no credentials of a service to be checked.

    Raises:
        JobFailed: 1433 the role does not exist, 1434 it does not trust the service.
    """
    partition = role_arn.split(":")[1]
    try:
        role = iam_backends[account][partition].get_role_by_arn(role_arn)
    except RoleMissing as missing:
        raise JobFailed(1433, cannot_open(uri, "Failed to read data: The role does not exist")) from missing
    if not trusts_service(role.assume_role_policy_document):
        raise JobFailed(1434, cannot_open(uri, "Failed to read data: AssumeRole failed"))
    session = sts_backends[account][partition].assume_role(
        region_name=context.region,
        role_session_name=f"EmeSession_{job_id}",
        role_arn=role_arn,
        policy="",
        duration=_SESSION_SECONDS,
        external_id="",
    )
    with _making:  # making a client is not thread-safe in boto3; using it is
        return _session.client(
            "s3",
            region_name=context.region,
            endpoint_url=context.endpoint,
            aws_access_key_id=session.access_key_id,
            aws_secret_access_key=session.secret_access_key,
            aws_session_token=session.session_token,
            config=_CONFIG,
        )


def trusts_service(document: Any) -> bool:
    """Whether a trust policy lets MediaConvert assume the role. Conditions are left to IAM enforcement."""
    policy = json.loads(document) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        services = statement.get("Principal", {})
        services = services.get("Service", []) if isinstance(services, dict) else []
        actions = statement.get("Action", [])
        named = [services] if isinstance(services, str) else services
        asked = [actions] if isinstance(actions, str) else actions
        if statement.get("Effect") == "Allow" and SERVICE in named and {"sts:AssumeRole", "sts:*", "*"} & set(asked):
            return True
    return False
