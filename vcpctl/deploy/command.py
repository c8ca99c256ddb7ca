"""Run `vcp deploy`, `vcp preview`, `vcp push` and `vcp backend`, and report each step's result."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from vcpctl.command_exit import DONE, FAILED, CommandExit
from vcpctl.deploy import questions
from vcpctl.deploy.pulumi import Preview
from vcpctl.deploy.shell import CommandFailed, Shell
from vcpctl.deploy.skopeo import check_skopeo
from vcpctl.deploy.steps import Deployment, Options, stack_of, steps_for
from vcpctl.screen import Screen
from vcpctl.signals import Stopped

ROOT = Path(__file__).parents[2]
#: Errors of AWS and of commands, reported by their messages.
_FAULTS = (ClientError, BotoCoreError, CommandFailed, OSError)


def run_deploy(options: Options, screen: Screen, *, as_json: bool) -> int:
    """Deploy a stack; return the exit code."""
    deployment = deployment_of(options, screen)
    code, sentence = run_to_its_end(lambda: _deploy(deployment, screen), screen)
    if as_json:
        report: dict[str, Any] = {"stack": options.stack, "error": sentence or None}
        if hasattr(deployment, "account"):
            report |= {"account": deployment.account.id, "region": deployment.account.region}
        if hasattr(deployment, "images"):
            report |= {"images": dict(deployment.images.digests)}
        print(json.dumps({**report, "outputs": dict(deployment.outputs)}, indent=2))
    return code


def run_preview(options: Options, summary: Path | None, screen: Screen) -> int:
    """Show what deploying this checkout with the stack's current images would change; return the exit code."""
    deployment = deployment_of(options, screen)

    def preview() -> None:
        deployment.check_tools()
        deployment.check_account()
        pulumi = stack_of(deployment)
        if not pulumi.exists():
            raise CommandExit(
                f"There is no stack {options.stack} yet: make deploy STACK={options.stack} creates it.", FAILED
            )
        pulumi.select()
        for image, uri in pulumi.outputs().get("images", {}).items():
            pulumi.set(f"vcp:{image}Image", uri)
        _show_preview(pulumi.preview(), options.stack, summary, screen)

    return run_to_its_end(preview, screen)[0]


def run_push(options: Options, output: Path | None, screen: Screen) -> int:
    """Push the built images and print them in the form of IMAGES=; return the exit code.

    `output` is a file that later steps of a workflow read, one `name=value` per line.
    """
    deployment = deployment_of(options, screen)

    def push() -> None:
        check_skopeo(deployment.here)
        screen.say(deployment.check_account())
        print(deployment.push_images())
        if output:
            with output.open("a", encoding="utf-8") as file:
                file.write(f"images={deployment.images}\n")

    return run_to_its_end(push, screen)[0]


def run_backend(options: Options, screen: Screen) -> int:
    """Print Pulumi's environment for a stack as shell exports; return the exit code."""
    deployment = deployment_of(options, screen)

    def export() -> None:
        deployment.check_account()
        for name, value in stack_of(deployment).environment.items():
            print(f"export {name}={shlex.quote(value)}")

    return run_to_its_end(export, screen)[0]


def deployment_of(options: Options, screen: Screen) -> Deployment:
    """Return a deployment from this checkout that asks on the terminal."""
    return Deployment(options, ROOT, Shell, screen.say, _terminal(screen))


def _terminal(screen: Screen) -> questions.Ask:
    def ask(question: str) -> str | None:
        if not sys.stdin.isatty():
            return None
        screen.say(question)
        try:
            return input("> ").strip()
        except EOFError:
            return None

    return ask


def run_to_its_end(command: Callable[[], None], screen: Screen) -> tuple[int, str]:
    """Run a command; return its exit code and error message, which is shown."""
    code, sentence = DONE, ""
    try:
        command()
    except CommandExit as error:
        code, sentence = error.code, str(error)
    except _FAULTS as fault:
        code, sentence = FAILED, str(fault)
    except Stopped as stopped:
        code, sentence = stopped.code, "Stopped. Run the same command again to continue; completed steps are kept."
    with suppress(OSError):
        if sentence:
            screen.say(sentence, style="red")
    return code, sentence


def _deploy(deployment: Deployment, screen: Screen) -> None:
    steps = steps_for(deployment.options)
    for number, step in enumerate(steps, start=1):
        screen.say(f"{number}/{len(steps)} {step.title}", style="bold")
        screen.say(f"    {step.run(deployment)}")
    screen.say("")
    for line in manual_steps(deployment.outputs, deployment):
        screen.say(line)


def manual_steps(outputs: Mapping[str, Any], deployment: Deployment) -> list[str]:
    """List the steps to do by hand."""
    lines = ["The stack is deployed. To do by hand, once for each stack:"]
    lines.append(f"  - share each Drive folder with {questions.service_account(deployment.pulumi)}, as a viewer")
    lines.append("  - everyone who receives mails: confirm the mail from AWS Notifications")
    if user := outputs.get("n8nUserName"):
        intake = outputs.get("functionArns", {}).get("intake", "")
        lines.append(
            f"  - create an access key for the IAM user {user} and enter it in n8n, with the function {intake}"
        )
        export = f".venv/bin/vcp n8n export --stack {deployment.options.stack}"
        lines.append(f"  - {export} writes the workflows to import into n8n; docs/n8n.md shows each step")
    lines.append(f"  - commit Pulumi.{deployment.options.stack}.yaml and foundation/Pulumi.account.yaml: CI reads them")
    return lines


def _show_preview(found: Preview, stack: str, summary: Path | None, screen: Screen) -> None:
    screen.say(f"{stack}: {found.summary()}")
    for change in found.changes:
        screen.say(f"  {change}")
    if summary:
        rows = [
            f"| `{change.what}` | `{change.type}` | {change.name} | {', '.join(change.properties)} |"
            for change in found.changes
        ]
        table = ["", "| | type | name | changed properties |", "|---|---|---|---|", *rows] if rows else []
        with summary.open("a", encoding="utf-8") as file:
            file.write("\n".join([f"### {stack}: {found.summary()}", *table, ""]))
