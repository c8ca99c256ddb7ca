"""The command line `vcp`: one module of commands per group. Each imports its implementation when it is called."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

import typer

from vcpctl.command_exit import NOT_STARTED
from vcpctl.demo.cli import demo
from vcpctl.deploy.cli import add_commands
from vcpctl.n8n.cli import n8n

cli = typer.Typer(
    help="Operate the video compression pipeline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.command()(demo)
add_commands(cli)
cli.add_typer(n8n, name="n8n")

#: UsageError of the click that typer bundles: typer has no public name for it.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code. With --json, a usage error is printed as JSON too."""
    try:
        code = cli(args=list(arguments), prog_name="vcp", standalone_mode=False)
    except _UsageError as error:
        if "--json" in arguments:
            print(json.dumps({"error": error.format_message()}))
        error.show()
        return NOT_STARTED
    return int(code or 0)
