"""Signing in to Google as the service account: tokens, clients a thread, keys that are changed under way.

No redirect is followed anywhere: the access token goes to the Drive endpoint only, the signed request for one to the
token address in the key only.
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
    """The service account's clients. Safe to share by threads.

    Args:
        key: gives the JSON key of the service account. Read when first needed, and again when Google refuses it.
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
        """The service account's e-mail address: whom files have to be shared with."""
        return str(self._fresh_credentials().service_account_email)

    def session(self) -> AuthorizedSession:
        """The calling thread's session."""
        session: AuthorizedSession = self._of_thread("session", _make_session)
        return session

    def service(self) -> Any:
        """The calling thread's client of Drive v3."""
        return self._of_thread("service", self._make_service)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Google's refusals of our key as errors of our tree; a refused key is read anew once for the next try."""
        used = self._credentials
        try:
            yield
        except TransportError as error:
            raise RetryableError(
                "drive_unreachable", "Google did not answer; the work is tried again.", str(error)
            ) from error
        except RefreshError as error:
            if error.retryable:
                raise RetryableError(
                    "drive_unavailable", "Google is busy; the work is tried again.", str(error)
                ) from error
            if self._renew_key(used):
                raise RetryableError("drive_key_renewed", "The key was changed; the work is tried again.") from error
            raise PermanentError(
                "drive_key_refused", "Google does not accept the pipeline's key; an operator has to look.", str(error)
            ) from error
        except GoogleAuthError as error:
            raise PermanentError(
                "drive_key_invalid", "The pipeline's key for Google is not usable; an operator has to look.", str(error)
            ) from error

    def _renew_key(self, refused: service_account.Credentials | None) -> bool:
        """Read the secret again, unless another thread did; whether it is another key than the refused one."""
        with self._lock:
            if self._credentials is refused or self._credentials is None:
                self._credentials = credentials_of(self._key(fresh=True))
                self._threads = local()
            return refused is None or refused.signer.key_id != self._credentials.signer.key_id

    def _fresh_credentials(self) -> service_account.Credentials:
        """Credentials with a token that still holds; one thread renews it for all."""
        with self._lock:
            if self._credentials is None:
                self._credentials = credentials_of(self._key())
            return self._credentials

    def _of_thread(self, name: str, make: Callable[[service_account.Credentials], Any]) -> Any:
        """httplib2 is not safe to share by threads, and a session's cookies need not be."""
        credentials = self._fresh_credentials()
        with self._lock:
            if not credentials.valid:
                credentials.refresh(_token_request())  # type: ignore[no-untyped-call]
            threads = self._threads
        if not hasattr(threads, name):
            setattr(threads, name, make(credentials))
        return getattr(threads, name)

    def _make_service(self, credentials: service_account.Credentials) -> Any:
        http = httplib2.Http(timeout=_TIMEOUT_SECONDS)
        http.follow_redirects = False
        return discovery.build(
            "drive",
            "v3",
            http=google_auth_httplib2.AuthorizedHttp(credentials, http=http),
            # It replaces the whole base URL, the service's path included.
            client_options={"api_endpoint": f"{self._endpoint}/drive/v3/"},
            static_discovery=True,
            cache_discovery=False,
        )


def _make_session(credentials: service_account.Credentials) -> AuthorizedSession:
    return AuthorizedSession(credentials, auth_request=_token_request())  # type: ignore[no-untyped-call]


def _token_request() -> Any:
    return partial(Request(), allow_redirects=False)


def credentials_of(key: str) -> service_account.Credentials:
    """Raises `PermanentError` for a text that is no key, without a word of it."""
    try:
        credentials: service_account.Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            json.loads(key), scopes=[SCOPE]
        )
    except (ValueError, TypeError, AttributeError) as error:
        kind = type(error).__name__
    else:
        return credentials
    # Outside the handler: the original error may quote the key.
    raise PermanentError(
        "drive_key_invalid",
        "The pipeline's key for Google is not usable; an operator has to look.",
        f"the secret is not the JSON key of a service account ({kind})",
    )
