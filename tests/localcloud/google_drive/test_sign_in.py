"""Signing in: the service-account flow of google-auth, scopes, expiry, and Google's words for what is wrong."""

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


def test_a_service_account_gets_a_token_for_an_hour_less_a_second(studio: Any) -> None:
    credentials = studio.credentials()

    credentials.refresh(Request())

    assert credentials.token.startswith("ya29.")
    assert studio.key["token_uri"] == studio.google + "/token"


def test_a_key_that_google_never_saw_is_refused(studio: Any) -> None:
    other = studio.console.service_account()
    forged = {**studio.key, "private_key": other["private_key"]}
    studio.key = forged

    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        studio.credentials().refresh(Request())


def test_an_account_that_does_not_exist_is_refused(studio: Any) -> None:
    studio.key = {**studio.key, "client_email": "nobody@nowhere.iam.gserviceaccount.com"}

    with pytest.raises(RefreshError, match="Invalid grant: account not found"):
        studio.credentials().refresh(Request())


def test_acting_for_a_person_needs_delegation_that_nobody_gave(studio: Any) -> None:
    with pytest.raises(RefreshError, match="unauthorized_client"):
        studio.credentials().with_subject(studio.owner).refresh(Request())


def test_the_id_of_the_key_may_be_left_out_as_n8n_does(studio: Any) -> None:
    named = studio.key
    studio.key = {**named, "private_key_id": None}
    assert _exchange(studio)["status"] == 200

    other = studio.console.service_account()
    studio.key = {**named, "private_key_id": None, "private_key": other["private_key"]}
    assert _exchange(studio)["error_description"] == "Invalid JWT Signature."


def test_another_id_than_the_keys_is_refused(studio: Any) -> None:
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
    answer = requests.post(studio.google + "/token", data=form, timeout=10)
    return {"status": answer.status_code, **answer.json()}


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
def test_the_claims_are_checked(studio: Any, claims: dict[str, Any], error: str, words: str) -> None:
    answer = _exchange(studio, **claims)

    assert (answer["status"], answer["error"]) == (400, error)
    assert words in answer["error_description"]


def test_good_claims_pass_the_same_way(studio: Any) -> None:
    answer = _exchange(studio)

    assert answer["status"] == 200
    assert answer["expires_in"] == 3599
    assert answer["token_type"] == "Bearer"


@pytest.mark.parametrize("form", [{"grant_type": "password"}, {"grant_type": "refresh_token"}, {}])
def test_other_grants_are_refused(cloud: RunningCloud, form: dict[str, str]) -> None:
    answer = requests.post(cloud.google + "/token", data=form, timeout=10)

    assert answer.status_code == 400
    assert answer.json()["error"] == "unsupported_grant_type"


def test_an_expired_token_is_renewed_by_the_library_on_its_own(studio: Any, video: Path) -> None:
    service, file_id = studio.service(), studio.drop(video)["id"]
    assert service.files().get(fileId=file_id).execute()["id"] == file_id

    studio.console.expire_tokens()

    assert service.files().get(fileId=file_id).execute()["id"] == file_id
    assert [entry["status"] for entry in studio.console.requests(file_id=file_id)] == [200, 401, 200]


def test_a_token_that_is_none_is_unauthenticated(cloud: RunningCloud) -> None:
    answer = requests.get(
        cloud.google + "/drive/v3/files", headers={"Authorization": "Bearer ya29.nonsense"}, timeout=10
    )

    error = answer.json()["error"]
    assert (answer.status_code, error["status"], error["errors"][0]["reason"]) == (401, "UNAUTHENTICATED", "authError")
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_nobody_in_particular_is_forbidden(cloud: RunningCloud) -> None:
    answer = requests.get(cloud.google + "/drive/v3/files", timeout=10)

    assert answer.status_code == 403
    assert "unregistered callers" in answer.json()["error"]["message"]


def test_a_reading_scope_does_not_write(studio: Any, video: Path, refusal: Any) -> None:
    file_id = studio.drop(video)["id"]
    studio.console.share(file_id, studio.robot, "writer")

    refused = refusal(studio.service().files().update(fileId=file_id, body={"name": "mine.mp4"}))

    assert (refused.status, refused.reason) == (403, "insufficientPermissions")
    assert refused.body["message"] == "Request had insufficient authentication scopes."
    assert studio.console.file(file_id)["name"] == "holiday.mp4"


def test_a_metadata_scope_opens_no_content(studio: Any, video: Path, refusal: Any) -> None:
    file_id = studio.drop(video)["id"]
    metadata = "https://www.googleapis.com/auth/drive.metadata.readonly"
    service = studio.service(studio.credentials([metadata]))

    assert service.files().get(fileId=file_id).execute()["name"] == "holiday.mp4"
    refused = refusal(service.files().get_media(fileId=file_id))

    assert (refused.status, refused.reason) == (403, "insufficientPermissions")
