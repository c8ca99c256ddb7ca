"""Send mails through an SNS topic."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from vcp.adapters.aws.errors import translate_errors

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

#: SNS: a subject is ASCII, has no line breaks or control characters and is shorter than 100 characters (Publish).
MAX_SUBJECT_CHARS = 99
#: SNS: a message is at most 256 KiB (Publish).
MAX_BODY_BYTES = 256 * 1024
_TRUNCATED = "\n\n[truncated: the text was too long for a mail]"
#: Characters that Unicode's decomposition does not change.
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
    """Convert `text` to a valid subject: no accents, `?` for other characters, single blanks, truncated with `...`."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = re.sub(r"[\s\x00-\x1f\x7f]+", " ", plain).strip()
    plain = re.sub(r"[^\x20-\x7e]+", "?", plain)
    # SNS rejects an empty subject and one that begins with a blank.
    plain = plain or "Video pipeline"
    return plain if len(plain) <= MAX_SUBJECT_CHARS else plain[: MAX_SUBJECT_CHARS - 3].rstrip() + "..."


def mail_body(text: str) -> str:
    """Truncate `text` to SNS's limit between two characters, with a note."""
    encoded = text.encode()
    if len(encoded) <= MAX_BODY_BYTES:
        return text
    return encoded[: MAX_BODY_BYTES - len(_TRUNCATED.encode())].decode(errors="ignore") + _TRUNCATED


class SnsMailer:
    """Implements `ports.messaging.Mailer`. Raises `RetryableError`, `PermanentError`."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def send(self, subject: str, body: str) -> None:
        with translate_errors("sns"):
            self._client.publish(TopicArn=self._topic_arn, Subject=mail_subject(subject), Message=mail_body(body))
