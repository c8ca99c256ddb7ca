"""The commands of `vcp n8n` and their options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from vcpctl.screen import Screen

n8n = typer.Typer(help="What n8n needs of the pipeline.", no_args_is_help=True)


@n8n.callback()
def about() -> None:
    """What n8n needs of the pipeline."""


@n8n.command()
def export(
    stack: Annotated[str, typer.Option("--stack", metavar="NAME", help="A stack that was deployed.")],
    folder: Annotated[
        str, typer.Option(metavar="LINK", help="The Drive folder to watch; the stack's watchedFolder without it.")
    ] = "",
    mail_to: Annotated[str, typer.Option(metavar="ADDRESS", help="Who gets a mail when the workflow fails.")] = "",
    mail_from: Annotated[str, typer.Option(metavar="ADDRESS", help="Who that mail is from.")] = "",
    output: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the files go; build/n8n-export/<stack> without it.")
    ] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `pulumi stack output --json` printed, instead of asking Pulumi."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document with what was written.")] = False,
) -> None:
    """Write the workflows for n8n, filled in for a stack: function, folder, region, addresses.

    Exit codes: 0 they are written, 1 a step failed, 2 nothing was written because something is missing.
    """
    from vcpctl.deploy.command import deployment_of, run_to_its_end
    from vcpctl.deploy.steps import Options
    from vcpctl.n8n.export import Export, ExportOptions
    from vcpctl.n8n.export import export as write

    screen = Screen(stderr=as_json)
    options = ExportOptions(stack, folder, mail_to, mail_from, output, outputs)
    written: list[Export] = []
    deployment = deployment_of(Options(stack), screen)
    code, sentence = run_to_its_end(lambda: written.append(write(options, deployment)), screen)
    told: dict[str, Any] = {"stack": stack, "error": sentence or None, "files": []}
    for done in written:
        told |= {
            "files": [str(file) for file in done.files],
            "function": done.filling.function,
            "region": done.filling.region,
            "folder": done.filling.folder_url,
            "user": done.user,
        }
        for file in done.files:
            screen.say(f"written: {file}")
        screen.say("What is left for a person (docs/n8n.md shows each step):")
        for line in done.left():
            screen.say(f"  - {line}")
    if as_json:
        print(json.dumps(told, indent=2))
    raise typer.Exit(code)
