"""`python -m localcloud deploy`: the deployer on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from localcloud.deployer.errors import ConfigError, DeployError
from localcloud.deployer.results import Deployed, Deployment
from localcloud.deployer.run import deploy, destroy

#: Exit codes: the cloud or the program refused; the command line or the configuration is wrong.
FAILED: Final = 1
WRONG_USE: Final = 2
_SIGNS: Final = {"create": "+", "update": "~", "replace": "+-", "delete": "-", "same": " ", "read": "<"}


def add_arguments(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand `deploy`."""
    parser = subparsers.add_parser("deploy", help="deploy a Pulumi program onto a running local cloud")
    parser.add_argument("--program", type=Path, help="directory of Pulumi.yaml")
    parser.add_argument("--stack", help="name of the stack: Pulumi.<stack>.yaml holds its configuration")
    parser.add_argument("--endpoint", required=True, help="URL of the AWS endpoint")
    parser.add_argument("--region", help="region, above the configuration's aws:region")
    parser.add_argument("--config", action="append", default=[], metavar="KEY=VALUE", help="configuration value")
    parser.add_argument(
        "--config-secret",
        action="append",
        default=[],
        metavar="KEY=@FILE",
        help="secret configuration value, read from a file so that it shows in no process list",
    )
    parser.add_argument("--state", type=Path, help="state file, so that the next run changes only what changed")
    parser.add_argument("--preview", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument("--destroy", action="store_true", help="delete everything that the state file knows")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=main)


def main(arguments: argparse.Namespace) -> int:
    """Run the subcommand; its exit code."""
    report = _quiet if arguments.json else _print_line
    try:
        if arguments.destroy:
            if arguments.state is None:
                raise ConfigError("--destroy needs --state")
            deployment = destroy(arguments.state, arguments.endpoint, report=report)
        else:
            if arguments.program is None or arguments.stack is None:
                raise ConfigError("--program and --stack are needed")
            deployment = deploy(
                arguments.program,
                arguments.stack,
                arguments.endpoint,
                config=_assignments(arguments.config),
                secrets=_secrets(arguments.config_secret),
                state_file=arguments.state,
                region=arguments.region,
                preview=arguments.preview,
                report=report,
            )
    except DeployError as error:
        print(f"deploy: {error}", file=sys.stderr)
        return WRONG_USE if isinstance(error, ConfigError) else FAILED
    _print_result(deployment, as_json=arguments.json)
    return 0


def _assignments(texts: Sequence[str]) -> dict[str, str]:
    assignments = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"{text!r} is not KEY=VALUE")
        assignments[key] = value
    return assignments


def _secrets(texts: Sequence[str]) -> dict[str, str]:
    secrets = {}
    for key, value in _assignments(texts).items():
        if not value.startswith("@"):
            raise ConfigError(f"--config-secret {key}: give a file as {key}=@FILE")
        try:
            secrets[key] = Path(value[1:]).read_text("utf-8").rstrip("\n")
        except OSError as error:
            raise ConfigError(f"--config-secret {key}: {error}") from error
    return secrets


def _print_line(deployed: Deployed) -> None:
    changed = f"  [{', '.join(deployed.changed)}]" if deployed.changed else ""
    print(f"{_SIGNS[deployed.action]:>2} {deployed.type:50} {deployed.name}{changed}", flush=True)


def _quiet(_: Deployed) -> None:
    return None


def _print_result(deployment: Deployment, *, as_json: bool) -> None:
    """Secret outputs are shown as [secret], in JSON too."""
    outputs = {
        name: "[secret]" if name in deployment.secret_outputs else value for name, value in deployment.outputs.items()
    }
    if as_json:
        resources = [asdict(resource) for resource in deployment.resources]
        print(json.dumps({"outputs": outputs, "resources": resources, "warnings": list(deployment.warnings)}, indent=2))
        return
    for warning in deployment.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for name, value in sorted(outputs.items()):
        print(f"{name}: {value if isinstance(value, str) else json.dumps(value)}")
    counts = {action: deployment.count(action) for action in _SIGNS}
    print(", ".join(f"{count} {action}" for action, count in counts.items() if count) or "nothing to do")
