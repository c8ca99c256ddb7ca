"""Wrong configuration stops the program before any resource, with key, value and what is allowed."""

from __future__ import annotations

import pytest
import yaml

from infra.agreements import AGREEMENTS
from infra.refusals import SettingsError
from infra.settings import Settings, key_of
from tests.infra.harness import (
    AIRTABLE,
    AIRTABLE_TOKEN,
    ROOT,
    SECRETS,
    SERVICE_ACCOUNT_KEY,
    Run,
    as_text,
    declarations,
    image,
    run,
)
from tests.infra.wrong_values import HALF_A_KEY, TAG, TOGETHER, WRONG

ALL_SECRET = SECRETS | {"vcp:airtableBaseId"}


def refusal(given: dict[str, str | None], **options: object) -> list[str]:
    """The program's sentences about this configuration; it must not have registered or asked for anything."""
    before = Run()
    with pytest.raises(SettingsError) as caught:
        run(given, into=before, **options)  # type: ignore[arg-type]
    assert {r.type for r in before.resources} <= {"pulumi:pulumi:Stack"}
    assert not before.calls
    return [line.removeprefix("  - ") for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize(
    ("key", "value", "shown", "allowed"), WRONG, ids=[f"{key}={str(value)[:24]}" for key, value, *_ in WRONG]
)
def test_a_wrong_value_is_refused_by_key_value_and_what_is_allowed(
    key: str, value: str | None, shown: str | None, allowed: str
) -> None:
    is_shown = "not set" if value is None else shown or value
    assert refusal({key: value}) == [f"vcp:{key} is {is_shown}: it must be {allowed}"]


def test_every_key_of_pulumi_yaml_has_a_wrong_value_here() -> None:
    assert {key for key, *_ in WRONG} == set(declarations())


@pytest.mark.parametrize(("given", "sentence"), TOGETHER, ids=[" ".join(given) for given, _ in TOGETHER])
def test_values_that_contradict_each_other_are_refused_with_the_reason(
    given: dict[str, str | None], sentence: str
) -> None:
    assert refusal(given) == [sentence]


def test_every_agreement_between_values_is_broken_here() -> None:
    told = {sentence.removeprefix("vcp:").partition(" ")[0] for _, sentence in TOGETHER}
    assert told == {agreement.key for agreement in AGREEMENTS}


@pytest.mark.parametrize(
    "given",
    [
        {
            "compressAboveBytes": "5000000000",
            "compressedColdClass": "STANDARD_IA",
            "compressedColdAfterDays": "30",
            "transferMemoryMb": "512",
            "heartbeatSeconds": "60",
            "handoverMarginSeconds": "450",
            "mailLeaseSeconds": "90",
            "streamMaxAgeSeconds": "180",
        },
        {
            "compressedColdClass": "GLACIER_IR",
            "compressedColdAfterDays": "1",
            "alarms": "false",
            "mailLeaseSeconds": "61",
        },
    ],
    ids=["agreeing", "not concerned"],
)
def test_what_just_fits_together_is_taken(given: dict[str, str | None]) -> None:
    assert run(given).resources


def test_a_cloud_region_is_needed_and_must_be_one() -> None:
    assert refusal({"aws:region": None}) == [
        "aws:region is not set: it must be the region to deploy to, such as eu-central-1"
    ]
    assert refusal({"aws:region": "Frankfurt"}) == [
        "aws:region is 'Frankfurt': it must be the name of an AWS region, such as eu-central-1"
    ]


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("vcp:limitByte", "did you mean vcp:limitBytes?"),
        ("vcp:limitbytes", "did you mean vcp:limitBytes?"),
        ("vcp:temp_days", "did you mean vcp:tempDays?"),
        ("vpc:tempDays", "did you mean vcp:tempDays?"),
        ("vcp:colour", "docs/configuration.md lists all keys"),
    ],
)
def test_a_key_that_nothing_reads_is_told_with_the_one_that_was_meant(key: str, hint: str) -> None:
    assert refusal({key: "not-shown"}) == [f"{key} is no key of this program; {hint}"]


def test_keys_of_the_provider_and_of_the_cli_are_none_of_our_business() -> None:
    assert run({"aws:skipMetadataApiCheck": "true", "pulumi:tags": "{}", "other:thing": "1"}).resources


def test_all_wrong_values_are_told_at_once() -> None:
    said = refusal({"tempDays": "0", "limitBytes": "1", "mediaImage": TAG, "asyncRetries": "9", "parallelParts": "0"})
    assert [line.partition(" is ")[0] for line in said] == [
        "vcp:limitBytes",
        "vcp:tempDays",
        "vcp:mediaImage",
        "vcp:parallelParts",
        "vcp:asyncRetries",
    ]


@pytest.mark.parametrize("key", ["airtableToken", "googleServiceAccountKey"])
def test_a_secret_in_plain_text_is_refused_and_not_repeated(key: str) -> None:
    assert refusal(dict(AIRTABLE), secret_keys=SECRETS - {f"vcp:{key}"}) == [
        f"vcp:{key} is in plain text: it must be encrypted, with `pulumi config set --secret {key}`"
    ]


def test_a_refusal_never_shows_a_secret() -> None:
    broken_key = SERVICE_ACCOUNT_KEY.replace("service_account", "authorized_user")
    said = " ".join(
        [
            *refusal({**AIRTABLE, "googleServiceAccountKey": broken_key, "tempDays": "x", "airtableBaseId": "no"}),
            *refusal({"googleServiceAccountKey": HALF_A_KEY, "airtableBaseId": AIRTABLE_TOKEN}, secret_keys=ALL_SECRET),
            *refusal({"airtableTokn": AIRTABLE_TOKEN, "airtableToken": AIRTABLE_TOKEN}),
        ]
    )
    for secret in ("never-seen-in-plain", "gserviceaccount", AIRTABLE_TOKEN):
        assert secret not in said
    assert said.count("[secret]") == 3


def test_a_long_paste_into_the_wrong_place_is_shortened() -> None:
    (said,) = refusal({"driveEndpoint": SERVICE_ACCOUNT_KEY * 9})
    assert "never-seen-in-plain" not in said
    assert len(said) < 400


@pytest.mark.parametrize("stack", ["Test", "my_stack", "a.b", "1st", "a--b", "trailing-"])
def test_a_stack_name_that_cannot_be_part_of_a_bucket_name_is_refused(stack: str) -> None:
    (said,) = refusal({}, stack=stack)
    assert said.startswith(f"the stack's name is {stack!r}: it becomes part of bucket names, so it must be lower-case")


def test_a_stack_name_that_is_too_long_is_told_how_long_it_may_be() -> None:
    most = 63 - len("vcp--compressed--210987654321-eu-central-1") + 1
    assert refusal({}, stack="s" * (most + 1)) == [
        f"the stack's name is '{'s' * (most + 1)}': the name of bucket compressed would be 64 characters long; it must "
        f"be 63 at most, so the stack's name may have {most}"
    ]
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


@pytest.mark.parametrize("stack", ["dev", "local", "prod"])
def test_the_stack_files_are_usable(stack: str) -> None:
    given = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    unknown = {key for key in given if key.startswith("vcp:")} - {f"vcp:{key}" for key in declarations()}
    assert not unknown
    images = {"mediaImage": image("m", "us-east-1"), "coreImage": image("c", "us-east-1")} if stack != "local" else {}
    plain = {key: as_text(value) for key, value in given.items() if not isinstance(value, dict)}
    made = run({**{f"vcp:{key}": value for key, value in images.items()}, **plain}, stack=stack)
    assert made.of("lambda/function:Function")
