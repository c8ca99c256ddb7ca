"""A cloud on this machine: `serve` runs it, `deploy` puts a Pulumi program on it."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path


def _add_serve(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("serve", help="run the local cloud until SIGINT, SIGTERM or SIGHUP")
    parser.add_argument("--state-dir", type=Path, required=True, help="where contents, logs and the journal lie")
    parser.add_argument("--port", type=int, default=0, help="port of the AWS endpoint (0: any free one)")
    parser.add_argument("--region", default="us-east-1", help="region that events of the cloud itself come from")
    parser.add_argument("--images", type=Path, help="JSON file: image URI -> process environment that stands for it")
    parser.add_argument("--ready-file", type=Path, help="written with the URLs when all ports listen")
    parser.add_argument(
        "--auto-confirm",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="confirm e-mail subscriptions at once, as a person who clicks the link would",
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="stop too when the standard input closes, unless something was written into it before",
    )
    parser.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    from localcloud.listening import CannotStart
    from localcloud.server import ServeOptions, read_images, serve

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
    except CannotStart as reason:
        print(f"localcloud cannot start: {reason}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    """Parse the command line and run the subcommand; its exit code."""
    parser = argparse.ArgumentParser(prog="localcloud", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="command")
    _add_serve(subparsers)
    if sys.argv[1:2] != ["serve"]:  # a server need not wait until Pulumi is imported
        from localcloud.deployer import cli

        cli.add_arguments(subparsers)
    arguments = parser.parse_args()
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
