"""DynamoDB: one call at a time.

moto rolls a failed TransactWriteItems back by restoring a copy of the table, which loses what other threads wrote
meanwhile. One lock around every call makes transactions and conditional writes atomic.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from moto.dynamodb.responses import DynamoHandler

from localcloud.hooks.patching import replace_function

_one_at_a_time = threading.RLock()


def _locked(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call_action(self: Any) -> Any:
        with _one_at_a_time:
            return original(self)

    return call_action


def install() -> None:
    replace_function(DynamoHandler, "call_action", "self", _locked)
