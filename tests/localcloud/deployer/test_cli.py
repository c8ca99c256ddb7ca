"""`python -m localcloud deploy`, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.localcloud.deployer.conftest import Workbench


def _run(bench: Workbench, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "localcloud", "deploy", "--endpoint", bench.endpoint, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_deploy_preview_and_destroy(bench: Workbench) -> None:
    bench.project("config:\n  delay: {type: integer, default: 1}\n  token: {type: string, secret: true}\n")
    bench.program(
        """
        config = pulumi.Config()
        queue = aws.sqs.Queue('jobs', delay_seconds=config.require_int('delay'))
        pulumi.export('delay', queue.delay_seconds)
        pulumi.export('token', config.require_secret('token'))
        """
    )
    (bench.directory / "token.txt").write_text("open-sesame\n", "utf-8")
    where = ["--program", str(bench.directory), "--stack", "dev", "--state", str(bench.state_file)]
    where += ["--config-secret", f"token=@{bench.directory / 'token.txt'}"]

    made = _run(bench, *where, "--config", "delay=3", "--json")
    assert made.returncode == 0, made.stderr
    result = json.loads(made.stdout)
    assert result["outputs"] == {"delay": 3, "token": "[secret]"}
    assert "open-sesame" not in made.stdout + made.stderr

    foreseen = _run(bench, *where, "--config", "delay=4", "--preview")
    assert "~ aws:sqs/queue:Queue" in foreseen.stdout
    assert "[delaySeconds]" in foreseen.stdout

    wrong = _run(bench, *where, "--config", "delay=soon")
    assert wrong.returncode == 2
    assert wrong.stderr == "deploy: override: shop:delay is 'soon', which is not of type integer\n"

    gone = _run(bench, "--destroy", "--state", str(bench.state_file))
    assert gone.returncode == 0
    assert "1 delete" in gone.stdout


def test_a_refusal_is_one_sentence_and_an_exit_code(bench: Workbench) -> None:
    bench.program("aws.ec2.Vpc('net', cidr_block='10.0.0.0/16')")
    refused = _run(bench, "--program", str(bench.directory), "--stack", "dev")
    assert refused.returncode == 1
    assert refused.stderr.strip().startswith("deploy: aws:ec2/vpc:Vpc is not something the local cloud can deploy")
    assert "Traceback" not in refused.stderr
