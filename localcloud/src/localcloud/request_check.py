"""Validate every request to the AWS endpoint against its service model, before moto sees it.

moto accepts much that the services reject: names with forbidden characters, values outside an enum, numbers out of
range. So does botocore, which validates types and required members only. Here such a request gets the service's answer
("1 validation error detected: ..."), so that what passes here is valid on AWS. Rules that only the API references state
are in `documented_rules`. MediaConvert validates its own bodies (`mediaconvert/validation.py`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import Shape, StructureShape
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.routing import get_router_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from localcloud.documented_rules import broken_rules
from localcloud.service_model import Checker, Problem, Rule

_log = logging.getLogger(__name__)

#: moto's names of services that differ from botocore's.
_SERVICES = {"awslambda": "lambda"}
_SELF_VALIDATED = frozenset({"mediaconvert"})
#: Error codes of services that deviate from `ValidationException` (JSON protocols) and `ValidationError` (query
#: protocol). Source: API references, "Common errors".
_CODES = {
    "logs": "InvalidParameterException",
    "s3": "InvalidArgument",
    "secretsmanager": "InvalidParameterException",
    "sns": "InvalidParameter",
    "sqs": "InvalidAttributeName",
}
#: Constraints of the model that the service itself does not enforce: (service, shape) -> reason.
TOLERATED: Mapping[tuple[str, str], str] = {}
_MAX_VALUE_LENGTH = 200


@dataclass(frozen=True)
class Rejection:
    """The error of an invalid request: the service's error code and message."""

    code: str
    message: str


class RequestJournal:
    """Counts of valid, rejected and unchecked requests per operation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], dict[str, int]] = {}

    def note(self, service: str, operation: str, outcome: str) -> None:
        with self._lock:
            counts = self._counts.setdefault((service, operation), {"valid": 0, "refused": 0, "unchecked": 0})
            counts[outcome] += 1

    def as_json(self) -> list[dict[str, Any]]:
        """`{"service", "operation", "valid", "refused", "unchecked"}`, by service and operation."""
        with self._lock:
            counts = sorted((service, operation, dict(each)) for (service, operation), each in self._counts.items())
        return [{"service": service, "operation": operation, **each} for service, operation, each in counts]


class RequestCheck:
    """Validates requests against the service models."""

    def __init__(self, journal: RequestJournal) -> None:
        self._journal = journal

    def rejection(self, moto_service: str, request: Any) -> Rejection | None:
        """Return why the service would reject this request for its form alone, or None.

        A request that names no operation of the service is left to moto, and counted as unchecked.

        Args:
            request: moto's normalised (Flask) request.
        """
        service = _SERVICES.get(moto_service, moto_service)
        found = _operation(service, request)
        if found is None:
            self._journal.note(service, f"{request.method} {request.path}", "unchecked")
            return None
        operation, protocol, uri_params = found
        rejection = self._check(service, operation, protocol, request, uri_params)
        self._journal.note(service, operation.name, "refused" if rejection else "valid")
        if rejection:
            _log.warning("%s %s rejected: %s", service, operation.name, rejection.message)
        return rejection

    def _check(
        self, service: str, operation: Any, protocol: str, request: Any, uri_params: Mapping[str, Any]
    ) -> Rejection | None:
        shape = operation.input_shape
        if shape is None:
            return None
        try:
            parameters = _parsed(service, operation, protocol, request, uri_params)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            return Rejection("SerializationException", f"{type(error).__name__}: {error}")
        problems = [
            problem
            for problem in problems_of(_checked_members(service, shape), parameters, shape)
            if (service, problem.shape) not in TOLERATED
        ]
        if problems:
            code = _CODES.get(service, "ValidationError" if protocol == "query" else "ValidationException")
            return Rejection(code, validation_message(problems))
        for code, sentence in broken_rules(service, operation.name, parameters):
            return Rejection(code, sentence)
        return None


def problems_of(members: Mapping[str, Shape], parameters: Mapping[str, Any], shape: StructureShape) -> list[Problem]:
    """Problems of parameters, by the SDK's names, in the given members of an operation's input."""
    checker = Checker()
    for name, member in members.items():
        if parameters.get(name) is not None:
            checker.check(member, parameters[name], (name,))
        elif name in shape.required_members:
            checker.problems.append(Problem((name,), Rule.REQUIRED, None, shape.name))
    return checker.problems


def _checked_members(service: str, shape: StructureShape) -> dict[str, Shape]:
    """The members of a request that the service does not validate itself."""
    return {
        name: member
        for name, member in shape.members.items()
        if service not in _SELF_VALIDATED or "location" in member.serialization
    }


def _is_bytes(shape: StructureShape) -> bool:
    """Whether the body of a request is raw bytes, such as an object's contents."""
    payload = shape.serialization.get("payload")
    return payload is not None and shape.members[payload].type_name == "blob"


@cache
def _router(service: str, protocol: str) -> Any:
    router = get_router_class(service, protocol)
    return router(get_service_model(service)) if router is not None else None


@cache
def _model(service: str) -> Any:
    try:
        return get_service_model(service)
    except UnknownServiceError:
        return None  # moto's own API


def _operation(service: str, request: Any) -> tuple[Any, str, Mapping[str, Any]] | None:
    model = _model(service)
    if model is None:
        return None
    try:
        protocol = determine_request_protocol(model, request.content_type)
    except NotImplementedError:
        protocol = str(model.protocol)  # another content type that the service accepts, such as n8n's for Lambda
    router = _router(service, protocol)
    if router is None:
        return None
    try:
        operation, uri_params = router.match(request)
    except NotFound:
        return None
    return operation, protocol, uri_params


def _parsed(
    service: str, operation: Any, protocol: str, request: Any, uri_params: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The request's parameters by the SDK's names."""
    rest = protocol.startswith("rest-")
    unread = service in _SELF_VALIDATED or _is_bytes(operation.input_shape)
    parsed: Mapping[str, Any] = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.args if rest else request.values,
            "headers": request.headers,
            "body": b"" if unread else request.data,
            "url_path": request.path,
            "url_params": uri_params,
        }
    )
    return parsed


_CONSTRAINTS = {
    Rule.TYPE: "Member must be of type {bound}",
    Rule.REQUIRED: "Member must not be null",
    Rule.UNKNOWN: "Member is not known",
    Rule.PATTERN: "Member must satisfy regular expression pattern: {bound}",
    Rule.LEAST: "Member must have value greater than or equal to {bound}",
    Rule.MOST: "Member must have value less than or equal to {bound}",
    Rule.SHORTEST: "Member must have length greater than or equal to {bound}",
    Rule.LONGEST: "Member must have length less than or equal to {bound}",
    Rule.FEWEST: "Member must have length greater than or equal to {bound}",
    Rule.MOST_ITEMS: "Member must have length less than or equal to {bound}",
}


def validation_message(problems: list[Problem]) -> str:
    """Format problems as most services do ("1 validation error detected: ..."), without secret values."""
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
    return f"{count}: " + "; ".join(_describe(problem) for problem in problems)


def _describe(problem: Problem) -> str:
    if problem.rule in (Rule.ENUM, Rule.ONE_OF):
        what = "satisfy enum value set" if problem.rule is Rule.ENUM else "have exactly one of"
        constraint = f"Member must {what}: [{', '.join(problem.bound)}]"
    else:
        constraint = _CONSTRAINTS[problem.rule].format(bound=problem.bound)
    if problem.secret:
        value = "Value"
    elif problem.value is None:
        value = "Value null"
    else:
        value = f"Value '{str(problem.value)[:_MAX_VALUE_LENGTH]}'"
    return f"{value} at '{_where(problem.path)}' failed to satisfy constraint: {constraint}"


def _where(path: tuple[str, ...]) -> str:
    """Format a path like `keySchema.1.member.attributeName`: camelCase, with indexes from one."""
    return ".".join(f"{int(name) + 1}.member" if name.isdecimal() else name[:1].lower() + name[1:] for name in path)
