"""Errors of a handler are logged and reach the caller."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.handlers.calls import Context
from vcp.domain.errors import PermanentError, RetryableError, VcpError
from vcp.handlers.errors import log_errors, wrap_unexpected_errors


def raising(error: Exception) -> Any:
    @log_errors
    def handler(event: Any, context: Any) -> Any:
        raise error

    return handler


def test_returns_the_handlers_answer() -> None:
    @log_errors
    def handler(event: Any, context: Any) -> Any:
        return {"answer": event}

    assert handler(42, Context()) == {"answer": 42}  # type: ignore[arg-type]


def test_logs_a_known_error_with_its_code_and_raises_it(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(VcpError, match="airtable_token: The token is not accepted"):
        raising(PermanentError("airtable_token", "The token is not accepted.", "HTTP 401"))({}, Context())
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert vars(line)["code"] == "airtable_token"
    assert vars(line)["detail"] == "HTTP 401"
    assert line.exc_info


def test_logs_an_unexpected_error_with_its_traceback_and_raises_it(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError("oops"))({}, Context())
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert line.exc_info


def test_an_unexpected_error_becomes_a_sentence_with_the_request_id(caplog: pytest.LogCaptureFixture) -> None:
    @log_errors
    @wrap_unexpected_errors
    def handler(event: Any, context: Any) -> Any:
        return event["nothing"]

    with pytest.raises(RetryableError) as caught:
        handler({}, Context())  # type: ignore[arg-type]
    assert str(caught.value).startswith("unexpected: The pipeline failed unexpectedly")
    assert Context().aws_request_id in caught.value.sentence
    assert caught.value.detail == "KeyError: 'nothing'"
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert line.exc_info
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_known_error_is_not_wrapped() -> None:
    error = PermanentError("no_file", "The call names no file.")

    @wrap_unexpected_errors
    def handler(event: Any, context: Any) -> Any:
        raise error

    with pytest.raises(PermanentError) as caught:
        handler({}, Context())  # type: ignore[arg-type]
    assert caught.value is error
