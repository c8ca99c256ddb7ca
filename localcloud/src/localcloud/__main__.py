"""Run a cloud on this machine: `python -m localcloud serve`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from localcloud.listening import CannotStart
from localcloud.server import ServeOptions, read_images, serve


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="localcloud", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="command")
    options = subparsers.add_parser("serve", help="run the local cloud until SIGINT, SIGTERM or SIGHUP")
    options.add_argument("--state-dir", type=Path, required=True, help="directory of contents, logs and the journal")
    options.add_argument("--port", type=int, default=0, help="port of the AWS endpoint (0: any free one)")
    options.add_argument("--region", default="us-east-1", help="region of the cloud's own events")
    options.add_argument("--images", type=Path, help="JSON file: image URI -> process or container that runs it")
    options.add_argument("--ready-file", type=Path, help="written with the URLs when all ports listen")
    options.add_argument(
        "--auto-confirm",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="confirm e-mail subscriptions at once, as if the recipient had clicked the link",
    )
    options.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="stop too when the standard input closes, unless something was written into it before",
    )
    return parser


def main() -> int:
    """Parse the command line, run the cloud and return the exit code."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        serve(
            ServeOptions(
                state_dir=arguments.state_dir,
                region=arguments.region,
                aws_port=arguments.port,
                images=read_images(arguments.images) if arguments.images else {},
                ready_file=arguments.ready_file,
                auto_confirm=arguments.auto_confirm,
                until_stdin_closes=arguments.until_stdin_closes,
            )
        )
    except CannotStart as error:
        print(f"localcloud cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
