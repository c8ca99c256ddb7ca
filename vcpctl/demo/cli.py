"""The command `vcp demo` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcpctl.screen import Screen


def demo(
    video: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Your own video; repeat it for several. Default: the sample."),
    ] = None,
    limit_bytes: Annotated[
        str,
        typer.Option(metavar="SIZE", help="The result must be smaller than this: bytes, or a size such as 500MB."),
    ] = "",
    compress_above_bytes: Annotated[
        str, typer.Option(metavar="SIZE", help="Skip files up to this size. Default: the limit.")
    ] = "",
    folder: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Working folder, emptied first. Default: build/demo.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the local cloud running afterwards.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document; progress goes to standard error.")
    ] = False,
    images: Annotated[
        bool, typer.Option("--images", help="Run the functions from the container images that `make images` built.")
    ] = False,
) -> None:
    """Run the whole pipeline on a local cloud with a real video.

    Exit codes: 0 every video was completed, skipped or rejected with a reason; 1 one was not; 2 nothing was started
    (wrong option, or another demo is running); 128 plus the signal's number when stopped.
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
