"""Wrong configuration stops the program before any resource, with key, value and what is allowed."""

from __future__ import annotations

import pytest
import yaml

from infra.config.cross_checks import CROSS_CHECKS
from infra.config.model import StackConfig
from infra.config.reading import ConfigurationError, keys
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
from tests.infra.wrong_values import CONFLICTS, INCOMPLETE_KEY, TAG, WRONG
from vcp.domain.model.contract import Contract
from vcp.domain.value import kinds_of
from vcp.wire.environment import SETTINGS_BY_FUNCTION

KEYS = {field: key.removeprefix("vcp:") for field, key in keys(StackConfig).items() if key.startswith("vcp:")}


def problems(given: dict[str, str | None], **options: object) -> list[str]:
    """Return the program's errors about this configuration; it must not have registered or read anything."""
    before = Run()
    with pytest.raises(ConfigurationError) as caught:
        run(given, into=before, **options)  # type: ignore[arg-type]
    assert {r.type for r in before.resources} <= {"pulumi:pulumi:Stack"}
    assert not before.calls
    return [line.removeprefix("  - ") for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key, (_, values) in WRONG.items() for value in values],
    ids=lambda v: str(v)[:40],
)
def test_rejects_a_wrong_value_with_key_value_and_what_is_allowed(key: str, value: str | None) -> None:
    (line,) = problems({key: value})
    named, _, message = line.partition(": ")
    assert named.startswith(f"vcp:{key}")
    if value is None:
        assert named.endswith("is not set")
    elif key == "googleServiceAccountKey":
        assert named.endswith("is [secret]" if value else "is ''")
    else:
        assert any(
            shown in named for shown in (repr(value), "['a@example.com', 'A@example.com']", *value.split('"'))
        ), line
    assert any(word in message for word in ("valid integer", "valid boolean", *WRONG[key][0].split())), line


def test_every_key_has_a_wrong_value_here() -> None:
    assert WRONG.keys() == declarations().keys()


@pytest.mark.parametrize(("key", "given", "allowed"), CONFLICTS, ids=[" ".join(given) for _, given, _ in CONFLICTS])
def test_rejects_conflicting_values_with_all_of_them_and_the_reason(
    key: str, given: dict[str, str | None], allowed: str
) -> None:
    (line,) = problems(given)
    named, _, message = line.partition(": Input should be ")
    others = {other for check in CROSS_CHECKS if KEYS[check.field] == key for other in check.others}
    assert named.startswith(f"vcp:{key} is ")
    assert all(f"{keys(StackConfig)[other]} " in named for other in others)
    assert all(repr(value) in named for name, value in given.items() if name != "airtableToken")
    assert message.startswith(allowed)
    assert ", since " in message


def test_every_cross_check_fails_here() -> None:
    assert {key for key, *_ in CONFLICTS} == {KEYS[check.field] for check in CROSS_CHECKS}


def test_reports_all_conflicts_at_once() -> None:
    assert len(problems({"heartbeatSeconds": "61", "handoverMarginSeconds": "451", "transferMemoryMb": "511"})) == 3


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
    ids=["at the limit", "does not apply"],
)
def test_accepts_values_that_just_fit_together(given: dict[str, str | None]) -> None:
    assert run(given).resources


@pytest.mark.parametrize("field", StackConfig.model_fields)
def test_a_value_for_functions_has_the_bounds_that_the_functions_check(field: str) -> None:
    bounds = ("gt", "ge", "lt", "le")
    metadata = StackConfig.model_fields[field].metadata
    own = {name: getattr(item, name) for item in metadata for name in bounds if hasattr(item, name)}
    for model in (Contract, *SETTINGS_BY_FUNCTION.values()):
        for meta in getattr(kinds_of(model).get(field), "__metadata__", ()):
            theirs = {name: getattr(meta, name) for name in bounds if getattr(meta, name) is not None}
            assert own == theirs or not theirs, model


def test_requires_a_region() -> None:
    (missing,) = problems({"aws:region": None})
    (wrong,) = problems({"aws:region": "Frankfurt"})
    assert missing.startswith("aws:region is not set: ")
    assert wrong.startswith("aws:region is 'Frankfurt': ")
    assert all("the name of an AWS region, such as eu-central-1" in line for line in (missing, wrong))


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("vcp:limitByte", "; did you mean vcp:limitBytes?"),
        ("vcp:limitbytes", "; did you mean vcp:limitBytes?"),
        ("vcp:temp_days", "; did you mean vcp:tempDays?"),
        ("vpc:tempDays", "; did you mean vcp:tempDays?"),
        ("vcp:colour", ""),
    ],
)
def test_rejects_an_unknown_key_and_suggests_the_closest(key: str, hint: str) -> None:
    assert problems({key: "not-shown"}) == [f"{key} is an unknown key{hint}"]


def test_ignores_keys_of_the_provider_and_the_cli() -> None:
    assert run({"aws:skipMetadataApiCheck": "true", "pulumi:tags": "{}", "other:thing": "1"}).resources


def test_reports_all_problems_at_once() -> None:
    wrong = {"tempDays": "0", "limitBytes": "1", "mediaImage": TAG, "asyncRetries": "9", "parallelParts": "0"}
    assert [line.partition(" is ")[0] for line in problems({**wrong, "colour": "red"})] == [
        "vcp:limitBytes",
        "vcp:tempDays",
        "vcp:mediaImage",
        "vcp:parallelParts",
        "vcp:asyncRetries",
        "vcp:colour",
    ]


@pytest.mark.parametrize("key", ["airtableToken", "googleServiceAccountKey"])
def test_rejects_a_secret_in_plain_text_without_showing_it(key: str) -> None:
    assert problems(dict(AIRTABLE), secret_keys=SECRETS - {f"vcp:{key}"}) == [
        f"vcp:{key} is in plain text: set it with `pulumi config set --secret {key}`"
    ]


def test_errors_never_show_a_secret() -> None:
    wrong_type = SERVICE_ACCOUNT_KEY.replace("service_account", "authorized_user")
    encrypted = SECRETS | {"vcp:airtableBaseId"}
    lines = " ".join(
        [
            *problems({**AIRTABLE, "googleServiceAccountKey": wrong_type, "tempDays": "x", "airtableBaseId": "no"}),
            *problems(
                {"googleServiceAccountKey": INCOMPLETE_KEY, "airtableBaseId": AIRTABLE_TOKEN}, secret_keys=encrypted
            ),
            *problems({"airtableToken": AIRTABLE_TOKEN}),
            *problems({"airtableTokn": AIRTABLE_TOKEN, **AIRTABLE}),
        ]
    )
    for secret in ("never-seen-in-plain", "gserviceaccount.com", AIRTABLE_TOKEN):
        assert secret not in lines
    assert lines.count("[secret]") == 4


def test_shortens_a_long_value() -> None:
    (line,) = problems({"driveEndpoint": SERVICE_ACCOUNT_KEY * 9})
    assert "never-seen-in-plain" not in line
    assert len(line) < 400


@pytest.mark.parametrize("stack", ["Test", "my_stack", "a.b", "1st", "a--b", "trailing-"])
def test_rejects_a_stack_name_that_cannot_be_part_of_a_bucket_name(stack: str) -> None:
    (line,) = problems({}, stack=stack)
    assert line.startswith(f"stack is {stack!r}: Input should be lower-case letters, digits and single hyphens")


def test_rejects_a_long_stack_name_with_the_maximum() -> None:
    limit = 63 - len("vcp--compressed--210987654321-eu-central-1") + 1
    (line,) = problems({}, stack="s" * (limit + 1))
    assert f"'{'s' * (limit + 1)}'" in line
    assert f"at most {limit} characters" in line
    assert run(stack="s" * limit).resources


def test_pulumi_yaml_declares_exactly_the_settings() -> None:
    assert set(declarations()) == set(KEYS.values())


def test_pulumi_yaml_describes_every_key() -> None:
    for key, entry in declarations().items():
        assert entry["type"] in ("string", "integer", "boolean", "array"), key
        assert entry["description"].endswith("."), key


def test_pulumi_yaml_has_the_types_of_the_settings() -> None:
    kinds: dict[object, str] = {int: "integer", bool: "boolean"}
    for name, key in KEYS.items():
        annotation = StackConfig.model_fields[name].annotation
        expected = "array" if name.endswith("recipients") else kinds.get(annotation, "string")
        assert declarations()[key]["type"] == expected, name


def test_only_images_and_the_google_key_are_required() -> None:
    without = {key for key, entry in declarations().items() if "default" not in entry}
    assert without == {"mediaImage", "coreImage", "googleServiceAccountKey"}
    assert declarations()["googleServiceAccountKey"]["secret"] is True


@pytest.mark.parametrize("stack", ["dev", "local", "prod"])
def test_the_stack_files_are_valid(stack: str) -> None:
    given = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    unknown = {key for key in given if key.startswith("vcp:")} - {f"vcp:{key}" for key in declarations()}
    assert not unknown
    images = {"mediaImage": image("m", "us-east-1"), "coreImage": image("c", "us-east-1")} if stack != "local" else {}
    plain = {key: as_text(value) for key, value in given.items() if not isinstance(value, dict)}
    made = run({**{f"vcp:{key}": value for key, value in images.items()}, **plain}, stack=stack)
    assert made.of("lambda/function:Function")
