"""Who is who: people, service accounts with real RSA keys, and OAuth access tokens.

The service-account flow is RFC 7523 as Google documents it ("Using OAuth 2.0 for server to server
applications"): an RS256 JWT is exchanged for a bearer token that lives 3599 seconds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
import threading
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from localcloud.google_drive.discovery import drive_v3
from localcloud.google_drive.model import Principal

TOKEN_SECONDS = 3599
_ASSERTION_SECONDS = 3600
_SKEW_SECONDS = 300
#: What google-auth signs for, whatever the key's token_uri says.
_GOOGLE_TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"  # noqa: S105 - a public address
_SCOPE_PREFIX = "https://www.googleapis.com/auth/"
#: Scopes whose meaning (which files an app opened) this stand-in does not keep.
_UNIMPLEMENTED_SCOPES = frozenset(
    _SCOPE_PREFIX + name
    for name in (
        "drive.file",
        "drive.appdata",
        "drive.apps.readonly",
        "drive.meet.readonly",
        "drive.photos.readonly",
        "drive.scripts",
    )
)


class TokenRefused(Exception):  # noqa: N818 - what the token endpoint says
    """An OAuth error answer: `error` is the word of RFC 6749, `description` Google's sentence."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True)
class AccessToken:
    value: str
    principal: Principal
    scopes: frozenset[str]
    expires_at: float


def permission_id(email: str) -> str:
    """Twenty digits that stay the same for one address."""
    digest = int.from_bytes(hashlib.sha256(email.lower().encode()).digest()[:8], "big")
    return f"{digest:020d}"


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _signed_with(key: rsa.RSAPublicKey, signed: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


class Identity:
    """The directory of principals and the token endpoint behind it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._principals: dict[str, Principal] = {}
        self._keys: dict[str, dict[str, rsa.RSAPublicKey]] = {}
        self._tokens: dict[str, AccessToken] = {}

    def principal(self, email: str, is_service_account: bool = False) -> Principal:
        """The principal with an address; an address seen for the first time becomes a person."""
        with self._lock:
            if email not in self._principals:
                local = email.split("@")[0]
                name = email if is_service_account else local.replace(".", " ").replace("_", " ").title()
                self._principals[email] = Principal(email, name, permission_id(email), is_service_account)
            return self._principals[email]

    def create_service_account(self, email: str | None, token_uri: str) -> dict[str, Any]:
        """A key file as the Google console hands it out; the private key is kept by nobody else."""
        email = email or f"robot-{uuid.uuid4().hex[:8]}@local-project.iam.gserviceaccount.com"
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key_id = secrets.token_hex(20)
        self.principal(email, is_service_account=True)
        with self._lock:
            self._keys.setdefault(email, {})[key_id] = private.public_key()
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        client = f"1{int(hashlib.sha256(email.encode()).hexdigest()[:16], 16):020d}"
        return {
            "type": "service_account",
            "project_id": email.split("@")[1].split(".")[0],
            "private_key_id": key_id,
            "private_key": pem.decode(),
            "client_email": email,
            "client_id": client,
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{email}",
            "universe_domain": "googleapis.com",
        }

    def issue(self, principal: Principal, scopes: Collection[str]) -> AccessToken:
        """A bearer token for a principal. Raises TokenRefused for scopes that mean nothing here."""
        self._check_scopes(scopes)
        value = "ya29.c." + secrets.token_urlsafe(96)
        token = AccessToken(value, principal, frozenset(scopes), self._clock() + TOKEN_SECONDS)
        with self._lock:
            self._tokens[value] = token
        return token

    def _check_scopes(self, scopes: Collection[str]) -> None:
        known = drive_v3().scopes
        if not scopes or any(not scope.startswith("https://") for scope in scopes):
            raise TokenRefused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        usable = (known & set(scopes)) - _UNIMPLEMENTED_SCOPES
        if not usable:
            named = ", ".join(sorted(scopes))
            raise TokenRefused("invalid_scope", f"The local Google Drive does not implement the scopes {named}.")

    def authenticate(self, value: str) -> AccessToken | None:
        """The live token of that value; None when it is unknown or expired."""
        with self._lock:
            token = self._tokens.get(value)
        return token if token is not None and token.expires_at > self._clock() else None

    def expire_all(self) -> int:
        """Make every token given out so far invalid; how many that were."""
        with self._lock:
            count = len(self._tokens)
            self._tokens.clear()
        return count

    def exchange(self, assertion: str, token_uri: str) -> AccessToken:
        """Trade a signed JWT for an access token. Raises TokenRefused in Google's words."""
        header, claims, signed, signature = self._parsed(assertion)
        email = claims.get("iss")
        with self._lock:
            keys = dict(self._keys.get(email, {})) if isinstance(email, str) else {}
        if not keys or not isinstance(email, str):
            raise TokenRefused("invalid_grant", "Invalid grant: account not found")
        self._verify(header, keys, signed, signature)
        self._check_claims(claims, token_uri)
        scopes = str(claims.get("scope", "")).split()
        if claims.get("sub", email) != email:
            raise TokenRefused(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized for "
                "any of the scopes requested.",
                401,
            )
        return self.issue(self.principal(email), scopes)

    @staticmethod
    def _parsed(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
        try:
            header_part, claims_part, signature_part = assertion.split(".")
            header = json.loads(_decoded(header_part))
            claims = json.loads(_decoded(claims_part))
            signature = _decoded(signature_part)
        except (ValueError, binascii.Error) as broken:
            raise TokenRefused("invalid_grant", "Invalid JWT: Failed to parse the assertion.") from broken
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise TokenRefused("invalid_grant", "Invalid JWT: Failed to parse the assertion.")
        return header, claims, f"{header_part}.{claims_part}".encode(), signature

    @staticmethod
    def _verify(header: dict[str, Any], keys: dict[str, rsa.RSAPublicKey], signed: bytes, signature: bytes) -> None:
        # The key's id is optional: n8n leaves it out, and any key of the account is then as good.
        named = header.get("kid")
        tried = [key for kid, key in keys.items() if named in (None, kid)]
        if header.get("alg") != "RS256" or not any(_signed_with(key, signed, signature) for key in tried):
            raise TokenRefused("invalid_grant", "Invalid JWT Signature.")

    def _check_claims(self, claims: dict[str, Any], token_uri: str) -> None:
        if claims.get("aud") not in (_GOOGLE_TOKEN_ENDPOINT, token_uri):
            raise TokenRefused(
                "invalid_grant",
                f"Invalid JWT: Failed audience check. The right audience is {_GOOGLE_TOKEN_ENDPOINT}",
            )
        issued, expires, now = claims.get("iat"), claims.get("exp"), self._clock()
        timely = (
            isinstance(issued, int)
            and isinstance(expires, int)
            and issued <= now + _SKEW_SECONDS
            and now - _SKEW_SECONDS < expires <= issued + _ASSERTION_SECONDS
        )
        if not timely:
            raise TokenRefused(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check "
                "your iat and exp values in the JWT claim.",
            )
