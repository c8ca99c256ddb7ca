"""The outermost edge of every function: errors are logged with what they are about, and raised."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from vcp.domain.errors import VcpError

logger = Logger(child=True)
Handler = Callable[[Any, LambdaContext], Any]


def at_the_edge(handler: Handler) -> Handler:
    """Log what a handler raises and raise it on: a returned failure would be a success to whoever called.

    An error of our tree keeps its type; its text (code, sentence, detail) is what n8n shows a person.

    A handler is the last thing that its module defines: what was imported until here stays for good and is never
    looked through again (`gc.freeze`), and the collector, off since `vcp.functions` was imported, is on from here.
    """
    gc.freeze()
    gc.enable()

    @wraps(handler)
    def guarded(event: Any, context: LambdaContext) -> Any:
        try:
            return handler(event, context)
        except VcpError as error:
            logger.exception("raised", extra={"code": error.code, "sentence": error.sentence, "detail": error.detail})
            raise
        except Exception:
            logger.exception("an unforeseen fault")
            raise

    return guarded
