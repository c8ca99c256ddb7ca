"""`vcp deploy`, `vcp preview` and `vcp push`: run the steps, say what came of each, end in a sentence."""

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
from vcpctl.deploy.steps import Deployment, Options, Step, stack_of, steps_for
from vcpctl.screen import Screen
from vcpctl.signals import Stopped

ROOT = Path(__file__).parents[2]
#: What AWS or a command answers that is out of order: told by its message.
_FAULTS = (ClientError, BotoCoreError, CommandFailed, OSError)


def run_deploy(options: Options, screen: Screen, *, as_json: bool) -> int:
    """Deploy a stack; the exit code."""
    deployment = deployment_of(options, screen)
    code, sentence = run_to_its_end(lambda: _deploy(deployment, screen), screen)
    if as_json:
        told: dict[str, Any] = {"stack": options.stack, "error": sentence or None}
        if hasattr(deployment, "account"):
            told |= {"account": deployment.account.id, "region": deployment.account.region}
        if hasattr(deployment, "images"):
            told |= {"images": dict(deployment.images.digests)}
        print(json.dumps({**told, "outputs": dict(deployment.outputs)}, indent=2))
    return code


def run_preview(options: Options, summary: Path | None, screen: Screen) -> int:
    """Say what a deployment of this checkout would change in a stack, with the images that it runs; the exit code."""
    deployment = deployment_of(options, screen)

    def preview() -> None:
        deployment.check_tools()
        deployment.check_account()
        pulumi = stack_of(deployment)
        if not pulumi.exists():
            raise CommandExit(
                f"There is no stack {options.stack} yet: make deploy STACK={options.stack} makes it.", FAILED
            )
        pulumi.select()
        for image, uri in pulumi.outputs().get("images", {}).items():
            pulumi.set(f"vcp:{image}Image", uri)
        _show_preview(pulumi.preview(), options.stack, summary, screen)

    return run_to_its_end(preview, screen)[0]


def run_push(options: Options, output: Path | None, screen: Screen) -> int:
    """Push the images that were built; prints them as IMAGES= takes them. The exit code.

    `output`: a file that later steps of a workflow read, a name and a value on each line.
    """
    deployment = deployment_of(options, screen)

    def push() -> None:
        screen.say(deployment.check_account())
        print(deployment.push_images())
        if output:
            with output.open("a", encoding="utf-8") as file:
                file.write(f"images={deployment.images}\n")

    return run_to_its_end(push, screen)[0]


def run_backend(options: Options, screen: Screen) -> int:
    """Print the environment of Pulumi's own commands for a stack, as a shell reads it; the exit code."""
    deployment = deployment_of(options, screen)

    def tell() -> None:
        deployment.check_account()
        for name, value in stack_of(deployment).environment.items():
            print(f"export {name}={shlex.quote(value)}")

    return run_to_its_end(tell, screen)[0]


def deployment_of(options: Options, screen: Screen) -> Deployment:
    """What the steps of a command work with, on this machine."""
    return Deployment(options, ROOT, Shell, screen.say, _asking(screen))


def _asking(screen: Screen) -> questions.Ask:
    def ask(question: str) -> str | None:
        if not sys.stdin.isatty():
            return None
        screen.say(question)
        try:
            return input("> ").strip()
        except EOFError:
            return None

    return ask


def run_to_its_end(what: Callable[[], None], screen: Screen) -> tuple[int, str]:
    """Exit code and last sentence of what is run."""
    code, sentence = DONE, ""
    try:
        what()
    except CommandExit as error:
        code, sentence = error.code, str(error)
    except _FAULTS as fault:
        code, sentence = FAILED, str(fault)
    except Stopped as stopped:
        again = "What is done stays done; run the same command again to go on."
        code, sentence = stopped.code, f"Stopped. {again}"
    with suppress(OSError):
        if sentence:
            screen.say(sentence, style="red")
    return code, sentence


def _deploy(deployment: Deployment, screen: Screen) -> None:
    steps = steps_for(deployment.options)
    for number, step in enumerate(steps, start=1):
        _take(step, f"{number}/{len(steps)}", deployment, screen)
    screen.say("")
    for line in whats_next(deployment.outputs, deployment):
        screen.say(line)


def _take(step: Step, number: str, deployment: Deployment, screen: Screen) -> None:
    screen.say(f"{number} {step.title}", style="bold")
    screen.say(f"    {step.run(deployment)}")


def whats_next(outputs: Mapping[str, Any], deployment: Deployment) -> list[str]:
    """What only a person can do."""
    lines = ["The stack runs. What is left for a person, once for each stack:"]
    lines.append(f"  - share each Drive folder with {questions.service_account(deployment.pulumi)}, as a viewer")
    lines.append("  - everybody who is to get mails: confirm the mail from AWS Notifications")
    if user := outputs.get("n8nUserName"):
        door = outputs.get("functionArns", {}).get("intake", "")
        lines.append(f"  - make an access key for the IAM user {user} and give it to n8n, with the function {door}")
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
        table = ["", "| | type | name | differs in |", "|---|---|---|---|", *rows] if rows else []
        with summary.open("a", encoding="utf-8") as file:
            file.write("\n".join([f"### {stack}: {found.summary()}", *table, ""]))
