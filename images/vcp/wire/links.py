"""Links to delivered files for people who are signed in to AWS."""

from __future__ import annotations

from urllib.parse import quote


def console_link(bucket: str, key: str, region: str) -> str:
    """The object's page in the S3 console: it does not expire, as presigned URLs do with the session that signed."""
    return f"https://{region}.console.aws.amazon.com/s3/object/{quote(bucket)}?prefix={quote(key, safe='/')}"
