"""The request handler of the AWS endpoint."""

from __future__ import annotations

from moto.moto_server.werkzeug_app import MotoRequestHandler

from localcloud.listening import QuietHandler


class AwsHandler(QuietHandler, MotoRequestHandler):  # type: ignore[misc]  # moto is untyped
    """moto's handler, which keeps metadata headers with underscores, without request log and Nagle delay."""
