"""What a configuration value may be, where a range does not say it. Each check raises ValueError with a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from pydantic import SecretStr

#: An ECR repository by digest: Lambda takes images from ECR only, and a tag may move under a running stack.
_IMAGE = re.compile(
    r"^[0-9]{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/[a-z0-9][a-z0-9._/-]*@sha256:[0-9a-f]{64}$"
)
#: EventBridge user guide, "Rate expressions": the unit is singular for 1 and plural above.
_RATE = re.compile(r"^rate\((?:1 (?:minute|hour|day)|(?:[2-9]|[1-9][0-9]+) (?:minutes|hours|days))\)$")
_EMAIL = re.compile(r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+$")
#: Airtable's ids: a word for the kind, then 14 letters or digits.
_AIRTABLE_BASE = re.compile(r"^app[A-Za-z0-9]{14}$")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
#: Fields of a Google service account key that the Drive adapter needs.
_KEY_FIELDS = ("client_email", "private_key", "token_uri")
#: CloudWatch Logs keeps for these many days only (PutRetentionPolicy, retentionInDays).
_LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def log_retention(days: int) -> int:
    """A number of days that CloudWatch Logs knows."""
    if days not in _LOG_DAYS:
        raise ValueError(f"it must be one of the days that CloudWatch knows: {', '.join(map(str, _LOG_DAYS))}")
    return days


def image_by_digest(uri: str) -> str:
    """An image in ECR, named by its digest."""
    if not _IMAGE.match(uri):
        raise ValueError(
            "it must be an ECR repository with a digest, <account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:<64 "
            "hex digits>; a tag may move, so it is not taken"
        )
    return uri


def image_region(uri: str) -> str:
    """The region of an image's repository."""
    match = _IMAGE.match(uri)
    if match is None:
        raise ValueError(f"{uri!r} is not an image by digest")
    return match["region"]


def rate(expression: str) -> str:
    """A rate expression of EventBridge."""
    if not _RATE.match(expression):
        raise ValueError("it must be a rate of EventBridge, such as rate(1 minute), rate(5 minutes) or rate(1 hour)")
    return expression


def secure_url(url: str) -> str:
    """An https URL, without a slash at its end; http is fine on the loopback address."""
    parts = urlsplit(url)
    plain_is_fine = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain_is_fine) or url.endswith("/"):
        raise ValueError("it must be an https URL without a slash at its end (http only for 127.0.0.1)")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("it must be a bare URL: no user, no query, no fragment")
    return url


def service_account_key(key: SecretStr) -> SecretStr:
    """The JSON key file of a Google service account."""
    try:
        document = json.loads(key.get_secret_value())
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("type") != "service_account":
        raise ValueError("it must be the JSON key file of a Google service account (its `type` is service_account)")
    if missing := [field for field in _KEY_FIELDS if not document.get(field)]:
        raise ValueError(f"it must be a whole service account key: {', '.join(missing)} is missing")
    return key


def email(address: str) -> str:
    """One e-mail address."""
    if not _EMAIL.match(address):
        raise ValueError(f"it must be made of e-mail addresses; {address!r} is none")
    return address


def airtable_base(base_id: str) -> str:
    """The id of an Airtable base, or nothing."""
    if base_id and not _AIRTABLE_BASE.match(base_id):
        raise ValueError(
            "it must be the id of a base, app and 14 letters or digits (it stands in the base's URL), or empty"
        )
    return base_id


def without_repeats(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Each address once: SNS would keep a single subscription, Pulumi would manage it twice."""
    if repeated := _repeated(address.lower() for address in addresses):
        raise ValueError(f"it must name each address once; repeated: {', '.join(repeated)}")
    return addresses


def _repeated(values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for value in values:
        (twice if value in seen else seen).add(value)
    return sorted(twice)
