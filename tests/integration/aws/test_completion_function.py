"""Asynchronous invocations of completion."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from localcloud.context import LocalImage
from localcloud.process import RunningCloud
from vcp.adapters.aws.completion_function import CompletionFunction
from vcp.domain.errors import PermanentError
from vcp.domain.mediaconvert.job_event import JobEvent, to_event

Until = Callable[[Callable[[], bool]], None]


def test_invokes_the_function_asynchronously(cloud: RunningCloud, tmp_path: Path, until: Until) -> None:
    (tmp_path / "app.py").write_text(
        "import json, pathlib\n"
        "def handler(event, context):\n"
        "    pathlib.Path(__file__).with_name('event.json').write_text(json.dumps(event))\n"
    )
    name, uri = f"completion-{uuid4().hex[:12]}", f"registry.test/completion@sha256:{uuid4().hex * 2}"
    cloud.console_client.functions.register_image(uri, LocalImage(sys.executable, str(tmp_path), {"PATH": "/usr/bin"}))
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    client = cloud.client("lambda")
    client.create_function(
        FunctionName=name,
        Role=role,
        PackageType="Image",
        Code={"ImageUri": uri},
        ImageConfig={"Command": ["app.handler"]},
        Timeout=20,
    )
    event = JobEvent(status="COMPLETE", job_id="job-1", video_id="Größe-1", stack="test", attempt=1)

    CompletionFunction(client, name).invoke(event)

    until(lambda: any(run for run in cloud.console_client.functions.invocations(name)))
    assert json.loads((tmp_path / "event.json").read_text()) == to_event(event)
    client.delete_function(FunctionName=name)
    with pytest.raises(PermanentError, match="lambda_refused"):
        CompletionFunction(client, name).invoke(event)
