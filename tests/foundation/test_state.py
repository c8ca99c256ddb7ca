"""Where Pulumi's state is kept: the template by which its bucket and the first key come to be, and each stack's key."""

from __future__ import annotations

import json

from cfnlint import lint  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]

from foundation.names import key_alias, secrets_provider, state_bucket
from tests.infra.harness import ACCOUNT, REGION, ROOT, Run

TEMPLATE = (ROOT / "foundation/state.json").read_text("utf-8")
RESOURCES = json.loads(TEMPLATE)["Resources"]


def test_the_template_is_one_that_cloudformation_takes() -> None:
    assert lint(TEMPLATE, config=ManualArgs(regions=[REGION])) == []


def test_the_bucket_is_private_encrypted_and_keeps_what_was_overwritten() -> None:
    bucket = RESOURCES["Bucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    (statement,) = RESOURCES["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_has_the_name_under_which_it_is_looked_for() -> None:
    named = RESOURCES["Bucket"]["Properties"]["BucketName"]["Fn::Sub"]
    assert named.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION) == state_bucket(
        ACCOUNT, REGION
    )


def test_state_and_key_outlive_the_stack_that_made_them() -> None:
    for name in ("Bucket", "Key"):
        assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_the_first_key_is_the_one_that_pulumi_is_told() -> None:
    assert RESOURCES["KeyAlias"]["Properties"]["AliasName"] == key_alias("foundation")
    assert secrets_provider(REGION, "foundation") == f"awskms://alias/vcp-state-foundation?region={REGION}"
    assert RESOURCES["Key"]["Properties"]["EnableKeyRotation"] is True


def test_each_stack_has_a_key_of_its_own_that_is_not_lost_by_mistake(foundation: Run) -> None:
    keys = {key.name: key for key in foundation.of("kms/key:Key")}
    aliases = {alias.inputs["name"]: alias.inputs["targetKeyId"] for alias in foundation.of("kms/alias:Alias")}
    assert aliases == {key_alias(stack): f"{stack}-state-key" for stack in ("dev", "prod")}
    for key in keys.values():
        assert key.protected
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["deletionWindowInDays"] == 30
