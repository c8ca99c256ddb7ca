"""Deploy a stack to an empty account, deploy again, change its images, and report what prevents that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from foundation.names import STATE_STACK
from tests.unit.vcpctl.deploy.layouts import REGION
from tests.unit.vcpctl.deploy.machine import REVISION, Machine
from vcpctl.command_exit import CommandExit
from vcpctl.deploy.account import sign_in
from vcpctl.deploy.command import manual_steps
from vcpctl.deploy.images import Images
from vcpctl.deploy.steps import ALL_STEPS, Deployment, Options, steps_for
from vcpctl.n8n.export import ExportOptions, export

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse AWS:UserWarning")

ACCOUNT = "123456789012"
DEV = Options("dev", yes=True)
NEXT = "2" * 40


def deploy(machine: Machine, options: Options = DEV) -> Deployment:
    deployment = machine.deployment(options)
    for step in steps_for(options):
        step.run(deployment)
    return deployment


def error(machine: Machine, options: Options = DEV) -> str:
    with pytest.raises(CommandExit) as caught:
        deploy(machine, options)
    return str(caught.value)


def tags(repository: str = "vcp/media") -> list[set[str]]:
    details = boto3.client("ecr", REGION).describe_images(repositoryName=repository)["imageDetails"]
    return [set(detail["imageTags"]) for detail in details]


def deployed(machine: Machine, stack: str = "dev") -> dict[str, Any]:
    config = machine.stack(stack).deployed
    assert config is not None
    return config


def test_deploys_to_an_empty_account(machine: Machine) -> None:
    deployment = deploy(machine)
    (state,) = boto3.client("cloudformation", REGION).describe_stacks(StackName=STATE_STACK)["Stacks"]
    assert state["StackStatus"] == "CREATE_COMPLETE"
    for name, stack in (("foundation", "account"), ("dev", "dev")):
        place = f"s3://vcp-state-{ACCOUNT}-{REGION}/{name}?region={REGION}"
        assert machine.stacks[place, stack].secrets_provider == f"awskms://alias/vcp-state-{name}?region={REGION}"
    assert deployed(machine)["vcp:permissionsBoundary"] == f"arn:aws:iam::{ACCOUNT}:policy/vcp-boundary-dev"
    for image in ("media", "core"):
        registry = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/vcp/{image}"
        assert deployed(machine)[f"vcp:{image}Image"] == f"{registry}@{deployment.images.digests[image]}"
        assert tags(f"vcp/{image}") == [{REVISION, f"dev-{REVISION}"}]


def test_runs_the_steps_in_order(machine: Machine) -> None:
    deploy(machine)
    milestones = [
        ("pulumi", "version"),
        ("pulumi", "stack", "init", "account"),
        ("pulumi", "up", "--yes", "--skip-preview", "--stack", "account"),
        ("make", "images"),
        ("skopeo", "copy"),
        ("pulumi", "stack", "init", "dev"),
        ("pulumi", "config", "set", "--stack", "dev", "--secret"),
        ("pulumi", "preview", "--json", "--stack", "dev"),
        ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev"),
    ]
    places = [machine.ran.index(machine.did(*words)[0]) for words in milestones]
    assert places == sorted(places)


def test_the_documented_steps_are_those_that_run() -> None:
    page = (Path(__file__).parents[4] / "docs/deploying.md").read_text("utf-8")
    titles = [step.title for step in ALL_STEPS]
    assert [f"{number}. **{title}**" in page for number, title in enumerate(titles, start=1)] == [True] * len(titles)


def test_a_second_deployment_asks_and_changes_nothing(machine: Machine) -> None:
    deploy(machine)
    before = dict(deployed(machine))
    machine.answers, machine.ran, machine.printed = None, [], []
    deploy(machine)
    assert deployed(machine) == before
    assert not machine.did("skopeo")
    assert not machine.did("pulumi", "stack", "init")
    assert not machine.did("pulumi", "config", "set")
    assert not machine.did("make", "images")
    assert machine.printed == []


@pytest.mark.parametrize(
    "failing",
    [
        "pulumi stack init account",
        "pulumi up --yes --skip-preview --stack account",
        "make images",
        "skopeo copy",
        "pulumi stack init dev",
        "pulumi config set --stack dev --secret",
        "pulumi config set --stack dev -- vcp:coreImage",
        "pulumi preview --json --stack dev",
        "pulumi up --yes --skip-preview --stack dev",
        "pulumi stack output --json --stack dev",
    ],
)
def test_continues_after_a_failed_step(machine: Machine, failing: str) -> None:
    machine.failing[failing] = "error: connection lost"
    assert "connection lost" in (message := error(machine)) or "above" in message
    deploy(machine)
    assert deployed(machine)["vcp:mediaImage"].endswith(tuple(_digests("vcp/media")))
    assert tags() == [{REVISION, f"dev-{REVISION}"}]


def _digests(repository: str) -> list[str]:
    details = boto3.client("ecr", REGION).describe_images(repositoryName=repository)["imageDetails"]
    return [detail["imageDigest"] for detail in details]


def test_a_failed_push_is_continued_with_the_missing_image(machine: Machine) -> None:
    begin = "skopeo copy --quiet --preserve-digests --retry-times=3"
    machine.failing[begin] = 'time="2026-11-30T16:24:03Z" level=fatal msg="unexpected EOF"\n'
    host = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert error(machine) == (
        f'Pushing {host}/vcp/media:{REVISION} failed: "unexpected EOF". Run it again: layers that arrived are kept.'
    )
    deploy(machine)
    destinations = [line[-1] for line in machine.did("skopeo", "copy")]
    media, core = (f"docker://{host}/vcp/{image}:{REVISION}" for image in ("media", "core"))
    assert destinations == [media, media, core]


def test_changing_images_changes_nothing_else(machine: Machine) -> None:
    first = deploy(machine)
    machine.revision = NEXT
    deploy(machine)
    machine.ran, machine.answers = [], None
    machine.commands.remove("skopeo")  # needed for a push only
    deploy(machine, Options("dev", images=REVISION[:7], yes=True))
    assert deployed(machine)["vcp:mediaImage"].endswith(first.images.digests["media"])
    assert not machine.did("make")
    assert not machine.did("pulumi", "up", "--yes", "--skip-preview", "--stack", "account")
    assert {REVISION, f"dev-{REVISION}"} in tags()


def test_fetches_settings_missing_from_a_checkout(machine: Machine) -> None:
    deploy(machine)
    (machine.root / "foundation/Pulumi.account.yaml").unlink()  # was not committed
    deploy(machine)
    assert "encryptedkey" in (machine.root / "foundation/Pulumi.account.yaml").read_text("utf-8")


def test_rejects_settings_other_than_the_deployed_ones(machine: Machine) -> None:
    deploy(machine)
    before = dict(deployed(machine))
    (machine.root / "Pulumi.dev.yaml").write_text(f"config:\n  aws:region: {REGION}\n", "utf-8")
    message = error(machine)
    assert message.startswith("Pulumi.dev.yaml here is not the one that stack dev was deployed with")
    assert message.endswith("&& pulumi config refresh --stack dev --force")
    assert deployed(machine) == before


def test_deploys_the_images_of_dev_to_prod(machine: Machine) -> None:
    dev = deploy(machine)
    deploy(machine, Options("prod", images=str(dev.images), yes=True))
    for image in ("media", "core"):
        assert deployed(machine, "prod")[f"vcp:{image}Image"] == deployed(machine, "dev")[f"vcp:{image}Image"]
    assert tags() == [{REVISION, f"dev-{REVISION}", f"prod-{REVISION}"}]
    assert machine.stack("prod").secrets_provider == f"awskms://alias/vcp-state-prod?region={REGION}"


def test_asks_before_changes(machine: Machine) -> None:
    assert machine.answers
    machine.answers["[y/N]"] = "n"
    assert error(machine, Options("dev")) == "The foundation was not changed."
    assert not machine.did("pulumi", "up")
    (question,) = [asked for asked in machine.asked if "[y/N]" in asked]
    assert question == f"Change the foundation in account {ACCOUNT} (1 to create)? [y/N]"
    assert "+ create lambda.Function intake-function" in machine.printed[-1]


def test_changes_nothing_without_a_terminal_or_yes(machine: Machine) -> None:
    machine.answers = None
    assert error(machine, Options("dev")) == ("There is no terminal to confirm these changes: run it again with YES=1.")
    assert not machine.did("pulumi", "up")


FOLDER_LINK = f"https://drive.google.com/drive/folders/{'1' * 33}"


def test_rejects_an_invalid_folder_link(machine: Machine) -> None:
    assert machine.answers
    machine.answers |= {"folder to watch": "Incoming"}
    assert error(machine).startswith(
        "That is not a valid vcp:watchedFolder: Input should be empty, or a Google Drive folder"
    )


def test_asks_for_the_settings_of_a_new_stack(machine: Machine) -> None:
    assert machine.answers
    (machine.root / "token").write_text("patSecret\n", "utf-8")
    machine.answers |= {
        "mails about videos": "anna@example.org, ben@example.org",
        "alarms for operators": "ops@example.org",
        "folder to watch": FOLDER_LINK,
        "Airtable base": "app0123456789ABCD",
        "Airtable token": str(machine.root / "token"),
        "GitHub repository": "studio/pipeline",
        "owner.id": "12",
        "Its own id": "34",
    }
    deploy(machine)
    config = deployed(machine)
    assert config["vcp:mailRecipients"] == ["anna@example.org", "ben@example.org"]
    assert config["vcp:alarmRecipients"] == ["ops@example.org"]
    assert config["vcp:watchedFolder"] == FOLDER_LINK
    assert config["vcp:airtableBaseId"] == "app0123456789ABCD"
    assert machine.stack("dev").secrets["vcp:airtableToken"] == "patSecret"
    given = deployed(machine, "account")
    assert {key.partition(":")[2]: value for key, value in given.items() if key.startswith("vcp-foundation:")} == {
        "repository": "studio/pipeline",
        "ownerId": "12",
        "repositoryId": "34",
    }


def test_secrets_are_neither_on_a_command_line_nor_printed(machine: Machine) -> None:
    deploy(machine)
    visible = " ".join([*machine.printed, *(word for line in machine.ran for word in line)])
    assert "never-seen-in-plain" not in visible
    (registry,) = boto3.client("ecr", REGION).get_authorization_token()["authorizationData"]
    assert registry["authorizationToken"] not in visible
    assert "never-seen-in-plain" in machine.stack("dev").secrets["vcp:googleServiceAccountKey"]


def test_reports_a_missing_key_without_a_terminal(machine: Machine) -> None:
    machine.answers = None
    message = error(machine)
    assert message.startswith("vcp:googleServiceAccountKey is not set for dev. Set it with:  eval ")
    assert message.endswith("pulumi config set --stack dev --secret googleServiceAccountKey < key.json")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("nowhere.json", "The file 'nowhere.json' with the key cannot be read: [Errno 2] No such file or directory"),
        (
            "Pulumi.dev.yaml",
            "That is not a valid vcp:googleServiceAccountKey: Input should be the JSON key of a Google",
        ),
    ],
)
def test_rejects_an_invalid_answer(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, answer: str, message: str
) -> None:
    monkeypatch.chdir(machine.root)
    assert machine.answers
    machine.answers["File with the JSON key"] = answer
    assert error(machine).startswith(message)
    assert not machine.stack("dev").secrets


def _no_pulumi(machine: Machine) -> None:
    machine.commands.remove("pulumi")


def _no_skopeo(machine: Machine) -> None:
    machine.commands.remove("skopeo")


def _old_pulumi(machine: Machine) -> None:
    machine.pulumi_version = "v3.99.0"


def _uncommitted_changes(machine: Machine) -> None:
    deploy(machine)  # the registry has the images of this commit, without the changes
    machine.changes = " M images/vcp/domain/planning/plan.py\n"
    machine.version = "v1.2.0-3-g1f0c3a9-dirty"


def _stack_unknown_to_the_foundation(machine: Machine) -> None:
    machine.stacks.clear()
    deploy(machine)
    machine.stack("account").config["vcp-foundation:stacks"] = ["prod"]


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (_no_pulumi, "Pulumi's CLI is missing: install version 3.250.0 (https://www.pulumi.com/docs/install"),
        (_old_pulumi, "Pulumi's CLI is v3.99.0, too old: install version 3.250.0"),
        (
            _no_skopeo,
            "skopeo, which pushes the images, is missing. Run:  sudo apt-get update && sudo apt-get install skopeo",
        ),
        (
            _uncommitted_changes,
            "The images contain uncommitted changes (v1.2.0-3-g1f0c3a9-dirty), so their revision would be wrong: "
            "commit the changes, then run it again.",
        ),
        (
            _stack_unknown_to_the_foundation,
            "The foundation has the stacks prod, not dev: add it to vcp-foundation:stacks in",
        ),
    ],
)
def test_reports_what_prevents_a_deployment(machine: Machine, cause: Callable[[Machine], None], message: str) -> None:
    cause(machine)
    assert error(machine).startswith(message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            Options("other"),
            "There is no stack other to deploy; there are dev, prod. For a new one copy Pulumi.dev.yaml",
        ),
        (Options("local"), "There is no stack local to deploy; there are dev, prod."),
        (Options("dev", images="latest"), "IMAGES is 'latest': it must be the revision of pushed images"),
        (
            Options("dev", images="media=sha256:12,core=sha256:34"),
            "IMAGES is 'media=sha256:12,core=sha256:34': it must",
        ),
        (Options("dev", images=f"media=sha256:{'1' * 64}"), "IMAGES is 'media=sha256:"),
        (
            Options("dev", images="abcdef0"),
            "The registry has no image vcp/media of abcdef0; the latest revisions: none.",
        ),
    ],
)
def test_rejects_invalid_options_before_any_change(machine: Machine, options: Options, message: str) -> None:
    assert error(machine, options).startswith(message)
    assert not machine.did("pulumi", "config")
    assert not machine.did("pulumi", "stack")


def test_reports_a_revision_that_was_not_pushed(machine: Machine) -> None:
    deploy(machine)
    message = error(machine, Options("dev", images="abcdef0"))
    assert message == f"The registry has no image vcp/media of abcdef0; the latest revisions: {REVISION}."


def test_reports_a_digest_that_does_not_exist(machine: Machine) -> None:
    deployment = deploy(machine)
    unknown = Images({**deployment.images.digests, "core": f"sha256:{'0' * 64}"})
    message = error(machine, Options("dev", images=str(unknown)))
    assert message.startswith(f"The registry has no image vcp/core of sha256:{'0' * 64}")


def test_reports_a_missing_repository(machine: Machine) -> None:
    boto3.client("ecr", REGION).delete_repository(repositoryName="vcp/media")
    message = error(machine, Options("dev", images=REVISION))
    assert message.startswith("This account has no repository vcp/media: deploy once without IMAGES=")


def test_reports_missing_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(
        CommandExit, match=r"^There are no AWS credentials: sign in \(aws sso login, or set AWS_PROFILE\)"
    ):
        sign_in(REGION)


def test_lists_the_manual_steps(machine: Machine) -> None:
    deployment = deploy(machine)
    steps = "\n".join(manual_steps(deployment.outputs, deployment))
    assert "share each Drive folder with reader@studio.iam.gserviceaccount.com" in steps
    assert "IAM user vcp-dev-n8n" in steps
    assert "function:video-file-processor-dev" in steps
    assert "vcp n8n export --stack dev" in steps
    assert "commit Pulumi.dev.yaml and foundation/Pulumi.account.yaml" in steps


def test_exports_n8n_workflows_with_the_stacks_outputs(machine: Machine, tmp_path: Path) -> None:
    deploy(machine)
    machine.stack("dev").config["vcp:watchedFolder"] = "https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUv"
    written = export(ExportOptions("dev", output=tmp_path / "n8n"), machine.deployment(DEV))
    assert written.values.folder_id == "1AbCdEfGhIjKlMnOpQrStUv"
    assert written.values.function in written.files[0].read_text("utf-8")
    assert [file.exists() for file in written.files] == [True, True]


def test_exports_no_workflows_without_a_stack(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(CommandExit, match="no stack dev yet"):
        export(ExportOptions("dev", output=tmp_path / "n8n"), machine.deployment(DEV))
    assert not (tmp_path / "n8n").exists()
