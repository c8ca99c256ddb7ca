"""The request handler of the AWS endpoint: moto's, made quiet and quick."""

from __future__ import annotations

from moto.moto_server.werkzeug_app import MotoRequestHandler

from localcloud.listening import QuietHandler


class AwsHandler(QuietHandler, MotoRequestHandler):  # type: ignore[misc]  # moto is untyped
    """moto's handler keeps metadata headers with underscores; ours spares a log line and Nagle's wait."""
