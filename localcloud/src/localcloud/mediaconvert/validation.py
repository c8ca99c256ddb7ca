"""Check requests: against the service model, the documented rules, and what is implemented.

Problems are worded as the service does it: a JSON pointer in its own names, then a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from localcloud.mediaconvert.exceptions import BadRequestException
from localcloud.mediaconvert.rules import check_preset, check_settings
from localcloud.service_model import Checker, Problem, Rule, service_model
from rendering import UnsupportedSetting, parse

#: ClientRequestToken [model: at most 64 ASCII characters].
TOKEN_LIMIT = 64
#: User metadata [user guide, adding metadata tags]: pairs, characters of a key and of a value.
METADATA_PAIRS, METADATA_KEY_LIMIT, METADATA_VALUE_LIMIT = 10, 128, 256
_METADATA_TEXT = re.compile(r"[A-Za-z0-9_ .:/=+\-@]*")
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
#: Members of CreateJob that have no effect here, and the values that are accepted.
_WITHOUT_EFFECT: dict[str, tuple[Any, ...]] = {
    "AccelerationSettings": ({"Mode": "DISABLED"}, {"Mode": "PREFERRED"}),  # PREFERRED falls back to none
    "ElementalInferenceSettings": (),
    "HopDestinations": ([],),
    "JobEngineVersion": (),
    "JobTemplate": (),
    "SimulateReservedQueue": ("DISABLED",),
    "Tags": ({},),
}
_SENTENCES = {
    Rule.TYPE: "Should be of type {bound}",
    Rule.PATTERN: "Should match the pattern {bound}",
    Rule.LEAST: "Should be greater than or equal to {bound:g}",
    Rule.MOST: "Should be less than or equal to {bound:g}",
    Rule.SHORTEST: "Should be at least {bound} characters long",
    Rule.LONGEST: "Should be at most {bound} characters long",
    Rule.FEWEST: "Should have at least {bound} items",
    Rule.MOST_ITEMS: "Should have at most {bound} items",
}


def decode(operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request body under the SDK's member names, checked against the service model.

    Raises:
        BadRequestException: the model's types, enums, ranges, patterns or required members are violated.
    """
    shape = service_model("mediaconvert").operation_model(operation).input_shape
    if shape is None:
        raise NotImplementedError(f"{operation} has no input")
    in_body = {own: member for own, member in shape.members.items() if "location" not in member.serialization}
    checker, decoded = Checker(wire=True), {}
    known = {checker.name_of(member, own): own for own, member in in_body.items()}
    for name, value in body.items():
        if name not in known:
            checker.problems.append(Problem((name,), Rule.UNKNOWN, None, shape.name, value))
        elif value is not None:
            # The service's paths start below settings: /outputGroups/0, not /settings/outputGroups/0.
            path = () if name == "settings" else (name,)
            decoded[known[name]] = checker.check(in_body[known[name]], value, path)
    for own in shape.required_members:
        if own in in_body and own not in decoded:
            missing = checker.name_of(in_body[own], own)
            checker.problems.append(Problem((missing,), Rule.REQUIRED, None, shape.name))
    reject(_sentence(problem) for problem in checker.problems)
    return decoded


def decode_preset_settings(settings: Any) -> dict[str, Any]:
    """Return `SettingsJson` of a CloudFormation template, checked as by CreatePreset. Raises BadRequestException."""
    checker = Checker()
    decoded: dict[str, Any] = checker.check(service_model("mediaconvert").shape_for("PresetSettings"), settings)
    reject(_sentence(problem) for problem in checker.problems)
    reject(check_preset(decoded))
    return decoded


def check_job(request: Mapping[str, Any], rendered_settings: Mapping[str, Any]) -> None:
    """Check everything in a CreateJob request that needs no state.

    Args:
        rendered_settings: `Settings` with presets merged in.

    Raises:
        BadRequestException: a documented rule is violated, or a setting is not rendered here.
    """
    reject([*_check_request(request), *check_settings(rendered_settings)])
    try:
        parse(rendered_settings)
    except UnsupportedSetting as unsupported:
        raise BadRequestException(f"The local cloud does not render {unsupported}") from unsupported


def reject(problems: Iterable[str]) -> None:
    """Raise BadRequestException with all problems, if there are any."""
    if found := "; ".join(problems):
        raise BadRequestException(found)


def _check_request(request: Mapping[str, Any]) -> Iterator[str]:
    for name, accepted in _WITHOUT_EFFECT.items():
        if name in request and request[name] not in accepted:
            yield f"/{name[0].lower()}{name[1:]}: the local cloud does not implement {name}"
    if not _ROLE.fullmatch(request["Role"]):
        yield "/role: Should be the ARN of an IAM role"
    token = request.get("ClientRequestToken", "")
    if len(token) > TOKEN_LIMIT or not token.isascii():
        yield f"/clientRequestToken: Should be at most {TOKEN_LIMIT} ASCII characters"
    metadata = request.get("UserMetadata", {})
    if len(metadata) > METADATA_PAIRS:
        yield f"/userMetadata: Should have at most {METADATA_PAIRS} items"
    for key, value in metadata.items():
        for text, limit, what in ((key, METADATA_KEY_LIMIT, "key"), (value, METADATA_VALUE_LIMIT, "value")):
            if len(text) > limit:
                yield f"/userMetadata/{key}: The {what} should be at most {limit} characters long"
            if not _METADATA_TEXT.fullmatch(text):
                yield f"/userMetadata/{key}: The {what} may hold letters, digits, space and _ . : / = + - @ only"


def _sentence(problem: Problem) -> str:
    *parents, last = problem.path or ("",)
    parent = "".join(f"/{name}" for name in parents) or "/"
    pointer = "".join(f"/{name}" for name in problem.path)
    if problem.rule is Rule.UNKNOWN:
        return f"{parent}: {last} is not a property of {problem.shape}"
    if problem.rule is Rule.REQUIRED:
        return f"{parent}: {last} is a required property"
    if problem.rule is Rule.ENUM:
        return f"{pointer}: Should be one of the enum values: {', '.join(problem.bound)}"
    if problem.rule is Rule.ONE_OF:
        return f"{pointer}: Should have exactly one of {', '.join(problem.bound)}"
    return f"{pointer}: {_SENTENCES[problem.rule].format(bound=problem.bound)}"
