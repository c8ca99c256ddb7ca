"""The `vcp` commands that work on AWS, and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcpctl.screen import Screen

_STACK = typer.Option("--stack", metavar="NAME", help="The stack; it needs a file Pulumi.<name>.yaml.")


def add_commands(cli: typer.Typer) -> None:
    """Add the commands. Each imports its implementation when it is called."""
    cli.command()(deploy)
    cli.command()(preview)
    cli.command()(push)
    cli.command()(backend)


def deploy(
    stack: Annotated[str, _STACK],
    images: Annotated[
        str, typer.Option(metavar="IMAGES", help="A pushed revision, or media=sha256:...,core=sha256:...")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before changes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Deploy a stack to AWS. With --images only the images of the stack change.

    Exit codes: 0 deployed, 1 a step failed, 2 something is missing or was not confirmed.
    """
    from vcpctl.deploy.command import run_deploy
    from vcpctl.deploy.steps import Options

    raise typer.Exit(run_deploy(Options(stack, images, yes), Screen(stderr=as_json), as_json=as_json))


def preview(
    stack: Annotated[str, _STACK],
    summary: Annotated[Path | None, typer.Option(metavar="FILE", help="Also append it to FILE as Markdown.")] = None,
) -> None:
    """Show what this checkout would change in a deployed stack."""
    from vcpctl.deploy.command import run_preview
    from vcpctl.deploy.steps import Options

    raise typer.Exit(run_preview(Options(stack), summary, Screen()))


def push(
    stack: Annotated[str, _STACK],
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also append them to FILE as `images=...`.")
    ] = None,
) -> None:
    """Push the built images to the account's registry.

    Prints their digests. `make images` builds them.
    """
    from vcpctl.deploy.command import run_push
    from vcpctl.deploy.steps import Options

    raise typer.Exit(run_push(Options(stack), output, Screen(stderr=True)))


def backend(stack: Annotated[str, _STACK]) -> None:
    """Print the variables for Pulumi's CLI.

    With them it finds the stack's state: eval "$(vcp backend --stack dev)".
    """
    from vcpctl.deploy.command import run_backend
    from vcpctl.deploy.steps import Options

    raise typer.Exit(run_backend(Options(stack), Screen(stderr=True)))
