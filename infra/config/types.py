"""Types of configuration values that bounds alone do not describe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit

from msgspec import Struct
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, SecretStr
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from vcp.domain.errors import InvalidRequestError
from vcp.domain.intake.drive_links import parse_file_reference
from vcp.domain.value import kinds_of

IMAGE_PATTERN = re.compile(
    r"[0-9]{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/[a-z0-9][a-z0-9._/-]*@sha256:[0-9a-f]{64}"
)
#: CloudWatch Logs, PutRetentionPolicy, retentionInDays.
_LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
#: Fields of a Google service account key that the Drive adapter needs.
_KEY_FIELDS = ("client_email", "private_key", "token_uri")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class Allowed:
    """A check of one value and the words that describe it; put it into `Annotated[...]`.

    `words` complete "Input should be ..." in errors and are the description in docs/configuration.md.
    """

    words: str
    check: Callable[[Any], bool]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._validated, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "description": self.words}

    def _validated(self, value: Any) -> Any:
        if not self.check(value):
            raise PydanticCustomError("not_allowed", "Input should be {words}", {"words": self.words})
        return value


def matching(pattern: str | re.Pattern[str], words: str) -> Allowed:
    """Allow text that matches `pattern` as a whole."""
    compiled = re.compile(pattern)
    return Allowed(words, lambda text: compiled.fullmatch(text) is not None)


def bounds_of(model: type[Struct], field: str) -> Any:
    """Return the bounds that the pipeline sets for this field, so that no range is written twice."""
    (meta,) = get_args(kinds_of(model)[field])[1:]
    return Field(gt=meta.gt, ge=meta.ge, lt=meta.lt, le=meta.le)


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:  # unbalanced brackets of an IPv6 address
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    extras = parts.username is not None or "?" in url or "#" in url or url.endswith("/") or re.search(r"\s", url)
    return bool(host) and secure and not extras


def _is_service_account_key(key: SecretStr) -> bool:
    try:
        document = json.loads(key.get_secret_value())
    except ValueError:
        return False
    is_key = isinstance(document, dict) and document.get("type") == "service_account"
    return is_key and all(document.get(field) for field in _KEY_FIELDS)


def _is_folder(folder: str) -> bool:
    try:
        return not folder or ("/file/d/" not in folder and bool(parse_file_reference(folder)))
    except InvalidRequestError:
        return False


def _are_distinct(addresses: Sequence[str]) -> bool:
    # SNS keeps one subscription per address; Pulumi would manage it twice.
    return len({address.lower() for address in addresses}) == len(addresses)


Image = Annotated[
    str,
    # By digest only, since a tag may move; from ECR only, since Lambda reads no other registry.
    matching(
        IMAGE_PATTERN,
        "an image in ECR by digest, <account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:<64 hex digits>",
    ),
]
Url = Annotated[
    str, Allowed("an https URL without user, query or trailing slash (http only for 127.0.0.1 and localhost)", _is_url)
]
Region = Annotated[str, matching(r"[a-z]{2}(-[a-z]+)+-[0-9]", "the name of an AWS region, such as eu-central-1")]
StackName = Annotated[
    str,
    # It is part of bucket names, without dots, which break TLS' wildcard certificate, and of CloudFormation stacks.
    matching(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "lower-case letters, digits and single hyphens, starting with a letter"),
]
#: EventBridge user guide, "Rate expressions": the unit is singular for 1 and plural above.
Rate = Annotated[
    str,
    matching(
        r"rate\((?:1 (?:minute|hour|day)|(?:[2-9]|[1-9][0-9]+) (?:minutes|hours|days))\)",
        "an EventBridge rate, such as rate(1 minute), rate(5 minutes) or rate(1 hour)",
    ),
]
Emails = Annotated[
    tuple[Annotated[str, matching(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+", "an e-mail address")], ...],
    Allowed("a list of different e-mail addresses", _are_distinct),
]
ServiceAccountKey = Annotated[
    SecretStr,
    Allowed(
        f"the JSON key of a Google service account: type service_account, with {', '.join(_KEY_FIELDS)}",
        _is_service_account_key,
    ),
]
Folder = Annotated[
    str,
    Allowed("empty, or a Google Drive folder: its link (https://drive.google.com/drive/folders/...) or id", _is_folder),
]
#: Airtable's ids: a prefix for the kind, then 14 letters or digits.
AirtableBase = Annotated[
    str, matching(r"(app[A-Za-z0-9]{14})?", "empty, or an Airtable base id: app and 14 letters or digits")
]
#: IAM user guide, "IAM identifiers".
PolicyArn = Annotated[
    str,
    matching(
        re.compile(r"(arn:aws[a-z-]*:iam::[0-9]{12}:policy/(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,128})?", re.ASCII),
        "empty, or the ARN of an IAM policy, arn:aws:iam::<account>:policy/<name>",
    ),
]
LogDays = Annotated[int, Allowed(f"one of {', '.join(map(str, _LOG_DAYS))}", _LOG_DAYS.__contains__)]
