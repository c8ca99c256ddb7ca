"""The commands of `vcp` and their options. What they do is imported when they are called: it takes a second."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from vcpctl.deploy.cli import add_commands
from vcpctl.ending import REFUSED
from vcpctl.n8n.cli import n8n
from vcpctl.screen import Screen

cli = typer.Typer(
    help="Operate the video compression pipeline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

#: UsageError of the click that this typer carries: it has no public name there.
_WrongUsage = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])

_JSON_HELP = "Print one JSON document and nothing else; what people read goes to the standard error."


@cli.callback()
def main() -> None:
    """Operate the video compression pipeline."""


@cli.command()
def demo(
    video: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="A video of yours, as often as you like; the sample without it."),
    ] = None,
    limit_bytes: Annotated[
        str, typer.Option(metavar="SIZE", help="The result must be smaller than this: bytes, or as in 500MB or 5GB.")
    ] = "",
    compress_above_bytes: Annotated[
        str, typer.Option(metavar="SIZE", help="Files up to this size are left alone.")
    ] = "",
    folder: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Where all of it lies; emptied first. build/demo without it.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the local cloud running afterwards.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_JSON_HELP)] = False,
    images: Annotated[
        bool, typer.Option("--images", help="Run the functions from the container images that `make images` built.")
    ] = False,
) -> None:
    """The whole pipeline on a local cloud, on a real video.

    Exit codes: 0 every video ended as it should (a refusal with its reason is such an end), 1 one did not,
    2 not begun because of an option or another demo, 128 and the signal's number when it was stopped.
    """
    from vcpctl.demo.command import run_demo
    from vcpctl.demo.options import DemoOptions

    options = DemoOptions(
        videos=tuple(video or ()),
        limit=limit_bytes,
        compress_above=compress_above_bytes,
        folder=folder,
        keep=keep,
        as_json=as_json,
        from_images=images,
    )
    raise typer.Exit(run_demo(options, Screen(stderr=as_json)))


add_commands(cli)
cli.add_typer(n8n, name="n8n")


def run(arguments: Sequence[str]) -> int:
    """Run a command line; its exit code. A command line that is wrong is a sentence, and JSON where JSON was asked."""
    try:
        answer = cli(args=list(arguments), prog_name="vcp", standalone_mode=False)
    except _WrongUsage as wrong:
        if "--json" in arguments:
            print(json.dumps({"error": wrong.format_message()}))
        wrong.show()
        return REFUSED
    return int(answer or 0)
