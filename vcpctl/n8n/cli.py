"""The commands of `vcp n8n` and their options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from vcpctl.screen import Screen

n8n = typer.Typer(help="Connect n8n to the pipeline.", no_args_is_help=True)


@n8n.callback()
def group() -> None:
    """Connect n8n to the pipeline."""


@n8n.command()
def export(
    stack: Annotated[str, typer.Option("--stack", metavar="NAME", help="A deployed stack.")],
    folder: Annotated[
        str, typer.Option(metavar="LINK", help="The Drive folder to watch. Default: the stack's watchedFolder.")
    ] = "",
    mail_to: Annotated[str, typer.Option(metavar="ADDRESS", help="Recipient of the mail about a failure.")] = "",
    mail_from: Annotated[str, typer.Option(metavar="ADDRESS", help="Sender of the mail about a failure.")] = "",
    output: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Target folder. Default: build/n8n-export/<stack>.")
    ] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Output of `pulumi stack output --json`, to use instead of asking Pulumi."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document with what was written.")] = False,
) -> None:
    """Write the n8n workflows for a stack, with its function, folder, region and mail addresses.

    Exit codes: 0 written, 1 a step failed, 2 nothing was written because something is missing.
    """
    from vcpctl.deploy.command import deployment_of, run_to_its_end
    from vcpctl.deploy.steps import Options
    from vcpctl.n8n.export import Export, ExportOptions
    from vcpctl.n8n.export import export as write

    screen = Screen(stderr=as_json)
    options = ExportOptions(stack, folder, mail_to, mail_from, output, outputs)
    exports: list[Export] = []
    deployment = deployment_of(Options(stack), screen)
    code, sentence = run_to_its_end(lambda: exports.append(write(options, deployment)), screen)
    document: dict[str, Any] = {"stack": stack, "error": sentence or None, "files": []}
    for done in exports:
        document |= {
            "files": [str(file) for file in done.files],
            "function": done.values.function,
            "region": done.values.region,
            "folder": done.values.folder_url,
            "user": done.user,
        }
        for file in done.files:
            screen.say(f"written: {file}")
        screen.say("Next steps (see docs/n8n.md):")
        for line in done.next_steps():
            screen.say(f"  - {line}")
    if as_json:
        print(json.dumps(document, indent=2))
    raise typer.Exit(code)
