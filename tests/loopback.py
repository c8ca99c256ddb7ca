"""Ports of the loopback address."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def listens(port: int) -> bool:
    """Return whether a port is open."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
