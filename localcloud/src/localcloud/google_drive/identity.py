"""People, service accounts with real RSA keys, and OAuth access tokens.

The service-account flow is RFC 7523 as Google documents it ("Using OAuth 2.0 for server to server applications"): an
RS256 JWT is exchanged for a bearer token that lives 3599 seconds.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from google.auth.exceptions import InvalidValue, MalformedError

from localcloud.google_drive.discovery import drive_v3
from localcloud.google_drive.model import Principal

TOKEN_SECONDS = 3599
_ASSERTION_SECONDS = 3600
_SKEW_SECONDS = 300
#: The audience of google-auth's assertions, whatever the key's token_uri is.
_GOOGLE_TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"  # noqa: S105 - a public address
#: Scopes whose meaning (the files that an app opened) is not implemented.
_UNIMPLEMENTED_SCOPES = frozenset(
    f"https://www.googleapis.com/auth/drive.{name}"
    for name in ("file", "appdata", "apps.readonly", "meet.readonly", "photos.readonly", "scripts")
)


class TokenError(Exception):
    """An OAuth error response: `error` as in RFC 6749, `description` is Google's sentence."""

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
    """Return twenty digits, always the same for one address."""
    digest = int.from_bytes(hashlib.sha256(email.lower().encode()).digest()[:8], "big")
    return f"{digest:020d}"


class Identity:
    """The directory of principals and the token endpoint behind it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        #: Service account -> key id -> public key in PEM.
        self._keys: dict[str, dict[str, bytes]] = {}
        self._tokens: dict[str, AccessToken] = {}

    def principal(self, email: str) -> Principal:
        """Return the service account or the person with an address; any address is one."""
        name = email if email in self._keys else email.split("@")[0].replace(".", " ").replace("_", " ").title()
        return Principal(email, name, permission_id(email))

    def create_service_account(self, email: str | None, token_uri: str) -> dict[str, Any]:
        """Return a new key file as the Google console issues it; the private key is not kept."""
        email = email or f"robot-{uuid.uuid4().hex[:8]}@local-project.iam.gserviceaccount.com"
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key_id = secrets.token_hex(20)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        with self._lock:
            self._keys.setdefault(email, {})[key_id] = public
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": email.split("@")[1].split(".")[0],
            "private_key_id": key_id,
            "private_key": pem.decode(),
            "client_email": email,
            "client_id": f"1{permission_id(email)}",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{email}",
            "universe_domain": "googleapis.com",
        }

    def issue(self, email: str, scopes: Collection[str]) -> AccessToken:
        """Issue a bearer token for an address. Raises TokenError for scopes that are unknown or not implemented."""
        if not scopes or any(not scope.startswith("https://") for scope in scopes):
            raise TokenError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        if not (drive_v3().scopes & set(scopes)) - _UNIMPLEMENTED_SCOPES:
            named = ", ".join(sorted(scopes))
            raise TokenError("invalid_scope", f"The local Google Drive does not implement the scopes {named}.")
        value = "ya29.c." + secrets.token_urlsafe(96)
        token = AccessToken(value, self.principal(email), frozenset(scopes), self._clock() + TOKEN_SECONDS)
        with self._lock:
            self._tokens[value] = token
        return token

    def authenticate(self, value: str) -> AccessToken | None:
        """Return the token of that value unless it is unknown or expired."""
        with self._lock:
            token = self._tokens.get(value)
        return token if token is not None and token.expires_at > self._clock() else None

    def expire_all(self) -> None:
        """Make every token issued so far invalid."""
        with self._lock:
            self._tokens.clear()

    def exchange(self, assertion: str, token_uri: str) -> AccessToken:
        """Exchange a signed JWT for an access token. Raises TokenError with Google's description."""
        try:
            claims: dict[str, Any] = jwt.decode(assertion, verify=False)  # type: ignore[no-untyped-call]
        except ValueError as malformed:
            raise TokenError("invalid_grant", "Invalid JWT: Failed to parse the assertion.") from malformed
        email = str(claims.get("iss"))
        with self._lock:
            keys = dict(self._keys.get(email, {}))
        if not keys:
            raise TokenError("invalid_grant", "Invalid grant: account not found")
        _verify(assertion, claims, keys, token_uri)
        if claims.get("sub", email) != email:
            raise TokenError(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized for "
                "any of the scopes requested.",
                401,
            )
        return self.issue(email, str(claims.get("scope", "")).split())


def _verify(assertion: str, claims: dict[str, Any], keys: dict[str, bytes], token_uri: str) -> None:
    """Verify signature, times and audience. Without a key id, as n8n signs, any key of the account is valid."""
    if claims.get("aud") not in (_GOOGLE_TOKEN_ENDPOINT, token_uri):
        raise TokenError(
            "invalid_grant", f"Invalid JWT: Failed audience check. The right audience is {_GOOGLE_TOKEN_ENDPOINT}"
        )
    try:
        jwt.decode(assertion, certs=keys, clock_skew_in_seconds=_SKEW_SECONDS)  # type: ignore[no-untyped-call]
        in_time = claims["exp"] <= claims["iat"] + _ASSERTION_SECONDS
    except MalformedError as wrong:
        raise TokenError("invalid_grant", "Invalid JWT Signature.") from wrong
    except InvalidValue:
        in_time = False
    if not in_time:
        raise TokenError(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat "
            "and exp values in the JWT claim.",
        )
