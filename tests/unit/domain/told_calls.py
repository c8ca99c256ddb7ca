"""The calls of the door whose reading, or refusal, is recorded word for word (see told.py)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.unit.domain.told import as_json
from vcp.domain.intake.drive_links import parse_file_reference
from vcp.domain.intake.request import parse_request

ID = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ_-0123"
LINK = f"https://drive.google.com/file/d/{ID}/view"
CALL: dict[str, Any] = {"fileUrl": LINK, "fileName": "film.mov", "fileSize": "123", "uploader": "anna@example.org"}
RESOURCE: dict[str, Any] = {
    "kind": "drive#file", "id": ID, "name": "film.mov", "size": "123", "resourceKey": "0-abc",
    "owners": [{"displayName": "Anna", "emailAddress": "anna@example.org"}],
    "lastModifyingUser": {"displayName": "Bob"},
}  # fmt: skip


def encoded(call: object) -> dict[str, Any]:
    return {"body": base64.b64encode(json.dumps(call).encode()).decode(), "isBase64Encoded": True}


def nested(times: int) -> object:
    found: object = CALL
    for _ in range(times):
        found = {"body": found}
    return found


CALLS: dict[str, object] = {
    "plain": CALL,
    "in a body": {"body": CALL},
    "in a body as text": {"body": json.dumps(CALL)},
    "in a body as text in text": {"body": json.dumps(json.dumps(CALL))},
    "in a body as base64": encoded(CALL),
    "base64 that is none": {"body": "%%%", "isBase64Encoded": True},
    "base64 of no text": {"body": base64.b64encode(b"\xff\xfe").decode(), "isBase64Encoded": True},
    "text beside a flag that is not true": {"body": json.dumps(CALL), "isBase64Encoded": "true"},
    "in n8n's item": [{"json": CALL}],
    "two items": [{"json": CALL}, {"json": CALL}],
    "a file beside a body": {**CALL, "body": {"fileUrl": "x"}},
    "ten wrappers": nested(10),
    "eleven wrappers": nested(11),
    "text with a letter in front": "X" + json.dumps(CALL),
    "text with a mark in front": "\ufeff" + json.dumps(CALL),
    "nothing": None,
    "no text": "  ",
    "an empty object": {},
    "an empty list": {"body": []},
    "a number": 7,
    "broken JSON": {"body": "{fileUrl:"},
    "a resource": RESOURCE,
    "a resource without owners": {name: value for name, value in RESOURCE.items() if name != "owners"},
    "a resource by its name alone": {"id": ID, "name": "film.mov"},
    "a resource of another id": {**RESOURCE, "id": "short"},
    "a resource with a number for an id": {**RESOURCE, "id": 7},
    "a resource with a key that is none": {**RESOURCE, "resourceKey": "a b"},
    "an event of somebody else": {"id": ID, "source": "aws.s3"},
    "no file": {"fileName": "film.mov", "b": 1, "a": 2},
    "a link that is no text": {**CALL, "fileUrl": 7},
    "a link to nothing": {**CALL, "fileUrl": " "},
    "claims of all kinds": {**CALL, "fileName": 2024, "fileSize": 12.0, "uploader": {"displayName": "Anna"}},
    "claims that cannot be read": {**CALL, "fileName": True, "fileSize": "12 MB", "uploader": [["x"]]},
    "claims that say nothing": {**CALL, "fileName": "", "fileSize": None, "uploader": []},
    "a second word for a claim": {**CALL, "fileName": [1], "name": "other.mov", "fileSize": -1, "size": 5},
    "sizes at their ends": {**CALL, "fileSize": str(2**63 - 1)},
    "sizes beyond their ends": {**CALL, "fileSize": str(2**63)},
    "no size at all": {**CALL, "fileSize": 0},
    "half a byte": {**CALL, "fileSize": 1.5},
    "a size that is true": {**CALL, "fileSize": True},
    "settings": {
        **CALL,
        "limitBytes": "1500000000",
        "minHeight": 480,
        "qualityFloorVmaf": 90.5,
        "syncToleranceMs": " ",
    },
    "a setting beyond its range": {**CALL, "limitBytes": 5},
    "a setting that is no number": {**CALL, "qualityFloorVmaf": "best " * 40},
    "a setting that is true": {**CALL, "minHeight": True},
    "a setting that is true, and in its range": {**CALL, "qualityFloorVmaf": True},
    "half a pixel": {**CALL, "minHeight": 480.5},
}

LINKS: dict[str, str] = {
    "an id": ID,
    "a link": LINK,
    "a page with a blank path": f"https://drive.google.com/open/?id={ID}",
    "an account's page": f"https://drive.google.com/drive/u/0/open?id={ID}",
    "a page whose name only begins like one": f"https://drive.google.com/openX?id={ID}",
    "a parameter of another page": f"https://drive.google.com/?id={ID}",
    "with a key": f"{LINK}?resourcekey=0-abc",
    "with a key that is none": f"{LINK}?resourcekey=a%20b",
    "with two keys": f"{LINK}?resourcekey=0-a&resourcekey=0-b",
    "twice, once with a key": f"{LINK} {LINK}?resourcekey=0-abc",
    "of two files": f"{LINK} and {LINK.replace('1a', '2b')}",
    "to two files": f"https://drive.google.com/open?id={ID}&id={ID[::-1]}",
    "in a sentence": f"Please take “{LINK}”, thank you!",
    "with marks nobody sees": f"\u200b{LINK}\u200e",
    "of another host": f"https://evil.example/file/d/{ID}/view",
    "of a host that looks alike": f"https://drive.google.com.evil.example/file/d/{ID}/view",
    "with a user": f"https://drive.google.com@evil.example/file/d/{ID}/view",
    "with a user before the right host": f"https://me@drive.google.com/file/d/{ID}/view",
    "with a password": f"https://:secret@drive.google.com/file/d/{ID}/view",
    "of the port of http": f"http://drive.google.com:80/file/d/{ID}/view",
    "without a scheme, leading on to something": f"drive.google.com/open?id={ID}&next=//evil.example/",
    "of another port": f"https://drive.google.com:8443/file/d/{ID}/view",
    "of no port": f"https://drive.google.com:x/file/d/{ID}/view",
    "of another scheme": f"ftp://drive.google.com/file/d/{ID}/view",
    "led on": f"https://www.google.com/url?q={LINK}",
    "led on twice": f"https://www.google.com/url?q=https://www.google.com/url?q={LINK}",
    "led on to nothing": "https://www.google.com/url?sa=t",
    "led elsewhere": "https://www.google.com/url?q=https://evil.example/",
    "without an id": "https://drive.google.com/drive/my-drive",
    "with an id too short": "https://drive.google.com/file/d/short/view",
    "with a backslash": f"https://drive.google.com\\file/d/{ID}",
    "no link": "the film of yesterday",
    "a link of 2048 characters": LINK + "?x=" + "y" * (2048 - len(LINK) - 3),
    "a link of 2049 characters": LINK + "?x=" + "y" * (2049 - len(LINK) - 3),
    "8192 characters": f"{LINK} " + "y" * (8192 - len(LINK) - 1),
    "8193 characters": f"{LINK} " + "y" * (8193 - len(LINK) - 1),
}

REQUESTS: dict[str, Callable[[], str]] = {
    **{f"call: {name}": partial(lambda name: as_json(parse_request(CALLS[name])), name) for name in CALLS},
    **{f"link: {name}": partial(lambda name: as_json(parse_file_reference(LINKS[name])), name) for name in LINKS},
}
