"""What CreateJob takes besides settings, and the one function that checks a whole request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.mediaconvert.exceptions import BadRequestException
from localcloud.mediaconvert.rules import check_preset, check_settings
from localcloud.mediaconvert.schema import service_model, told
from localcloud.service_model import Checker, Problem, Rule
from rendering import UnsupportedSetting, parse

#: ClientRequestToken [model: at most 64 ASCII characters].
TOKEN_LIMIT = 64
#: User metadata [user guide, adding metadata tags]: pairs, characters of a key and of a value.
METADATA_PAIRS, METADATA_KEY_LIMIT, METADATA_VALUE_LIMIT = 10, 128, 256
_METADATA_TEXT = re.compile(r"[A-Za-z0-9_ .:/=+\-@]*")
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
#: Parts of CreateJob that the stand-in does not act upon: only these values are taken.
_NOT_IMPLEMENTED: dict[str, tuple[Any, ...]] = {
    "AccelerationSettings": ({"Mode": "DISABLED"}, {"Mode": "PREFERRED"}),  # PREFERRED falls back to none
    "ElementalInferenceSettings": (),
    "HopDestinations": ([],),
    "JobEngineVersion": (),
    "JobTemplate": (),
    "SimulateReservedQueue": ("DISABLED",),
}


def decode(operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A request body as the SDK's members, checked against the service model.

    Raises:
        BadRequestException: the model's types, enums, ranges, patterns or required members are violated.
    """
    shape = service_model().operation_model(operation).input_shape
    if shape is None:
        raise NotImplementedError(f"{operation} has no input")
    in_body = {own: member for own, member in shape.members.items() if "location" not in member.serialization}
    checker, decoded = Checker(wire=True), {}
    known = {checker.name_of(member, own): own for own, member in in_body.items()}
    for name, value in body.items():
        if name not in known:
            checker.problems.append(Problem((name,), Rule.UNKNOWN, None, shape.name, value))
        elif value is not None:
            # The service names settings from their own root: /outputGroups/0, not /settings/outputGroups/0.
            path = () if name == "settings" else (name,)
            decoded[known[name]] = checker.check(in_body[known[name]], value, path)
    for own in shape.required_members:
        if own in in_body and own not in decoded:
            missing = checker.name_of(in_body[own], own)
            checker.problems.append(Problem((missing,), Rule.REQUIRED, None, shape.name))
    refuse([told(problem) for problem in checker.problems])
    return decoded


def decode_preset_settings(settings: Any) -> dict[str, Any]:
    """`SettingsJson` of a CloudFormation template (SDK member names), checked as CreatePreset would."""
    checker = Checker()
    decoded: dict[str, Any] = checker.check(service_model().shape_for("PresetSettings"), settings)
    refuse([told(problem) for problem in checker.problems])
    refuse(list(check_preset(decoded)))
    return decoded


def check_job(request: Mapping[str, Any], rendered_settings: Mapping[str, Any]) -> None:
    """Everything about a CreateJob request that needs no state.

    Args:
        rendered_settings: `Settings` with presets merged in.

    Raises:
        BadRequestException: a documented rule is violated, or the stand-in does not render a setting.
    """
    refuse([*_request(request), *check_settings(rendered_settings)])
    try:
        parse(rendered_settings)
    except UnsupportedSetting as unsupported:
        raise BadRequestException(f"The local cloud does not render {unsupported}") from unsupported


def refuse(problems: list[str]) -> None:
    """Raise BadRequestException if there is any problem; all of them are told."""
    if problems:
        raise BadRequestException("; ".join(problems))


def _request(request: Mapping[str, Any]) -> Iterator[str]:
    for name, taken in _NOT_IMPLEMENTED.items():
        if name in request and request[name] not in taken:
            yield f"/{name[0].lower()}{name[1:]}: the local cloud does not implement {name}"
    if not _ROLE.fullmatch(request["Role"]):
        yield "/role: Should be the ARN of an IAM role"
    token = request.get("ClientRequestToken", "")
    if len(token) > TOKEN_LIMIT or not token.isascii():
        yield f"/clientRequestToken: Should be at most {TOKEN_LIMIT} ASCII characters"
    yield from _metadata(request.get("UserMetadata", {}))


def _metadata(metadata: Mapping[str, str]) -> Iterator[str]:
    if len(metadata) > METADATA_PAIRS:
        yield f"/userMetadata: Should have at most {METADATA_PAIRS} items"
    for key, value in metadata.items():
        for text, limit, what in ((key, METADATA_KEY_LIMIT, "key"), (value, METADATA_VALUE_LIMIT, "value")):
            if len(text) > limit:
                yield f"/userMetadata/{key}: The {what} should be at most {limit} characters long"
            if not _METADATA_TEXT.fullmatch(text):
                yield f"/userMetadata/{key}: The {what} may hold letters, digits, space and _ . : / = + - @ only"
