"""Wrong configuration stops the program before any resource, with key, value and what is allowed."""

from __future__ import annotations

import json

import pytest
import yaml

from infra.settings import Settings, SettingsError, key_of
from tests.infra.harness import (
    AIRTABLE,
    AIRTABLE_TOKEN,
    ROOT,
    SERVICE_ACCOUNT_KEY,
    Run,
    as_text,
    declarations,
    image,
    run,
)

TAG = "210987654321.dkr.ecr.eu-central-1.amazonaws.com/vcp-media:latest"
HALF_A_KEY = json.dumps({"type": "service_account", "client_email": "a@b.iam.gserviceaccount.com"})

WRONG = [
    ("limitBytes", "999999", ["999999", "greater than or equal to 1000000"]),
    ("limitBytes", "five", ["five", "valid integer"]),
    ("compressAboveBytes", "5000000001", ["5000000001", "vcp:limitBytes (5000000000)", "not be greater"]),
    ("minHeight", "100", ["greater than or equal to 144"]),
    ("syncToleranceMs", "0", ["greater than or equal to 1"]),
    ("tempDays", "0", ["greater than or equal to 1"]),
    ("compressedColdClass", "DEEP_ARCHIVE", ["DEEP_ARCHIVE", "INTELLIGENT_TIERING", "GLACIER_IR"]),
    ("compressedColdClass", "GLACIER", ["'GLACIER'", "STANDARD_IA"]),
    ("logDays", "8", ["'8'", "1, 3, 5, 7, 14"]),
    ("protectData", "perhaps", ["perhaps", "boolean"]),
    ("mediaImage", TAG, ["latest", "digest", "sha256"]),
    ("coreImage", "docker.io/library/python@sha256:" + "0" * 64, ["docker.io", "ECR"]),
    ("coreImage", image("vcp-core", "us-west-2"), ["us-west-2", "aws:region is eu-central-1"]),
    ("googleServiceAccountKey", "{}", ["[secret]", "service account"]),
    ("googleServiceAccountKey", HALF_A_KEY, ["[secret]", "private_key, token_uri is missing"]),
    ("googleServiceAccountKey", None, ["not set"]),
    ("mediaImage", None, ["not set"]),
    ("driveEndpoint", "http://www.googleapis.com", ["http://www.googleapis.com", "https"]),
    ("driveEndpoint", "https://user@www.googleapis.com", ["bare URL"]),
    ("airtableEndpoint", "https://api.airtable.com/", ["slash at its end"]),
    ("airtableBaseId", "base1", ["base1", "app and 14 letters"]),
    ("airtableBaseId", "app0123456789ABCD", ["vcp:airtableToken is not set", "both"]),
    ("airtableCallsPerSecond", "6", ["less than or equal to 5"]),
    ("mailRecipients", '["nobody"]', ["nobody", "e-mail address"]),
    ("mailRecipients", '["a@example.com", "A@example.com"]', ["once", "a@example.com"]),
    ("alarmRecipients", "ops@example.com", ["ops@example.com", "valid tuple"]),
    ("maxConcurrentTransfers", "1", ["greater than or equal to 2"]),
    ("transferMemoryMb", "127", ["greater than or equal to 128"]),
    ("transferMemoryMb", "128", ["vcp:partBytes times vcp:parallelParts is 128 MB", "half of vcp:transferMemoryMb"]),
    ("completionTimeoutSeconds", "901", ["less than or equal to 900"]),
    ("logLevel", "LOUD", ["LOUD", "DEBUG"]),
    ("heartbeatSeconds", "61", ["61", "half of vcp:leaseSeconds (120)"]),
    ("handoverMarginSeconds", "451", ["half of vcp:transferTimeoutSeconds (900)"]),
    ("leaseSeconds", "0", ["greater than 0"]),
    ("retryDelaySeconds", "0", ["greater than 0"]),
    ("partBytes", "5242879", ["greater than or equal to 5242880"]),
    ("parallelParts", "17", ["less than or equal to 16"]),
    ("statusUpdateSeconds", "9", ["greater than or equal to 10"]),
    ("reconcileEvery", "rate(1 minutes)", ["rate(1 minutes)", "rate(1 minute)"]),
    ("reconcileEvery", "rate(0 minutes)", ["rate(0 minutes)", "such as"]),
    ("reconcileEvery", "cron(0 * * * ? *)", ["cron", "such as"]),
    ("transferReceives", "0", ["greater than or equal to 1"]),
    ("asyncRetries", "3", ["less than or equal to 2"]),
    ("eventMaxAgeSeconds", "59", ["greater than or equal to 60"]),
    ("streamMaxAgeSeconds", "86401", ["less than or equal to 86400"]),
    ("aws:region", None, ["aws:region is not set"]),
]


def refusal(given: dict[str, str | None], **options: object) -> str:
    """The program's word on this configuration; it must not have registered anything."""
    before = Run()
    with pytest.raises(SettingsError) as caught:
        run(given, into=before, **options)  # type: ignore[arg-type]
    assert {r.type for r in before.resources} <= {"pulumi:pulumi:Stack"}
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "expected"), WRONG, ids=[f"{key}={str(value)[:24]}" for key, value, _ in WRONG]
)
def test_a_wrong_value_is_refused_by_key_value_and_what_is_allowed(
    key: str, value: str | None, expected: list[str]
) -> None:
    said = refusal({key: value})
    assert key if ":" in key else f"vcp:{key}" in said
    for words in expected:
        assert words in said


def test_all_wrong_values_are_told_at_once() -> None:
    said = refusal({"tempDays": "0", "limitBytes": "1", "mediaImage": TAG, "asyncRetries": "9", "parallelParts": "0"})
    for key in ("tempDays", "limitBytes", "mediaImage", "asyncRetries", "parallelParts"):
        assert said.count(f"vcp:{key} is") == 1
    assert len(said.splitlines()) == 6


def test_cold_after_less_than_30_days_is_refused_only_where_s3_refuses_it() -> None:
    said = refusal({"compressedColdClass": "STANDARD_IA", "compressedColdAfterDays": "29"})
    assert "vcp:compressedColdAfterDays is 29" in said
    assert run({"compressedColdClass": "GLACIER_IR", "compressedColdAfterDays": "1"}).resources


def test_an_airtable_token_in_plain_text_is_refused() -> None:
    said = refusal(dict(AIRTABLE), secret_keys=frozenset({"vcp:googleServiceAccountKey"}))
    assert "--secret airtableToken" in said


def test_an_airtable_token_without_a_base_is_refused() -> None:
    assert "both" in refusal({"airtableToken": AIRTABLE_TOKEN})


def test_a_refusal_never_shows_a_secret() -> None:
    broken_key = SERVICE_ACCOUNT_KEY.replace("service_account", "authorized_user")
    said = refusal({**AIRTABLE, "googleServiceAccountKey": broken_key, "tempDays": "x", "airtableBaseId": "no"})
    assert "never-seen-in-plain" not in said
    assert AIRTABLE_TOKEN not in said


@pytest.mark.parametrize("stack", ["Test", "my_stack", "a.b", "1st", "a--b", "trailing-"])
def test_a_stack_name_that_cannot_be_part_of_a_bucket_name_is_refused(stack: str) -> None:
    assert "lower-case letters" in refusal({}, stack=stack)


def test_a_stack_name_that_is_too_long_is_told_how_long_it_may_be() -> None:
    most = 63 - len("vcp--compressed--210987654321-eu-central-1") + 1
    said = refusal({}, stack="s" * (most + 1))
    assert f"may have {most}" in said
    assert run(stack="s" * most).resources


def test_pulumi_yaml_declares_exactly_the_settings() -> None:
    assert set(declarations()) == {key_of(name) for name in Settings.model_fields}


def test_pulumi_yaml_says_of_every_key_what_it_is() -> None:
    for key, entry in declarations().items():
        assert entry["type"] in ("string", "integer", "boolean", "array"), key
        assert entry["description"].endswith("."), key


def test_the_types_in_pulumi_yaml_are_those_of_the_settings() -> None:
    kinds: dict[object, str] = {int: "integer", bool: "boolean"}
    for name, field in Settings.model_fields.items():
        expected = "array" if name.endswith("recipients") else kinds.get(field.annotation, "string")
        assert declarations()[key_of(name)]["type"] == expected, name


def test_only_images_and_the_google_key_must_be_given() -> None:
    without = {key for key, entry in declarations().items() if "default" not in entry}
    assert without == {"mediaImage", "coreImage", "googleServiceAccountKey"}
    assert declarations()["googleServiceAccountKey"]["secret"] is True


@pytest.mark.parametrize("stack", ["dev", "local"])
def test_the_stack_files_are_usable(stack: str) -> None:
    given = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    unknown = {key for key in given if key.startswith("vcp:")} - {f"vcp:{key}" for key in declarations()}
    assert not unknown
    images = {"mediaImage": image("m", "us-east-1"), "coreImage": image("c", "us-east-1")} if stack == "dev" else {}
    plain = {key: as_text(value) for key, value in given.items() if not isinstance(value, dict)}
    made = run({**{f"vcp:{key}": value for key, value in images.items()}, **plain}, stack=stack)
    assert made.of("lambda/function:Function")


def test_the_documentation_says_of_every_key_what_pulumi_yaml_says() -> None:
    rows = {
        cells[1].strip(" `"): cells
        for line in (ROOT / "docs/configuration.md").read_text("utf-8").splitlines()
        if len(cells := line.split(" | ")) == 4 and (cells := ["", *line.strip("| ").split(" | ")])
    }
    for key, entry in declarations().items():
        _, _, default, _, description = rows[key]
        assert description == entry["description"], key
        shown = {"": "empty", "[]": "none"}.get(
            as_text(entry.get("default", "")), f"`{as_text(entry.get('default', ''))}`"
        )
        assert default == ("must be set" if "default" not in entry else shown), key
