"""What a configuration value may be where bounds do not say it: each rule is a check and the words for it.

They stand in the types of `infra.settings`; refusals and docs/configuration.md take their words from there.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler, SecretStr
from pydantic_core import CoreSchema, core_schema

from vcp.domain.errors import InvalidRequestError
from vcp.domain.intake.drive_links import parse_file_reference

#: An ECR repository by digest: Lambda takes images from ECR only, and a tag may move under a running stack.
_IMAGE = re.compile(
    r"[0-9]{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/[a-z0-9][a-z0-9._/-]*@sha256:[0-9a-f]{64}"
)
#: EventBridge user guide, "Rate expressions": the unit is singular for 1 and plural above.
_RATE = re.compile(r"rate\((?:1 (?:minute|hour|day)|(?:[2-9]|[1-9][0-9]+) (?:minutes|hours|days))\)")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
#: Airtable's ids: a word for the kind, then 14 letters or digits.
_AIRTABLE_BASE = re.compile(r"app[A-Za-z0-9]{14}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
#: A managed policy of an account (IAM user guide, "IAM identifiers"); a name has up to 128 characters.
_POLICY = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:policy/(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,128}", re.ASCII)
#: Fields of a Google service account key that the Drive adapter needs.
_KEY_FIELDS = ("client_email", "private_key", "token_uri")
#: CloudWatch Logs keeps for these many days only (PutRetentionPolicy, retentionInDays).
_LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


@dataclass(frozen=True)
class Rule:
    """A check together with the words for what passes it; stands in `Annotated[...]` and is pydantic's validator.

    `words` complete "it must be ...". `check` raises ValueError; its text, if any, is what exactly is amiss.
    """

    words: str
    check: Callable[[Any], None]
    #: Look at the value as it was given, not as pydantic reads it: for types that pydantic reads too kindly.
    as_given: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if self.as_given:
            return core_schema.no_info_before_validator_function(self._checked, handler(source))
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: Any) -> Any:
        self.check(value)
        return value


def image_region(uri: str) -> str:
    """The region of an image's repository. Raises ValueError when it is not an image by digest."""
    match = _IMAGE.fullmatch(uri)
    if match is None:
        raise ValueError(f"{uri!r} is not an image by digest")
    return match["region"]


def is_region(name: str) -> bool:
    """Whether this is how AWS names its regions."""
    return _REGION.fullmatch(name) is not None


def _flag(given: object) -> None:
    # pydantic would take 1, yes and on as well; Pulumi and its CLI know these two words only.
    if given not in ("true", "false"):
        raise ValueError


def _log_retention(days: int) -> None:
    if days not in _LOG_DAYS:
        raise ValueError


def _image(uri: str) -> None:
    if not _IMAGE.fullmatch(uri):
        raise ValueError


def _rate(expression: str) -> None:
    if not _RATE.fullmatch(expression):
        raise ValueError


def _url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:  # brackets of an IPv6 address that do not match
        raise ValueError from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    extras = parts.username is not None or "?" in url or "#" in url or url.endswith("/")
    if not host or not secure or extras or re.search(r"\s", url):
        raise ValueError


def _service_account_key(key: SecretStr) -> None:
    try:
        document = json.loads(key.get_secret_value())
    except ValueError:
        raise ValueError("it is not JSON") from None
    if not isinstance(document, dict) or document.get("type") != "service_account":
        raise ValueError("its type is not service_account")
    if missing := [field for field in _KEY_FIELDS if not document.get(field)]:
        raise ValueError(f"it has no {' and no '.join(missing)}")


def _watched_folder(folder: str) -> None:
    if not folder:
        return
    try:
        parse_file_reference(folder)
    except InvalidRequestError:
        raise ValueError from None
    if "/file/d/" in folder:
        raise ValueError("this is the link of a file")


def _airtable_base(base_id: str) -> None:
    if base_id and not _AIRTABLE_BASE.fullmatch(base_id):
        raise ValueError


def _boundary(arn: str) -> None:
    if arn and not _POLICY.fullmatch(arn):
        raise ValueError


def _email(address: str) -> None:
    if not _EMAIL.fullmatch(address):
        raise ValueError(f"{address!r} is none")


def _each_once(addresses: Sequence[str]) -> None:
    # SNS would keep a single subscription, Pulumi would manage it twice.
    times = Counter(address.lower() for address in addresses)
    if repeated := sorted(address for address, count in times.items() if count > 1):
        raise ValueError(f"{', '.join(repeated)} is there more than once")


FLAG = Rule("true or false", _flag, as_given=True)
LOG_RETENTION = Rule(f"one of {', '.join(map(str, _LOG_DAYS))}, as CloudWatch keeps logs", _log_retention)
IMAGE = Rule(
    "an image in ECR by its digest, <account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:<64 hex digits>; "
    "no tag, since a tag may move",
    _image,
)
RATE = Rule("a rate of EventBridge, such as rate(1 minute), rate(5 minutes) or rate(1 hour)", _rate)
URL = Rule("an https URL without user, query or slash at its end (http only for 127.0.0.1)", _url)
SERVICE_ACCOUNT_KEY = Rule("the JSON key file of a Google service account", _service_account_key)
WATCHED_FOLDER = Rule(
    "empty, or a folder in Google Drive: its link (https://drive.google.com/drive/folders/...) or its id",
    _watched_folder,
)
AIRTABLE_BASE = Rule("empty, or the id of a base: app and 14 letters or digits, as in its URL", _airtable_base)
BOUNDARY = Rule("empty, or the ARN of an IAM policy, arn:aws:iam::<account>:policy/<name>", _boundary)
EMAIL = Rule("an e-mail address", _email)
EMAILS = Rule("a list of e-mail addresses, each once", _each_once)
