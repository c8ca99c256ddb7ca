"""How handlers treat errors: logged with their context, and raised."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from vcp.domain.errors import RetryableError, VcpError
from vcp.handlers.startup import end_startup

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    Handler = Callable[[Any, LambdaContext], Any]

logger = Logger(child=True)


def log_errors(handler: Handler) -> Handler:
    """Log what a handler raises, and raise it: callers take a returned failure for success.

    Our errors keep their type; their text (code, sentence, detail) is what n8n shows its users. A handler is the last
    definition of its module, so this ends the start-up of the process.
    """
    end_startup()

    @wraps(handler)
    def logged(event: Any, context: LambdaContext) -> Any:
        try:
            return handler(event, context)
        except VcpError as error:
            logger.exception("failed", extra={"code": error.code, "sentence": error.sentence, "detail": error.detail})
            raise
        except Exception:
            logger.exception("unexpected error")
            raise

    return logged


def wrap_unexpected_errors(handler: Handler) -> Handler:
    """Raise a sentence instead of an unexpected error, for a function whose errors people read.

    n8n shows `errorMessage` verbatim, and "'NoneType' object is not subscriptable" is of no use there. Apply it below
    `log_errors`, which logs the original error as the cause.
    """

    @wraps(handler)
    def wrapped(event: Any, context: Any) -> Any:
        try:
            return handler(event, context)
        except VcpError:
            raise
        except Exception as error:
            raise RetryableError(
                "unexpected",
                "The pipeline failed unexpectedly, so the file was not accepted. The operator finds the cause in the "
                f"log of this function, request {context.aws_request_id}.",
                f"{type(error).__name__}: {error}",
            ) from error

    return wrapped
