"""The service-account flow of google-auth, scopes, expiry, and Google's error messages."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request

from localcloud.process import RunningCloud

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/drive.readonly"


def test_service_account_gets_a_token(studio: Any) -> None:
    credentials = studio.credentials()

    credentials.refresh(Request())

    assert credentials.token.startswith("ya29.")
    assert studio.key["token_uri"] == studio.google + "/token"


def test_rejects_an_unknown_key(studio: Any) -> None:
    other = studio.console.service_account()
    forged = {**studio.key, "private_key": other["private_key"]}
    studio.key = forged

    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        studio.credentials().refresh(Request())


def test_rejects_an_unknown_account(studio: Any) -> None:
    studio.key = {**studio.key, "client_email": "unknown@nowhere.iam.gserviceaccount.com"}

    with pytest.raises(RefreshError, match="Invalid grant: account not found"):
        studio.credentials().refresh(Request())


def test_rejects_acting_for_a_person_without_delegation(studio: Any) -> None:
    with pytest.raises(RefreshError, match="unauthorized_client"):
        studio.credentials().with_subject(studio.owner).refresh(Request())


def test_key_id_may_be_missing_as_n8n_omits_it(studio: Any) -> None:
    named = studio.key
    studio.key = {**named, "private_key_id": None}
    assert _exchange(studio)["status"] == 200

    other = studio.console.service_account()
    studio.key = {**named, "private_key_id": None, "private_key": other["private_key"]}
    assert _exchange(studio)["error_description"] == "Invalid JWT Signature."


def test_rejects_another_key_id(studio: Any) -> None:
    studio.key = {**studio.key, "private_key_id": "0" * 40}
    assert _exchange(studio)["error_description"] == "Invalid JWT Signature."


def _exchange(studio: Any, **claims: Any) -> dict[str, Any]:
    now = int(time.time())
    payload = {
        "iss": studio.robot,
        "aud": "https://oauth2.googleapis.com/token",
        "scope": SCOPE,
        "iat": now,
        "exp": now + 3600,
        **claims,
    }
    signer = crypt.RSASigner.from_service_account_info(studio.key)  # type: ignore[no-untyped-call]
    assertion = jwt.encode(signer, payload).decode()  # type: ignore[no-untyped-call]
    form = {"grant_type": JWT_BEARER, "assertion": assertion}
    response = requests.post(studio.google + "/token", data=form, timeout=10)
    return {"status": response.status_code, **response.json()}


@pytest.mark.parametrize(
    ("claims", "error", "words"),
    [
        ({"aud": "https://example.com/"}, "invalid_grant", "audience"),
        ({"iat": 1_000_000_000, "exp": 1_000_003_600}, "invalid_grant", "reasonable timeframe"),
        ({"exp": int(time.time()) + 90_000}, "invalid_grant", "short-lived"),
        ({"scope": ""}, "invalid_scope", "Invalid OAuth scope"),
        ({"scope": "drive"}, "invalid_scope", "Invalid OAuth scope"),
        ({"scope": "https://www.googleapis.com/auth/drive.file"}, "invalid_scope", "does not implement"),
    ],
)
def test_rejects_invalid_claims(studio: Any, claims: dict[str, Any], error: str, words: str) -> None:
    response = _exchange(studio, **claims)

    assert (response["status"], response["error"]) == (400, error)
    assert words in response["error_description"]


def test_accepts_valid_claims(studio: Any) -> None:
    response = _exchange(studio)

    assert response["status"] == 200
    assert response["expires_in"] == 3599
    assert response["token_type"] == "Bearer"


@pytest.mark.parametrize("form", [{"grant_type": "password"}, {"grant_type": "refresh_token"}, {}])
def test_rejects_other_grants(cloud: RunningCloud, form: dict[str, str]) -> None:
    response = requests.post(cloud.google + "/token", data=form, timeout=10)

    assert response.status_code == 400
    assert response.json()["error"] == "unsupported_grant_type"


def test_client_library_renews_an_expired_token(studio: Any, video: Path) -> None:
    service, file_id = studio.service(), studio.drop(video)["id"]
    assert service.files().get(fileId=file_id).execute()["id"] == file_id

    studio.console.expire_tokens()

    assert service.files().get(fileId=file_id).execute()["id"] == file_id
    assert [entry["status"] for entry in studio.console.requests(file_id=file_id)] == [200, 401, 200]


def test_unknown_token_is_unauthenticated(cloud: RunningCloud) -> None:
    response = requests.get(
        cloud.google + "/drive/v3/files", headers={"Authorization": "Bearer ya29.nonsense"}, timeout=10
    )

    error = response.json()["error"]
    assert (response.status_code, error["status"], error["errors"][0]["reason"]) == (
        401,
        "UNAUTHENTICATED",
        "authError",
    )
    assert "invalid_token" in response.headers["WWW-Authenticate"]


def test_anonymous_caller_is_forbidden(cloud: RunningCloud) -> None:
    response = requests.get(cloud.google + "/drive/v3/files", timeout=10)

    assert response.status_code == 403
    assert "unregistered callers" in response.json()["error"]["message"]


def test_metadata_scope_does_not_open_content(studio: Any, video: Path, rejected: Any) -> None:
    file_id = studio.drop(video)["id"]
    metadata = "https://www.googleapis.com/auth/drive.metadata.readonly"
    service = studio.service(studio.credentials([metadata]))

    assert service.files().get(fileId=file_id).execute()["name"] == "holiday.mp4"
    error = rejected(service.files().get_media(fileId=file_id))

    assert (error.status, error.reason) == (403, "insufficientPermissions")
    assert error.body["message"] == "Request had insufficient authentication scopes."
