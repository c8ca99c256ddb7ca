"""Ports of the loopback address, for what tests and benchmarks start and speak to."""

from __future__ import annotations

import socket


def free_port() -> int:
    """A port that nobody listened on just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
