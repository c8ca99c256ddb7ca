"""Lambda: what is kept of a function, running it, event source mappings."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

from tests.localcloud.hooks.moto_alone.account import (
    ACCOUNT,
    IMAGE,
    LAMBDA_TRUST,
    REGION,
    client,
    function,
    queue,
    refused,
    topic,
)
from tests.localcloud.hooks.moto_alone.table import need


@need("lambdahost.storing", "drops the logging configuration, the dead-letter target or the revision of a function",
      "awslambda.models.LambdaFunction.__init__", "awslambda.models.LambdaFunction.get_configuration")  # fmt: skip
def settings_of_a_function_are_dropped() -> bool:
    current = client("lambda").get_function_configuration(FunctionName=function())
    kept = current.get("LoggingConfig", {}).get("LogFormat") == "JSON" and bool(current.get("DeadLetterConfig"))
    return not kept


@need("lambdahost.storing", "ignores storage, image configuration and the revision when a function is changed",
      "awslambda.models.LambdaFunction.update_configuration")  # fmt: skip
def changes_of_a_function_are_ignored() -> bool:
    aws_lambda = client("lambda")
    aws_lambda.update_function_configuration(
        FunctionName=function(), EphemeralStorage={"Size": 2048}, ImageConfig={"Command": ["films.handler"]}
    )
    current = aws_lambda.get_function_configuration(FunctionName=function())
    changed = current["EphemeralStorage"]["Size"] == 2048 and "ImageConfigResponse" in current
    return not (changed and refused(
        lambda: aws_lambda.update_function_configuration(FunctionName=function(), RevisionId="another")
    ))  # fmt: skip


@need("lambdahost.storing", "makes up the digest of an image, or does not tell which one was resolved",
      "awslambda.models.LambdaFunction._set_function_code", "awslambda.models.LambdaFunction.get_code")  # fmt: skip
def the_digest_of_an_image_is_made_up() -> bool:
    current = client("lambda").get_function(FunctionName=function())
    digest = IMAGE.rsplit(":", 1)[1]
    return bool(current["Configuration"]["CodeSha256"] != digest or current["Code"].get("ResolvedImageUri") != IMAGE)


@need("lambdahost.storing", "takes a role that Lambda may not assume", "awslambda.models.LambdaBackend.create_function")
def any_role_will_do() -> bool:
    trust = {"Version": "2012-10-17", "Statement": [{**LAMBDA_TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}]}
    made = client("iam").create_role(RoleName="server", AssumeRolePolicyDocument=json.dumps(trust))
    return not refused(
        lambda: client("lambda").create_function(
            FunctionName="served", Role=made["Role"]["Arn"], PackageType="Image", Code={"ImageUri": IMAGE}
        )
    )


@need(
    "lambdahost.storing",
    "lets reservations exceed the account's concurrency",
    "awslambda.models.LambdaBackend.put_function_concurrency",
)
def reservations_are_unlimited() -> bool:
    reserve = client("lambda").put_function_concurrency
    return not refused(lambda: reserve(FunctionName=function(), ReservedConcurrentExecutions=5000))


@need(
    "lambdahost.storing",
    "keeps the first event-invoke configuration for ever",
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
    "lambdahost.storing",
    "has no recursion configuration",
    "awslambda.responses.LambdaResponse.put_function_recursion_config",
    "awslambda.responses.LambdaResponse.get_function_recursion_config",
    "awslambda.urls.url_paths",
)
def recursion_configuration_is_missing() -> bool:
    from moto.awslambda.responses import LambdaResponse

    return not any(hasattr(LambdaResponse, f"{verb}_function_recursion_config") for verb in ("put", "get"))


@need(
    "lambdahost.invoking",
    "runs no function from an image",
    "awslambda.responses.LambdaResponse.invoke",
    "awslambda.responses.LambdaResponse.invoke_async",
    "awslambda.responses.LambdaResponse._enrich_response",
    "awslambda.models.LambdaFunction.invoke",
    "awslambda.models.LambdaBackend.delete_function",
)
def an_image_is_not_run() -> bool:
    try:
        answer = client("lambda").invoke(FunctionName=function(), Payload=b"{}")
    except Exception:  # noqa: BLE001 - whatever moto's runner raises without an engine
        return True
    return "FunctionError" in answer


@need("lambdahost.invoking", "does not see that a function is invoked by a payload of another content type",
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


@need("lambdahost.invoking", "does not mind who may call a function for a topic", "sns.models.Subscription.publish")
def a_topic_needs_no_permission() -> bool:
    from moto.awslambda.models import LambdaBackend

    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function()}"
    client("sns").subscribe(TopicArn=topic(), Protocol="lambda", Endpoint=arn)
    with mock.patch.object(LambdaBackend, "send_sns_message") as sent:
        client("sns").publish(TopicArn=topic(), Message="film")
    return bool(sent.called)


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
    "takes any settings of a mapping",
    "awslambda.models.LambdaBackend.update_event_source_mapping",
)
def settings_of_a_mapping_are_not_checked() -> bool:
    aws_lambda = client("lambda")
    _, arn = queue("batched")
    made = aws_lambda.create_event_source_mapping(FunctionName=function(), EventSourceArn=arn)
    return not refused(lambda: aws_lambda.update_event_source_mapping(UUID=made["UUID"], BatchSize=5000))


@need(
    "lambdahost.mappings.manager",
    "compares the name of a mapping's function as text",
    "awslambda.models.LambdaBackend.list_event_source_mappings",
)
def a_mapping_is_not_found_by_the_functions_arn() -> bool:
    aws_lambda = client("lambda")
    _, arn = queue("listed")
    aws_lambda.create_event_source_mapping(FunctionName=function(), EventSourceArn=arn)
    function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function()}"
    found = aws_lambda.list_event_source_mappings(FunctionName=function_arn, EventSourceArn=arn)
    return not found["EventSourceMappings"]


@need(
    "lambdahost.mappings.manager",
    "does not report the last result of a mapping",
    "awslambda.models.EventSourceMapping.get_configuration",
)
def a_mapping_tells_no_result() -> bool:
    _, arn = queue("reported")
    made = client("lambda").create_event_source_mapping(FunctionName=function(), EventSourceArn=arn)
    current = client("lambda").get_event_source_mapping(UUID=made["UUID"])
    return current.get("LastProcessingResult") in (None, "")
