"""Links to results, for people who are signed in to AWS."""

from __future__ import annotations

from urllib.parse import quote


def console_link(bucket: str, key: str, region: str) -> str:
    """Return the object's page in the S3 console. Unlike a presigned URL it does not expire."""
    return f"https://{region}.console.aws.amazon.com/s3/object/{quote(bucket)}?prefix={quote(key, safe='/')}"
