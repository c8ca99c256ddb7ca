"""The template of the state bucket with its first key, and each stack's key."""

from __future__ import annotations

import json

from cfnlint import lint  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]

from foundation.names import key_alias, secrets_provider, state_bucket
from tests.infra.harness import ACCOUNT, REGION, ROOT, Run

TEMPLATE = (ROOT / "foundation/state.json").read_text("utf-8")
RESOURCES = json.loads(TEMPLATE)["Resources"]


def test_the_template_is_valid() -> None:
    assert lint(TEMPLATE, config=ManualArgs(regions=[REGION])) == []


def test_the_bucket_is_private_encrypted_and_versioned() -> None:
    bucket = RESOURCES["Bucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    (statement,) = RESOURCES["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_has_the_name_that_deploy_uses() -> None:
    named = RESOURCES["Bucket"]["Properties"]["BucketName"]["Fn::Sub"]
    assert named.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION) == state_bucket(
        ACCOUNT, REGION
    )


def test_state_and_key_are_retained_when_their_stack_is_deleted() -> None:
    for name in ("Bucket", "Key"):
        assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_pulumi_uses_the_first_key() -> None:
    assert RESOURCES["KeyAlias"]["Properties"]["AliasName"] == key_alias("foundation")
    assert secrets_provider(REGION, "foundation") == f"awskms://alias/vcp-state-foundation?region={REGION}"
    assert RESOURCES["Key"]["Properties"]["EnableKeyRotation"] is True


def test_each_stack_has_its_own_protected_key(foundation: Run) -> None:
    keys = {key.name: key for key in foundation.of("kms/key:Key")}
    aliases = {alias.inputs["name"]: alias.inputs["targetKeyId"] for alias in foundation.of("kms/alias:Alias")}
    assert aliases == {key_alias(stack): f"{stack}-state-key" for stack in ("dev", "prod")}
    for key in keys.values():
        assert key.protected
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["deletionWindowInDays"] == 30
