"""Buckets, ledger, functions, rules and names of a stack, and its optional parts."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from infra.components.transcoding import PRESETS, content_hash
from tests.infra.harness import ACCOUNT, AIRTABLE, FOLDER_ID, PEOPLE, REGION, WATCHING, Run, run
from vcp.wire import ledger_table
from vcp.wire.environment import NOTHING_WATCHED, SET_BY_LAMBDA, SETTINGS_BY_FUNCTION, load, variables_of
from vcp.wire.function_names import FUNCTION_NAMES

BUCKETS = [f"vcp-test-{which}-{ACCOUNT}-{REGION}" for which in ("temp", "compressed")]
FUNCTION = "lambda/function:Function"


@pytest.mark.parametrize("bucket", BUCKETS)
def test_buckets_are_private_and_encrypted_and_require_tls(whole: Run, bucket: str) -> None:
    block = whole.one("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", bucket)
    assert all(
        block.inputs[key] is True
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    ownership = whole.one("s3/bucketOwnershipControls:BucketOwnershipControls", bucket)
    assert ownership.inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    kind = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    (rule,) = whole.one(kind, bucket).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    (statement,) = json.loads(whole.one("s3/bucketPolicy:BucketPolicy", bucket).inputs["policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Action"] == "s3:*"
    assert statement["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def lifecycle(run: Run, bucket: str) -> dict[str, dict[str, object]]:
    found = run.one("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", bucket)
    rules = {rule["id"]: rule for rule in found.inputs["rules"]}
    assert all(rule["status"] == "Enabled" and rule["filter"] == {"prefix": ""} for rule in rules.values())
    return rules


def test_temp_objects_expire_and_stale_uploads_are_aborted() -> None:
    rules = lifecycle(run({"tempDays": "4"}), BUCKETS[0])
    assert rules["expire"]["expiration"] == {"days": 4}
    assert rules["abort-stale-uploads"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 3}


def test_results_are_versioned_and_move_to_a_class_with_immediate_access(whole: Run) -> None:
    rules = lifecycle(whole, BUCKETS[1])
    assert rules["cheaper-class"]["transitions"] == [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]
    assert rules["expire-noncurrent"]["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert not any("days" in rule.get("expiration", {}) for rule in rules.values())  # type: ignore[operator]
    (versioning,) = whole.of("s3/bucketVersioning:BucketVersioning")
    assert versioning.inputs["bucket"] == BUCKETS[1]
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}


def test_data_is_protected_unless_configured_otherwise(whole: Run, least: Run) -> None:
    for made, protect in ((whole, True), (least, False)):
        table = made.one("dynamodb/table:Table", "ledger-table")
        assert table.protected is protect
        assert table.inputs["deletionProtectionEnabled"] is protect
        for bucket in made.of("s3/bucket:Bucket"):
            assert bucket.protected is protect
            assert bucket.inputs["forceDestroy"] is not protect


def test_the_ledger_has_the_keys_that_the_functions_use(whole: Run) -> None:
    table = whole.one("dynamodb/table:Table", "ledger-table").inputs
    assert (table["hashKey"], table["rangeKey"]) == (ledger_table.PARTITION_KEY, ledger_table.SORT_KEY)
    (index,) = table["globalSecondaryIndexes"]
    assert index["name"] == ledger_table.DUE_INDEX
    assert [key["attributeName"] for key in index["keySchemas"]] == [
        ledger_table.DUE_PARTITION_KEY,
        ledger_table.DUE_SORT_KEY,
    ]
    assert table["streamEnabled"] is True
    assert table["streamViewType"] == ledger_table.STREAM_VIEW_TYPE
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["billingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_each_function_can_read_its_environment(whole: Run, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function = whole.one(FUNCTION, f"{FUNCTION_NAMES[key]}-test").inputs
    model = SETTINGS_BY_FUNCTION[key]
    variables = function["environment"]["variables"]
    assert set(variables) == set(variables_of(model).values()) - SET_BY_LAMBDA
    for name, value in {**variables, "AWS_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    assert load(model).ledger_table == "vcp-test-ledger"


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_each_function_is_its_handler_in_an_image_by_digest(whole: Run, key: str) -> None:
    function = whole.one(FUNCTION, f"{FUNCTION_NAMES[key]}-test").inputs
    assert function["packageType"] == "Image"
    assert function["imageConfig"] == {"commands": [f"vcp.handlers.{key}.handler"]}
    media = key in ("intake", "transfer", "completion")
    assert f"/vcp-{'media' if media else 'core'}@sha256:" in function["imageUri"]
    assert find_spec(f"vcp.handlers.{key}") is not None


def test_each_function_has_its_log_group_with_the_configured_retention(whole: Run) -> None:
    groups = {
        group.inputs["name"]: group.inputs["retentionInDays"] for group in whole.of("cloudwatch/logGroup:LogGroup")
    }
    functions = whole.of(FUNCTION)
    assert groups == {f"/aws/lambda/{function.inputs['name']}": 7 for function in functions}
    for function in functions:
        expected = {"logFormat": "Text", "logGroup": f"/aws/lambda/{function.inputs['name']}"}
        assert function.inputs["loggingConfig"] == expected


def test_configuration_reaches_the_functions() -> None:
    made = run({"limitBytes": "2000000", "compressAboveBytes": "1000000", "leaseSeconds": "7", "heartbeatSeconds": "2"})
    intake = made.one(FUNCTION, "video-file-processor-test").inputs["environment"]["variables"]
    transfer = made.one(FUNCTION, "video-transfer-test").inputs["environment"]["variables"]
    assert (intake["VCP_LIMIT_BYTES"], intake["VCP_COMPRESS_ABOVE_BYTES"]) == ("2000000", "1000000")
    assert (transfer["VCP_LEASE_SECONDS"], transfer["VCP_HEARTBEAT_SECONDS"]) == ("7", "2")


def test_numbers_reach_the_functions_normalized() -> None:
    made = run({"limitBytes": "6_000_000_000", "parallelParts": "04", "leaseSeconds": "300.0", "tempDays": "1_0"})
    intake = made.one(FUNCTION, "video-file-processor-test").inputs["environment"]["variables"]
    transfer = made.one(FUNCTION, "video-transfer-test").inputs["environment"]["variables"]
    assert intake["VCP_LIMIT_BYTES"] == "6000000000"
    assert (transfer["VCP_PARALLEL_PARTS"], transfer["VCP_LEASE_SECONDS"]) == ("4", "300")


@pytest.mark.parametrize(
    "watched", [FOLDER_ID, WATCHING["watchedFolder"], f"https://drive.google.com/drive/u/0/folders/{FOLDER_ID}"]
)
def test_the_reconciler_gets_the_watched_folders_id_from_link_or_id(watched: str) -> None:
    reconciler = run({"watchedFolder": watched, "relistSeconds": "3600"}).one(FUNCTION, "video-reconciler-test")
    variables = reconciler.inputs["environment"]["variables"]
    assert (variables["VCP_WATCHED_FOLDER_ID"], variables["VCP_RELIST_SECONDS"]) == (FOLDER_ID, "3600")
    assert variables["VCP_INTAKE_FUNCTION"] == "video-file-processor-test"


def test_without_a_watched_folder_the_reconciler_gets_a_placeholder(least: Run) -> None:
    variables = least.one(FUNCTION, "video-reconciler-test").inputs["environment"]["variables"]
    assert variables["VCP_WATCHED_FOLDER_ID"] == NOTHING_WATCHED


def test_the_rule_matches_only_jobs_of_this_stack(whole: Run) -> None:
    pattern = json.loads(whole.one("cloudwatch/eventRule:EventRule", "vcp-test-jobs").inputs["eventPattern"])
    assert pattern["source"] == ["aws.mediaconvert"]
    assert pattern["detail-type"] == ["MediaConvert Job State Change"]
    assert pattern["detail"]["queue"] == [f"arn:aws:mediaconvert:{REGION}:{ACCOUNT}:queues/vcp-test-transcode"]
    assert {"COMPLETE", "ERROR", "CANCELED"} <= set(pattern["detail"]["status"])
    schedule = whole.one("cloudwatch/eventRule:EventRule", "vcp-test-reconcile").inputs
    assert schedule["scheduleExpression"] == "rate(5 minutes)"


def test_the_preset_has_the_files_settings_and_a_name_with_their_hash(whole: Run) -> None:
    (stack,) = whole.of("cloudformation/stack:Stack")
    template = json.loads(stack.inputs["templateBody"])
    (preset,) = template["Resources"].values()
    settings = json.loads((PRESETS / "h264-hq.json").read_text("utf-8"))
    assert preset["Type"] == "AWS::MediaConvert::Preset"
    assert preset["Properties"]["SettingsJson"] == settings
    assert preset["Properties"]["Name"] == f"vcp-test-h264-hq-{content_hash(settings)}" == whole.outputs["presetName"]
    # A changed preset is another CloudFormation stack: the old one stays until every function has the new name.
    assert content_hash(settings) in stack.name
    assert content_hash({**settings, "ContainerSettings": {}}) != content_hash(settings)


def test_one_stack_has_the_bare_names_and_others_append_theirs() -> None:
    bare = {function.inputs["name"] for function in run({**AIRTABLE, "bareNames": "true"}).of(FUNCTION)}
    assert {"video-file-processor", "completion-handler", "MetaDataLogger"} < bare
    assert bare == set(FUNCTION_NAMES.values())
    other = run(AIRTABLE, stack="other")
    assert {function.inputs["name"] for function in other.of(FUNCTION)} == {f"{name}-other" for name in bare}


def test_two_stacks_in_an_account_have_no_name_in_common(whole: Run) -> None:
    def taken(made: Run) -> set[tuple[str, str]]:
        named = [(r.type, r.inputs.get("name") or r.inputs.get("bucket")) for r in made.resources]
        # Inline policies belong to their role or user.
        return {(kind, str(name)) for kind, name in named if name and "Policy:" not in kind}

    other = run({**AIRTABLE, **PEOPLE}, stack="other")
    assert len(taken(whole)) == len(taken(other)) > 50
    assert not taken(whole) & taken(other)


def test_no_name_exceeds_the_limit_of_its_service() -> None:
    limits = {
        FUNCTION: 64,
        "iam/role:Role": 64,
        "iam/user:User": 64,
        "cloudwatch/eventRule:EventRule": 64,
        "sqs/queue:Queue": 80,
        "s3/bucket:Bucket": 63,
        "cloudformation/stack:Stack": 128,
        "sns/topic:Topic": 256,
        "cloudwatch/metricAlarm:MetricAlarm": 255,
    }
    longest = run({**AIRTABLE, **PEOPLE}, stack="a-stack-with-22-letter")
    for kind, limit in limits.items():
        found = longest.of(kind)
        assert found
        for resource in found:
            name = resource.inputs.get("name") or resource.inputs["bucket"]
            assert len(name) <= limit, name


def test_without_optional_parts_a_stack_has_none_of_their_resources(least: Run) -> None:
    assert len(least.of(FUNCTION)) == 5
    assert len(least.of("secretsmanager/secret:Secret")) == 1
    for kind in ("iam/user:User", "cloudwatch/metricAlarm:MetricAlarm", "sns/topicSubscription:TopicSubscription"):
        assert not least.of(kind)
    assert "airtable_sync" not in least.outputs["functionNames"]
    assert not {"n8nUserName", "alarmTopicArn"} & set(least.outputs)


def test_exports_what_others_need(whole: Run) -> None:
    assert whole.outputs["functionNames"]["intake"] == "video-file-processor-test"
    assert whole.outputs["tempBucket"] == BUCKETS[0]
    assert whole.outputs["compressedBucket"] == BUCKETS[1]
    assert whole.outputs["ledgerTable"] == "vcp-test-ledger"
    assert whole.outputs["transferQueueUrl"].endswith("/vcp-test-transfers")
    assert whole.outputs["mailTopicArn"].endswith(":vcp-test-mails")
    assert whole.outputs["n8nUserName"] == "vcp-test-n8n"
    assert set(whole.outputs["functionArns"]) == set(SETTINGS_BY_FUNCTION)


def test_every_resource_belongs_to_a_component(whole: Run) -> None:
    for resource in whole.resources:
        if resource.type.startswith("aws:"):
            assert "$aws:" in resource.urn, resource.urn
            assert resource.urn.split("::")[2].startswith("vcp:"), resource.urn
