"""Lambda: what is kept of a function, running it, event source mappings."""

from __future__ import annotations

import json
from typing import Any

from tests.localcloud.hooks.moto_alone.account import (
    ACCOUNT,
    IMAGE,
    LAMBDA_TRUST,
    REGION,
    client,
    function,
    queue,
    rejected,
)
from tests.localcloud.hooks.moto_alone.table import need


@need("lambdahost.models", "drops the logging configuration of a function",
      "awslambda.models.LambdaFunction.__init__", "awslambda.models.LambdaFunction.get_configuration")  # fmt: skip
def settings_of_a_function_are_dropped() -> bool:
    current = client("lambda").get_function_configuration(FunctionName=function())
    return "LoggingConfig" not in current


@need("lambdahost.models", "ignores storage and image configuration when a function is changed",
      "awslambda.models.LambdaFunction.update_configuration")  # fmt: skip
def changes_of_a_function_are_ignored() -> bool:
    aws_lambda = client("lambda")
    aws_lambda.update_function_configuration(
        FunctionName=function(), EphemeralStorage={"Size": 2048}, ImageConfig={"Command": ["films.handler"]}
    )
    current = aws_lambda.get_function_configuration(FunctionName=function())
    changed = current["EphemeralStorage"]["Size"] == 2048 and "ImageConfigResponse" in current
    return not changed


@need("lambdahost.models", "invents the digest of an image, or does not return the resolved one",
      "awslambda.models.LambdaFunction._set_function_code", "awslambda.models.LambdaFunction.get_code")  # fmt: skip
def the_digest_of_an_image_is_invented() -> bool:
    current = client("lambda").get_function(FunctionName=function())
    digest = IMAGE.rsplit(":", 1)[1]
    return bool(current["Configuration"]["CodeSha256"] != digest or current["Code"].get("ResolvedImageUri") != IMAGE)


@need(
    "lambdahost.models", "accepts a role that Lambda may not assume", "awslambda.models.LambdaBackend.create_function"
)
def any_role_is_accepted() -> bool:
    trust = {"Version": "2012-10-17", "Statement": [{**LAMBDA_TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}]}
    made = client("iam").create_role(RoleName="server", AssumeRolePolicyDocument=json.dumps(trust))
    return not rejected(
        lambda: client("lambda").create_function(
            FunctionName="served", Role=made["Role"]["Arn"], PackageType="Image", Code={"ImageUri": IMAGE}
        )
    )


@need(
    "lambdahost.models",
    "lets reservations exceed the account's concurrency",
    "awslambda.models.LambdaBackend.put_function_concurrency",
)
def reservations_are_unlimited() -> bool:
    reserve = client("lambda").put_function_concurrency
    return not rejected(lambda: reserve(FunctionName=function(), ReservedConcurrentExecutions=5000))


@need(
    "lambdahost.models",
    "never replaces the first event-invoke configuration",
    "awslambda.models.LambdaBackend.put_function_event_invoke_config",
    "awslambda.models.LambdaBackend.update_function_event_invoke_config",
)
def the_first_event_invoke_configuration_stays() -> bool:
    aws_lambda = client("lambda")
    for retries in (0, 1):
        aws_lambda.put_function_event_invoke_config(FunctionName=function(), MaximumRetryAttempts=retries)
    current = aws_lambda.get_function_event_invoke_config(FunctionName=function())
    return bool(current["MaximumRetryAttempts"] == 0)


@need(
    "lambdahost.responses",
    "runs no function from an image",
    "awslambda.responses.LambdaResponse.invoke",
    "awslambda.responses.LambdaResponse._enrich_response",
    "awslambda.models.LambdaBackend.delete_function",
)
def an_image_is_not_run() -> bool:
    try:
        answer = client("lambda").invoke(FunctionName=function(), Payload=b"{}")
    except Exception:  # noqa: BLE001 - whatever moto's runner raises without an engine
        return True
    return "FunctionError" in answer


@need(
    "lambdahost.models",
    "accepts notifications of a function, which it cannot run",
    "s3.models.S3Backend.put_bucket_notification_configuration",
    "awslambda.models.LambdaFunction.invoke",
)
def a_bucket_notifies_a_function() -> bool:
    s3, arn = client("s3"), f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function()}"
    s3.create_bucket(Bucket="notifying")
    notification = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    configuration = {"LambdaFunctionConfigurations": [notification]}
    return not rejected(
        lambda: s3.put_bucket_notification_configuration(Bucket="notifying", NotificationConfiguration=configuration)
    )


@need("lambdahost.responses", "does not recognize an invocation with a payload of another content type",
      "awslambda.responses.LambdaResponse._get_action_from_method_and_request_uri")  # fmt: skip
def a_payload_has_one_content_type() -> bool:
    def as_n8n(request: Any, **_: Any) -> None:
        request.headers["Content-Type"] = "application/x-amz-json-1.0"

    aws_lambda = client("lambda")
    aws_lambda.meta.events.register("before-sign.lambda.Invoke", as_n8n)
    try:
        aws_lambda.invoke(FunctionName=function(), Payload=b"{}", InvocationType="DryRun")
    except Exception as error:  # noqa: BLE001 - moto's 404 without a body is no error that has a name
        return "404" in str(error)
    finally:
        aws_lambda.meta.events.unregister("before-sign.lambda.Invoke", as_n8n)
    return False


@need(
    "lambdahost.mappings.manager",
    "runs mappings inside of SendMessage and PutItem",
    "awslambda.models.LambdaBackend.create_event_source_mapping",
)
def mappings_run_inside_of_sending() -> bool:
    from moto.sqs.models import sqs_backends

    _, arn = queue("mapped")
    client("lambda").create_event_source_mapping(FunctionName=function(), EventSourceArn=arn)
    return bool(sqs_backends[ACCOUNT][REGION].queues["mapped"].lambda_event_source_mappings)


@need(
    "lambdahost.mappings.manager",
    "accepts any settings of a mapping",
    "awslambda.models.LambdaBackend.update_event_source_mapping",
)
def settings_of_a_mapping_are_not_checked() -> bool:
    aws_lambda = client("lambda")
    _, arn = queue("batched")
    made = aws_lambda.create_event_source_mapping(FunctionName=function(), EventSourceArn=arn)
    return not rejected(lambda: aws_lambda.update_event_source_mapping(UUID=made["UUID"], BatchSize=5000))
