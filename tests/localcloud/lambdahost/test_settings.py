"""Settings of a function can be read back; what Lambda rejects, or is not implemented, is rejected."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.client import ConsoleError

HANDLER = "def handler(event, context):\n    return 1"


def test_reads_back_the_settings_of_a_new_function(workshop: Any) -> None:
    function = workshop.function(
        HANDLER,
        Description="what it does",
        MemorySize=512,
        EphemeralStorage={"Size": 2048},
        Environment={"Variables": {"TABLE": "1"}},
        LoggingConfig={"LogFormat": "Text", "LogGroup": "/videos/x"},
        Tags={"stack": "test"},
    )
    workshop.client.get_waiter("function_active_v2").wait(FunctionName=function.name)

    answer = workshop.client.get_function(FunctionName=function.name)

    config = answer["Configuration"]
    assert (config["State"], config["LastUpdateStatus"]) == ("Active", "Successful")
    assert config["EphemeralStorage"] == {"Size": 2048}
    assert config["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/videos/x"}
    assert config["Environment"] == {"Variables": {"TABLE": "1"}}
    assert config["ImageConfigResponse"]["ImageConfig"]["Command"] == ["app.handler"]
    assert config["CodeSha256"] == function.image_uri.split("@sha256:")[1]
    assert answer["Code"]["ImageUri"] == answer["Code"]["ResolvedImageUri"] == function.image_uri
    assert workshop.client.list_tags(Resource=function.arn)["Tags"] == {"stack": "test"}


def test_reads_back_the_settings_of_an_update(workshop: Any) -> None:
    function = workshop.function(HANDLER)

    workshop.client.update_function_configuration(
        FunctionName=function.name,
        EphemeralStorage={"Size": 1024},
        ImageConfig={"Command": ["app.other"]},
        LoggingConfig={"LogGroup": "/videos/y"},
        Timeout=7,
    )
    workshop.client.get_waiter("function_updated_v2").wait(FunctionName=function.name)

    after = workshop.client.get_function_configuration(FunctionName=function.name)
    assert after["EphemeralStorage"] == {"Size": 1024}
    assert after["ImageConfigResponse"]["ImageConfig"]["Command"] == ["app.other"]
    assert after["LoggingConfig"]["LogGroup"] == "/videos/y"
    assert after["Timeout"] == 7


def test_put_replaces_the_event_invoke_config(workshop: Any) -> None:
    function = workshop.function(HANDLER)
    _, arn = workshop.queue()
    to_queue = {"OnFailure": {"Destination": arn}}
    name = function.name

    workshop.client.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    workshop.client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=to_queue)
    replaced = workshop.client.get_function_event_invoke_config(FunctionName=name)

    assert replaced["DestinationConfig"] == to_queue
    assert "MaximumEventAgeInSeconds" not in replaced
    assert replaced["FunctionArn"] == f"{function.arn}:$LATEST"
    with pytest.raises(ClientError, match="does not implement"):
        workshop.client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    workshop.client.delete_function_event_invoke_config(FunctionName=name)
    with pytest.raises(workshop.client.exceptions.ResourceNotFoundException):
        workshop.client.get_function_event_invoke_config(FunctionName=name)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"Timeout": 901}, "less than or equal to 900"),
        ({"MemorySize": 10_241}, "less than or equal to 10240"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys.*AWS_REGION"),
        ({"Environment": {"Variables": {"LONG": "x" * 4096}}}, "4KB limit"),
        ({"ImageConfig": {"Command": ["a.b"], "EntryPoint": ["/bin/sh"]}}, "EntryPoint"),
        ({"LoggingConfig": {"LogFormat": "JSON"}}, "LogFormat JSON"),
        ({"LoggingConfig": {"LogFormat": "Text", "ApplicationLogLevel": "INFO"}}, "ApplicationLogLevel"),
        ({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"}}, "DeadLetterConfig"),
        ({"TracingConfig": {"Mode": "Active"}}, "TracingConfig"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": []}}, "VpcConfig"),
    ],
)
def test_rejects_invalid_and_unimplemented_settings(workshop: Any, settings: dict[str, Any], why: str) -> None:
    with pytest.raises(workshop.client.exceptions.InvalidParameterValueException, match=why):
        workshop.function(HANDLER, **settings)


def test_rejects_a_role_that_lambda_may_not_assume(workshop: Any) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = workshop.role({"Version": "2012-10-17", "Statement": [statement]})

    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        workshop.function(HANDLER, Role=role)


def test_rejects_a_reservation_beyond_the_account(workshop: Any) -> None:
    name = workshop.function(HANDLER).name

    with pytest.raises(ClientError, match="UnreservedConcurrentExecution"):
        workshop.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=11)


def test_registered_image_needs_python(workshop: Any) -> None:
    with pytest.raises(ConsoleError, match="an image needs python"):
        workshop.cloud.console_client.call("POST", "/lambda/images", {"uri": "x", "workingDirectory": "/"})
