"""A function is invoked and succeeds, fails, exits or times out."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from localcloud.context import LocalImage
from localcloud.process import RunningCloud, running_cloud

WHO_AM_I = """
    import os
    count = 0

    def handler(event, context):
        global count
        count += 1
        print("handling", event.get("name"))
        return {
            "event": event,
            "pid": os.getpid(),
            "count": count,
            "requestId": context.aws_request_id,
            "arn": context.invoked_function_arn,
            "remaining": context.get_remaining_time_in_millis(),
        }
"""

WAITS_FOR_FILE = """
    import os, pathlib, time

    def handler(event, context):
        pathlib.Path(event["started"]).write_text(str(os.getpid()))
        while not pathlib.Path(event["go"]).exists():
            time.sleep(0.01)
        return os.getpid()
"""


@pytest.mark.parametrize("named_by", ["name", "arn"])
def test_accepts_a_call_of_n8n(workshop: Any, cloud: RunningCloud, named_by: str) -> None:
    """The AWS Lambda node sends its own content type, always a qualifier, and an ARN's colons unescaped."""
    function = workshop.function(WHO_AM_I)
    answer = requests.post(
        f"{cloud.aws}/2015-03-31/functions/{getattr(function, named_by)}/invocations?Qualifier=$LATEST",
        data=b'{"name": "film.mov"}',
        headers={
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Invocation-Type": "RequestResponse",
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260301/us-east-1/lambda/aws4_request, "
            "SignedHeaders=host, Signature=0",
        },
        timeout=30,
    )
    assert answer.status_code == 200
    assert answer.json()["event"] == {"name": "film.mov"}


def test_runs_in_its_own_process_which_is_warm_the_second_time(workshop: Any) -> None:
    function = workshop.function(WHO_AM_I)

    first, second = function.invoke({"name": "a"}), function.invoke({"name": "b"})

    assert first.status == 200
    assert first.error is None
    assert first.body["event"] == {"name": "a"}
    assert first.body["arn"] == function.arn
    assert 15_000 < first.body["remaining"] <= 20_000
    assert first.body["requestId"] == first.headers["x-amzn-requestid"]
    assert (second.body["pid"], second.body["count"]) == (first.body["pid"], 2)
    assert first.body["pid"] not in (os.getpid(), workshop.cloud.console_client.health().get("pid"))
    cold, warm = function.runs()
    assert (cold.coldStart, warm.coldStart) == (True, False)
    assert cold.initMs is not None
    assert warm.initMs is None
    assert cold.pid == first.body["pid"]
    assert cold.maxRssKb > 5_000


def test_process_is_frozen_between_events(workshop: Any, eventually: Any, process_state: Any) -> None:
    function = workshop.function(WHO_AM_I)

    pid = function.invoke().body["pid"]

    eventually(lambda: process_state(pid) == "T")
    assert function.invoke().body["pid"] == pid
    eventually(lambda: process_state(pid) == "T")


def test_answers_an_error_with_type_message_and_stack(workshop: Any) -> None:
    function = workshop.function("def handler(event, context):\n    raise KeyError('colour')")

    answer = function.invoke()

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.body["errorType"] == "KeyError"
    assert answer.body["errorMessage"] == "'colour'"
    assert "handler" in "".join(answer.body["stackTrace"])
    assert function.runs()[0].outcome == "error"


def test_timeout_kills_the_process(workshop: Any, eventually: Any, process_state: Any, tmp_path: Path) -> None:
    function = workshop.function(WAITS_FOR_FILE, Timeout=1)
    event = {"started": str(tmp_path / "pid"), "go": str(tmp_path / "go")}

    answer = function.invoke(event)

    assert answer.error == "Unhandled"
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [0-9a-f-]{36} Task timed out after 1\.00 seconds"
    assert re.fullmatch(pattern, answer.body["errorMessage"])
    first = int((tmp_path / "pid").read_text())
    eventually(lambda: not process_state(first))
    (tmp_path / "go").touch()
    assert function.invoke(event).body != first
    assert [run.outcome for run in function.runs()] == ["timeout", "ok"]


@pytest.mark.parametrize(
    ("exit_statement", "why"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
    ],
)
def test_answers_an_exit_of_the_process(workshop: Any, exit_statement: str, why: str) -> None:
    function = workshop.function(f"import os\ndef handler(event, context):\n    {exit_statement}")

    answer = function.invoke()

    assert answer.error == "Unhandled"
    assert answer.body["errorType"] == "Runtime.ExitError"
    assert answer.body["errorMessage"].endswith(why)


def test_answers_an_import_error_as_init_error(workshop: Any) -> None:
    function = workshop.function("import nothing_of_this_name\ndef handler(event, context): ...")

    answer = function.invoke()

    assert answer.error == "Unhandled"
    assert answer.body["errorType"] == "Runtime.ImportModuleError"
    assert "nothing_of_this_name" in answer.body["errorMessage"]
    assert function.runs()[0].outcome == "init-error"


def test_names_an_unregistered_image(workshop: Any) -> None:
    function = workshop.function(WHO_AM_I)
    uri = "registry.test/unknown@sha256:" + "0" * 64
    workshop.client.update_function_code(FunctionName=function.name, ImageUri=uri)

    answer = function.invoke()

    assert answer.error == "Unhandled"
    assert answer.body["errorType"] == "LocalCloud.ImageNotRegistered"
    assert uri in answer.body["errorMessage"]


def test_kills_a_function_that_exceeds_its_memory(workshop: Any) -> None:
    function = workshop.function(
        """
        import time
        def handler(event, context):
            hoard = bytearray(300 * 1024 * 1024)
            while hoard:
                time.sleep(0.05)
        """,
        MemorySize=128,
    )

    answer = function.invoke()

    assert answer.body["errorType"] == "Runtime.OutOfMemory"
    assert "signal: killed" in answer.body["errorMessage"]
    assert function.runs()[0].maxRssKb > 128 * 1024


def test_process_has_only_variables_of_lambda_and_of_the_function(workshop: Any) -> None:
    function = workshop.function(
        "import os\ndef handler(event, context):\n    return dict(os.environ)",
        Environment={"Variables": {"TABLE": "videos", "PATH": "/mine"}},
        MemorySize=256,
    )

    seen = function.invoke().body

    assert seen.keys() - {"LC_CTYPE", "_X_AMZN_TRACE_ID"} == {
        "TZ",
        "LANG",
        "HOME",
        "TMPDIR",
        "PATH",
        "TABLE",
        "AWS_ENDPOINT_URL",
        "_HANDLER",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    }
    assert seen["AWS_ENDPOINT_URL"] == workshop.cloud.aws
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert seen["AWS_LAMBDA_LOG_GROUP_NAME"] == f"/aws/lambda/{function.name}"
    assert (seen["_HANDLER"], seen["TABLE"], seen["PATH"]) == ("app.handler", "videos", "/mine")


def test_uses_its_execution_role(workshop: Any) -> None:
    function = workshop.function(
        """
        import boto3
        def handler(event, context):
            return boto3.client("sts").get_caller_identity()["Arn"]
        """
    )

    role_name = function.role_arn.split("/")[-1]

    assert function.invoke().body == (f"arn:aws:sts::123456789012:assumed-role/{role_name}/{function.name}")


def test_temporary_files_are_private_and_deleted_with_the_environment(workshop: Any, eventually: Any) -> None:
    function = workshop.function(
        """
        import tempfile
        def handler(event, context):
            with tempfile.NamedTemporaryFile(delete=False) as file:
                return file.name
        """
    )

    path = Path(function.invoke().body)

    assert path.exists()
    workshop.client.delete_function(FunctionName=function.name)
    eventually(lambda: not path.exists())


def test_concurrent_events_run_in_separate_environments(workshop: Any, eventually: Any, tmp_path: Path) -> None:
    function = workshop.function(WAITS_FOR_FILE)
    go = str(tmp_path / "go")
    started = [tmp_path / "first", tmp_path / "second"]

    with ThreadPoolExecutor() as threads:
        answers = [threads.submit(function.invoke, {"started": str(each), "go": go}) for each in started]
        eventually(lambda: all(each.exists() for each in started))
        (tmp_path / "go").touch()

    assert len({answer.result().body for answer in answers}) == 2


def test_reserved_concurrency_throttles_with_the_reason(workshop: Any, eventually: Any, tmp_path: Path) -> None:
    function = workshop.function(WAITS_FOR_FILE)
    workshop.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    event = {"started": str(tmp_path / "started"), "go": str(tmp_path / "go")}

    with ThreadPoolExecutor() as threads:
        running = threads.submit(function.invoke, event)
        eventually((tmp_path / "started").exists)
        with pytest.raises(workshop.client.exceptions.TooManyRequestsException) as throttled:
            function.invoke(event)
        (tmp_path / "go").touch()

    assert running.result().error is None
    assert throttled.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_changed_function_starts_a_new_process(workshop: Any, eventually: Any, process_state: Any) -> None:
    function = workshop.function(WHO_AM_I)
    before = function.invoke().body["pid"]

    workshop.client.update_function_configuration(FunctionName=function.name, Environment={"Variables": {"TABLE": "1"}})

    assert function.invoke().body["pid"] != before
    eventually(lambda: not process_state(before))


def test_deleted_function_leaves_no_process(workshop: Any, eventually: Any, process_state: Any) -> None:
    function = workshop.function(WHO_AM_I)
    pid = function.invoke().body["pid"]

    workshop.client.delete_function(FunctionName=function.name)

    eventually(lambda: not process_state(pid))
    with pytest.raises(workshop.client.exceptions.ResourceNotFoundException):
        function.invoke()


def test_logs_reach_cloudwatch_and_a_file(workshop: Any, eventually: Any) -> None:
    function = workshop.function(WHO_AM_I)

    request_id = function.invoke({"name": "x"}).headers["x-amzn-requestid"]

    logs, group = workshop.cloud.client("logs"), f"/aws/lambda/{function.name}"

    def shipped() -> list[str]:
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        events = logs.filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events] if len(events) >= 4 else []

    lines = eventually(shipped)
    assert lines[0] == f"START RequestId: {request_id} Version: $LATEST"
    assert lines[1] == "handling x"
    assert lines[2] == f"END RequestId: {request_id}"
    report = r"REPORT RequestId: \S+\tDuration: \S+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t"
    assert re.match(report + r"Max Memory Used: \d+ MB\tInit Duration: \S+ ms\t", lines[3])
    file = workshop.cloud.state_dir / "logs" / f"{function.name}.log"
    assert all(line in file.read_text("utf-8") for line in lines)


def test_rejects_invalid_requests(workshop: Any) -> None:
    function = workshop.function(WHO_AM_I)
    call = workshop.client.invoke

    with pytest.raises(workshop.client.exceptions.InvalidRequestContentException):
        call(FunctionName=function.name, Payload=b"{no json")
    with pytest.raises(workshop.client.exceptions.RequestTooLargeException, match="1048576"):
        call(FunctionName=function.name, InvocationType="Event", Payload=json.dumps("x" * 1_048_576))
    with pytest.raises(workshop.client.exceptions.ResourceNotFoundException):
        call(FunctionName=function.name, Qualifier="7")
    assert function.runs() == []


def test_rejects_an_answer_that_is_too_large(workshop: Any) -> None:
    function = workshop.function("def handler(event, context):\n    return 'x' * 6_291_556")

    assert function.invoke().body["errorType"] == "Function.ResponseSizeTooLarge"


def test_accepts_an_arn_with_qualifier_and_no_payload(workshop: Any) -> None:
    function = workshop.function("def handler(event, context):\n    return event")

    for name in (function.arn, f"{function.arn}:$LATEST"):
        answer = workshop.client.invoke(FunctionName=name)
        assert json.loads(answer["Payload"].read()) == {}
        assert answer["ExecutedVersion"] == "$LATEST"


def test_names_what_is_not_implemented(workshop: Any) -> None:
    function = workshop.function(WHO_AM_I)

    with pytest.raises(ClientError, match="does not implement"):
        workshop.client.put_provisioned_concurrency_config(
            FunctionName=function.name, Qualifier="1", ProvisionedConcurrentExecutions=1
        )
    for options in ({"InvocationType": "DryRun"}, {"LogType": "Tail"}, {"ClientContext": "e30="}):
        with pytest.raises(ClientError, match="does not implement"):
            workshop.client.invoke(FunctionName=function.name, **options)


def test_killed_cloud_leaves_no_frozen_process(tmp_path: Path, eventually: Any, process_state: Any) -> None:
    (tmp_path / "app.py").write_text("import os\ndef handler(event, context):\n    return os.getpid()")
    uri = "registry.test/a@sha256:" + "a" * 64
    image = LocalImage(sys.executable, str(tmp_path), {})

    with running_cloud(tmp_path / "state", images={uri: image}) as cloud:
        pid = _invoke_once(cloud, uri)
        eventually(lambda: process_state(pid) == "T")
        os.kill(cloud.pid, signal.SIGKILL)
        eventually(lambda: not process_state(pid))


def _invoke_once(cloud: RunningCloud, uri: str) -> int:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = cloud.client("iam").create_role(RoleName="one", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))[
        "Role"
    ]["Arn"]
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName="one",
        Role=role,
        PackageType="Image",
        Code={"ImageUri": uri},
        ImageConfig={"Command": ["app.handler"]},
    )
    return int(functions.invoke(FunctionName="one")["Payload"].read())
