"""Mails through an SNS topic."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from vcp.adapters.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

#: SNS: a subject is ASCII, has no line breaks or control characters and is shorter than 100 characters (Publish).
LONGEST_SUBJECT = 99
#: SNS: a message is at most 256 KiB (Publish).
LARGEST_BODY_BYTES = 256 * 1024
_CUT = "\n\n[cut here: the text was too long for a mail]"
#: Letters that Unicode's decomposition leaves as they are.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "–": "-",
        "—": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "×": "x",
    }
)


def mail_subject(text: str) -> str:
    """`text` as SNS takes it: accents dropped, other characters a `?`, blanks joined, cut with `...`."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = re.sub(r"[\s\x00-\x1f\x7f]+", " ", plain).strip()
    plain = re.sub(r"[^\x20-\x7e]+", "?", plain)
    # SNS wants a letter, digit or punctuation first, and something at all.
    plain = plain or "Video pipeline"
    return plain if len(plain) <= LONGEST_SUBJECT else plain[: LONGEST_SUBJECT - 3].rstrip() + "..."


def mail_body(text: str) -> str:
    """`text` within SNS's size, cut at a character with a word about it."""
    encoded = text.encode()
    if len(encoded) <= LARGEST_BODY_BYTES:
        return text
    return encoded[: LARGEST_BODY_BYTES - len(_CUT.encode())].decode(errors="ignore") + _CUT


class SnsMailer:
    """Fulfils `ports.Mailer`. Raises `RetryableError`, `PermanentError`."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def send(self, subject: str, body: str) -> None:
        with translated("sns"):
            self._client.publish(TopicArn=self._topic_arn, Subject=mail_subject(subject), Message=mail_body(body))
