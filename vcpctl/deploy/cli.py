"""The commands of `vcp` that reach out to AWS, and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcpctl.screen import Screen

_STACK = typer.Option("--stack", metavar="NAME", help="A stack that has its file Pulumi.<name>.yaml.")


def add_commands(cli: typer.Typer) -> None:
    """Add them to the command line. What they do is imported when they are called."""
    cli.command()(deploy)
    cli.command()(preview)
    cli.command()(push)
    cli.command()(backend)


def deploy(
    stack: Annotated[str, _STACK],
    images: Annotated[
        str, typer.Option(metavar="IMAGES", help="A revision that was pushed, or media=sha256:...,core=sha256:...")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Change things without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document with what came of it.")] = False,
) -> None:
    """Bring a stack up on AWS, or to other images; with images that were pushed before, nothing else is touched.

    Exit codes: 0 it runs, 1 a step failed, 2 nothing was tried because something is missing or was not agreed to.
    """
    from vcpctl.deploy.command import run_deploy
    from vcpctl.deploy.steps import Options

    raise typer.Exit(run_deploy(Options(stack, images, yes), Screen(stderr=as_json), as_json=as_json))


def preview(
    stack: Annotated[str, _STACK],
    summary: Annotated[Path | None, typer.Option(metavar="FILE", help="Append it as Markdown, too.")] = None,
) -> None:
    """Show what this checkout would change in a stack that runs; changes nothing."""
    from vcpctl.deploy.command import run_preview
    from vcpctl.deploy.steps import Options

    raise typer.Exit(run_preview(Options(stack), summary, Screen()))


def push(
    stack: Annotated[str, _STACK] = "dev",
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Append them as `images=...`, too.")] = None,
) -> None:
    """Push the images that `make images` built to the registry of a stack's account; prints their digests."""
    from vcpctl.deploy.command import run_push
    from vcpctl.deploy.steps import Options

    raise typer.Exit(run_push(Options(stack), output, Screen(stderr=True)))


def backend(stack: Annotated[str, _STACK]) -> None:
    """Print what lets Pulumi's own commands find a stack's state: eval "$(vcp backend --stack dev)"."""
    from vcpctl.deploy.command import run_backend
    from vcpctl.deploy.steps import Options

    raise typer.Exit(run_backend(Options(stack), Screen(stderr=True)))
