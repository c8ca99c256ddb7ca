"""What is set on a function can be read back; what Lambda refuses is refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.client import ConsoleError

HANDLER = "def handler(event, context):\n    return 1"


def test_a_new_function_reads_back_as_it_was_made(workshop: Any) -> None:
    _, dead_letters = workshop.queue()
    function = workshop.function(
        HANDLER,
        Description="what it does",
        MemorySize=512,
        EphemeralStorage={"Size": 2048},
        Environment={"Variables": {"TABLE": "1"}},
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "/videos/x"},
        DeadLetterConfig={"TargetArn": dead_letters},
        TracingConfig={"Mode": "Active"},
        Tags={"stack": "test"},
    )
    workshop.client.get_waiter("function_active_v2").wait(FunctionName=function.name)

    answer = workshop.client.get_function(FunctionName=function.name)

    config = answer["Configuration"]
    assert (config["State"], config["LastUpdateStatus"]) == ("Active", "Successful")
    assert config["EphemeralStorage"] == {"Size": 2048}
    assert config["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "INFO",
        "LogGroup": "/videos/x",
    }
    assert config["DeadLetterConfig"] == {"TargetArn": dead_letters}
    assert config["TracingConfig"] == {"Mode": "Active"}
    assert config["Environment"] == {"Variables": {"TABLE": "1"}}
    assert config["ImageConfigResponse"]["ImageConfig"]["Command"] == ["app.handler"]
    assert config["CodeSha256"] == function.image_uri.split("@sha256:")[1]
    assert answer["Code"]["ImageUri"] == answer["Code"]["ResolvedImageUri"] == function.image_uri
    assert workshop.client.list_tags(Resource=function.arn)["Tags"] == {"stack": "test"}


def test_an_update_reads_back_and_the_waiter_sees_its_end(workshop: Any) -> None:
    function = workshop.function(HANDLER)
    before = workshop.client.get_function_configuration(FunctionName=function.name)

    workshop.client.update_function_configuration(
        FunctionName=function.name,
        RevisionId=before["RevisionId"],
        EphemeralStorage={"Size": 1024},
        ImageConfig={"Command": ["app.other"]},
        LoggingConfig={"LogFormat": "JSON"},
        Timeout=7,
    )
    workshop.client.get_waiter("function_updated_v2").wait(FunctionName=function.name)

    after = workshop.client.get_function_configuration(FunctionName=function.name)
    assert after["EphemeralStorage"] == {"Size": 1024}
    assert after["ImageConfigResponse"]["ImageConfig"]["Command"] == ["app.other"]
    assert after["LoggingConfig"]["LogFormat"] == "JSON"
    assert after["Timeout"] == 7
    assert after["RevisionId"] != before["RevisionId"]
    with pytest.raises(workshop.client.exceptions.PreconditionFailedException):
        workshop.client.update_function_configuration(
            FunctionName=function.name, RevisionId=before["RevisionId"], Timeout=8
        )


def test_event_invoke_config_is_replaced_by_put_and_merged_by_update(workshop: Any) -> None:
    function = workshop.function(HANDLER)
    _, arn = workshop.queue()
    to_queue = {"OnFailure": {"Destination": arn}}
    name = function.name

    workshop.client.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    workshop.client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=to_queue)
    replaced = workshop.client.get_function_event_invoke_config(FunctionName=name)
    workshop.client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    merged = workshop.client.get_function_event_invoke_config(FunctionName=name)

    assert replaced["DestinationConfig"] == to_queue
    assert "MaximumEventAgeInSeconds" not in replaced
    assert (merged["DestinationConfig"], merged["MaximumRetryAttempts"]) == (to_queue, 0)
    assert merged["FunctionArn"] == f"{function.arn}:$LATEST"
    workshop.client.delete_function_event_invoke_config(FunctionName=name)
    with pytest.raises(workshop.client.exceptions.ResourceNotFoundException):
        workshop.client.get_function_event_invoke_config(FunctionName=name)


def test_recursion_config_is_terminate_until_set(workshop: Any) -> None:
    name = workshop.function(HANDLER).name
    read = workshop.client.get_function_recursion_config

    assert read(FunctionName=name)["RecursiveLoop"] == "Terminate"
    workshop.client.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    assert read(FunctionName=name)["RecursiveLoop"] == "Allow"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"Timeout": 901}, "less than or equal to 900"),
        ({"MemorySize": 10_241}, "less than or equal to 10240"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys.*AWS_REGION"),
        ({"Environment": {"Variables": {"LONG": "x" * 4096}}}, "4KB limit"),
        ({"ImageConfig": {"Command": ["a.b"], "EntryPoint": ["/bin/sh"]}}, "EntryPoint"),
        ({"LoggingConfig": {"LogFormat": "Text", "ApplicationLogLevel": "INFO"}}, "ApplicationLogLevel"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": []}}, "VpcConfig"),
    ],
)
def test_wrong_settings_are_refused(workshop: Any, settings: dict[str, Any], why: str) -> None:
    with pytest.raises(workshop.client.exceptions.InvalidParameterValueException, match=why):
        workshop.function(HANDLER, **settings)


def test_a_role_that_lambda_may_not_assume_is_refused(workshop: Any) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = workshop.role({"Version": "2012-10-17", "Statement": [statement]})

    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        workshop.function(HANDLER, Role=role)


def test_reservations_stay_inside_the_account(workshop: Any) -> None:
    name = workshop.function(HANDLER).name

    with pytest.raises(ClientError, match="UnreservedConcurrentExecution"):
        workshop.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=11)


def test_an_image_needs_its_uri_and_python(workshop: Any) -> None:
    with pytest.raises(ConsoleError, match="an image needs python"):
        workshop.cloud.console_client.call("POST", "/lambda/images", {"uri": "x", "workingDirectory": "/"})
