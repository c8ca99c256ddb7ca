"""The operator's command, `vcp`."""

from __future__ import annotations

import typer

from vcpctl.demo.command import demo

app = typer.Typer(
    help="Operate the video compression pipeline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo)


@app.callback()
def main() -> None:
    """Keeps `demo` a subcommand while it is the only one."""
