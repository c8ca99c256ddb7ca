"""Sign in to Google as the service account: tokens, clients per thread, key rotation.

No redirect is followed: the access token is sent to the Drive endpoint only, the signed token request to the token
address in the key only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock, local
from typing import Any

import google_auth_httplib2
import httplib2
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from googleapiclient import discovery

from vcp.adapters.aws.secrets import Secret
from vcp.domain.errors import PermanentError, RetryableError

SCOPE = "https://www.googleapis.com/auth/drive.readonly"
_TIMEOUT_SECONDS = 30


class SignIn:
    """The service account's clients. Thread-safe.

    Args:
        key: returns the JSON key of the service account; read on first use, and again if Google rejects it.
        endpoint: base URL of Google's APIs, without a path.
    """

    def __init__(self, key: Secret, endpoint: str) -> None:
        self._key = key
        self._endpoint = endpoint
        self._lock = Lock()
        self._credentials: service_account.Credentials | None = None
        self._threads = local()

    @property
    def account(self) -> str:
        """The service account's e-mail address, with which files have to be shared."""
        return str(self._current_credentials().service_account_email)

    def session(self) -> AuthorizedSession:
        """Return the calling thread's session."""
        session: AuthorizedSession = self._per_thread("session", _create_session)
        return session

    def service(self) -> Any:
        """Return the calling thread's client of Drive v3."""
        return self._per_thread("service", self._create_service)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Translate authentication errors into ours. A rejected key is read again for the next try."""
        used = self._credentials
        try:
            yield
        except TransportError as error:
            raise RetryableError(
                "drive_unreachable", "Google did not answer; the step will be retried.", str(error)
            ) from error
        except RefreshError as error:
            if error.retryable:
                raise RetryableError(
                    "drive_unavailable", "Google is busy; the step will be retried.", str(error)
                ) from error
            if self._renew_key(used):
                raise RetryableError("drive_key_renewed", "The key was replaced; the step will be retried.") from error
            raise PermanentError(
                "drive_key_refused",
                "Google does not accept the pipeline's key; an operator needs to look into it.",
                str(error),
            ) from error
        except GoogleAuthError as error:
            raise PermanentError(
                "drive_key_invalid",
                "The pipeline's key for Google is not usable; an operator needs to look into it.",
                str(error),
            ) from error

    def _renew_key(self, rejected: service_account.Credentials | None) -> bool:
        """Read the secret again, unless another thread did. Return whether the key is another one than `rejected`."""
        with self._lock:
            if self._credentials is rejected or self._credentials is None:
                self._credentials = credentials_of(self._key(fresh=True))
                self._threads = local()
            return rejected is None or rejected.signer.key_id != self._credentials.signer.key_id

    def _current_credentials(self) -> service_account.Credentials:
        """Return the credentials, read from the key on first use."""
        with self._lock:
            if self._credentials is None:
                self._credentials = credentials_of(self._key())
            return self._credentials

    def _per_thread(self, name: str, create: Callable[[service_account.Credentials], Any]) -> Any:
        """Return the calling thread's object: neither httplib2 nor a session is thread-safe."""
        credentials = self._current_credentials()
        with self._lock:
            if not credentials.valid:
                credentials.refresh(_token_request())  # type: ignore[no-untyped-call]
            threads = self._threads
        if not hasattr(threads, name):
            setattr(threads, name, create(credentials))
        return getattr(threads, name)

    def _create_service(self, credentials: service_account.Credentials) -> Any:
        http = httplib2.Http(timeout=_TIMEOUT_SECONDS)
        http.follow_redirects = False
        return discovery.build(
            "drive",
            "v3",
            http=google_auth_httplib2.AuthorizedHttp(credentials, http=http),
            # This replaces the whole base URL, including the service's path.
            client_options={"api_endpoint": f"{self._endpoint}/drive/v3/"},
            static_discovery=True,
            cache_discovery=False,
        )


def _create_session(credentials: service_account.Credentials) -> AuthorizedSession:
    return AuthorizedSession(credentials, auth_request=_token_request())  # type: ignore[no-untyped-call]


def _token_request() -> Any:
    return partial(Request(), allow_redirects=False)


def credentials_of(key: str) -> service_account.Credentials:
    """Parse a key. Raises `PermanentError` if it is not one, without quoting it."""
    try:
        credentials: service_account.Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            json.loads(key), scopes=[SCOPE]
        )
    except (ValueError, TypeError, AttributeError) as error:
        kind = type(error).__name__
    else:
        return credentials
    # Raised outside the except block: the original error may quote the key.
    raise PermanentError(
        "drive_key_invalid",
        "The pipeline's key for Google is not usable; an operator needs to look into it.",
        f"the secret is not the JSON key of a service account ({kind})",
    )
