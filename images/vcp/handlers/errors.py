"""The outermost edge of every function: errors are logged with what they are about, and raised."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from vcp.domain.errors import RetryableError, VcpError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    Handler = Callable[[Any, LambdaContext], Any]

logger = Logger(child=True)


def log_errors(handler: Handler) -> Handler:
    """Log what a handler raises and raise it on: a returned failure would be a success to whoever called.

    An error of our tree keeps its type; its text (code, sentence, detail) is what n8n shows a person.

    A handler is the last thing that its module defines: what was imported until here stays for good and is never
    looked through again (`gc.freeze`), and the collector, off since `vcp.handlers` was imported, is on from here.
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


def wrap_unexpected_errors(handler: Handler) -> Handler:
    """For a function whose errors a person reads: a fault of the program is told in a sentence, too.

    n8n shows `errorMessage` as it is, and "'NoneType' object is not subscriptable" helps nobody there. Stands below
    `log_errors`, which has logged nothing yet: the log gets this error with the fault as its cause.
    """

    @wraps(handler)
    def told(event: Any, context: Any) -> Any:
        try:
            return handler(event, context)
        except VcpError:
            raise
        except Exception as fault:
            raise RetryableError(
                "unforeseen",
                "The pipeline has a fault that nobody foresaw, so the file was not taken in. Whoever looks after the "
                f"pipeline finds it in the log of this function, request {context.aws_request_id}.",
                f"{type(fault).__name__}: {fault}",
            ) from fault

    return told
