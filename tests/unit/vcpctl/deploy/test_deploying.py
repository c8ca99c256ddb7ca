"""From an empty account to a running stack, again, from one set of images to another, and what stops it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from foundation.names import STATE_STACK
from tests.unit.vcpctl.deploy.registry import REGION
from tests.unit.vcpctl.deploy.world import REVISION, Machine
from vcpctl.command_exit import CommandExit
from vcpctl.deploy.account import sign_in
from vcpctl.deploy.command import whats_next
from vcpctl.deploy.images import Images
from vcpctl.deploy.steps import WHOLE, Deployment, Options, steps_for
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


def refusal(machine: Machine, options: Options = DEV) -> str:
    with pytest.raises(CommandExit) as caught:
        deploy(machine, options)
    return str(caught.value)


def tags(repository: str = "vcp/media") -> list[set[str]]:
    details = boto3.client("ecr", REGION).describe_images(repositoryName=repository)["imageDetails"]
    return [set(detail["imageTags"]) for detail in details]


def running(machine: Machine, stack: str = "dev") -> dict[str, Any]:
    config = machine.stack(stack).running
    assert config is not None
    return config


def test_an_empty_account_becomes_a_running_stack(machine: Machine) -> None:
    deployment = deploy(machine)
    (state,) = boto3.client("cloudformation", REGION).describe_stacks(StackName=STATE_STACK)["Stacks"]
    assert state["StackStatus"] == "CREATE_COMPLETE"
    for name, stack in (("foundation", "account"), ("dev", "dev")):
        place = f"s3://vcp-state-{ACCOUNT}-{REGION}/{name}?region={REGION}"
        assert machine.stacks[place, stack].secrets_provider == f"awskms://alias/vcp-state-{name}?region={REGION}"
    assert running(machine)["vcp:permissionsBoundary"] == f"arn:aws:iam::{ACCOUNT}:policy/vcp-boundary-dev"
    for image in ("media", "core"):
        registry = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/vcp/{image}"
        assert running(machine)[f"vcp:{image}Image"] == f"{registry}@{deployment.images.digests[image]}"
        assert tags(f"vcp/{image}") == [{REVISION, f"dev-{REVISION}"}]


def test_things_are_done_in_the_order_of_the_list(machine: Machine) -> None:
    deploy(machine)
    milestones = [
        ("pulumi", "version"),
        ("pulumi", "stack", "init", "account"),
        ("pulumi", "up", "--yes", "--skip-preview", "--stack", "account"),
        ("make", "images"),
        ("pulumi", "stack", "init", "dev"),
        ("pulumi", "config", "set", "--stack", "dev", "--secret"),
        ("pulumi", "preview", "--json", "--stack", "dev"),
        ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev"),
    ]
    places = [machine.ran.index(machine.did(*words)[0]) for words in milestones]
    assert places == sorted(places)


def test_the_list_of_the_document_is_the_list_that_is_run() -> None:
    page = (Path(__file__).parents[4] / "docs/deploying.md").read_text("utf-8")
    titles = [step.title for step in WHOLE]
    assert [f"{number}. **{title}**" in page for number, title in enumerate(titles, start=1)] == [True] * len(titles)


def test_run_again_it_asks_nothing_sends_nothing_and_leaves_all_as_it_is(machine: Machine) -> None:
    deploy(machine)
    sent, before = list(machine.registry.sent), dict(running(machine))
    machine.answers, machine.ran = None, []
    deploy(machine)
    assert running(machine) == before
    assert machine.registry.sent == sent
    assert not machine.did("pulumi", "stack", "init")
    assert not machine.did("pulumi", "config", "set")
    assert not machine.did("make", "images")
    assert "a person" not in " ".join(machine.said)


@pytest.mark.parametrize(
    "failing",
    [
        "pulumi stack init account",
        "pulumi up --yes --skip-preview --stack account",
        "make images",
        "pulumi stack init dev",
        "pulumi config set --stack dev --secret",
        "pulumi config set --stack dev -- vcp:coreImage",
        "pulumi preview --json --stack dev",
        "pulumi up --yes --skip-preview --stack dev",
        "pulumi stack output --json --stack dev",
    ],
)
def test_wherever_it_stopped_the_next_run_goes_on_to_the_end(machine: Machine, failing: str) -> None:
    machine.failing[failing] = "error: the line went dead"
    assert "line went dead" in (said := refusal(machine)) or "above" in said
    deploy(machine)
    assert running(machine)["vcp:mediaImage"].endswith(tuple(_digests("vcp/media")))
    assert tags() == [{REVISION, f"dev-{REVISION}"}]


def _digests(repository: str) -> list[str]:
    details = boto3.client("ecr", REGION).describe_images(repositoryName=repository)["imageDetails"]
    return [detail["imageDigest"] for detail in details]


def test_a_push_that_broke_off_sends_only_what_is_missing(machine: Machine) -> None:
    machine.registry.refuse = (503, "later")
    assert "503 later" in refusal(machine)
    machine.registry.refuse = None
    deploy(machine)
    assert len(machine.registry.sent) == len(set(machine.registry.sent)) == 5  # both images share a layer


def test_other_images_leave_everything_else_alone(machine: Machine) -> None:
    first = deploy(machine)
    machine.revision = NEXT
    deploy(machine)
    machine.ran, machine.answers = [], None
    deploy(machine, Options("dev", images=REVISION[:7], yes=True))
    assert running(machine)["vcp:mediaImage"].endswith(first.images.digests["media"])
    assert not machine.did("make")
    assert not machine.did("pulumi", "up", "--yes", "--skip-preview", "--stack", "account")
    assert {REVISION, f"dev-{REVISION}"} in tags()


def test_somebody_else_can_go_on_from_a_checkout_of_their_own(machine: Machine) -> None:
    deploy(machine)
    (machine.root / "foundation/Pulumi.account.yaml").unlink()  # was not committed
    deploy(machine)
    assert "encryptedkey" in (machine.root / "foundation/Pulumi.account.yaml").read_text("utf-8")


def test_settings_that_were_never_committed_are_told_and_how_to_get_them(machine: Machine) -> None:
    deploy(machine)
    before = dict(running(machine))
    (machine.root / "Pulumi.dev.yaml").write_text(f"config:\n  aws:region: {REGION}\n", "utf-8")
    said = refusal(machine)
    assert said.startswith("Pulumi.dev.yaml here is not the one that stack dev was deployed with")
    assert said.endswith("&& pulumi config refresh --stack dev --force")
    assert running(machine) == before


def test_the_very_images_of_dev_go_to_prod(machine: Machine) -> None:
    dev = deploy(machine)
    deploy(machine, Options("prod", images=str(dev.images), yes=True))
    for image in ("media", "core"):
        assert running(machine, "prod")[f"vcp:{image}Image"] == running(machine, "dev")[f"vcp:{image}Image"]
    assert tags() == [{REVISION, f"dev-{REVISION}", f"prod-{REVISION}"}]
    assert machine.stack("prod").secrets_provider == f"awskms://alias/vcp-state-prod?region={REGION}"


def test_a_person_is_asked_before_anything_changes_and_may_say_no(machine: Machine) -> None:
    assert machine.answers
    machine.answers["[y/N]"] = "n"
    assert refusal(machine, Options("dev")) == "The foundation was left as it was."
    assert not machine.did("pulumi", "up")
    (question,) = [asked for asked in machine.asked if "[y/N]" in asked]
    assert question == f"Change the foundation in account {ACCOUNT} (1 to create)? [y/N]"
    assert "+ create lambda.Function door-function" in machine.said[-1]


def test_nobody_there_and_no_yes_changes_nothing(machine: Machine) -> None:
    machine.answers = None
    said = refusal(machine, Options("dev"))
    assert said == "Nobody is there to say yes to these changes: run it again with YES=1."
    assert not machine.did("pulumi", "up")


FOLDER_LINK = f"https://drive.google.com/drive/folders/{'1' * 33}"


def test_a_folder_that_is_none_is_not_taken_to_be_watched(machine: Machine) -> None:
    assert machine.answers
    machine.answers |= {"folder to watch": "Incoming"}
    assert refusal(machine).startswith(
        "That cannot be vcp:watchedFolder: Input should be empty, or a Google Drive folder"
    )


def test_a_new_stack_asks_for_what_it_needs_and_sets_it(machine: Machine) -> None:
    assert machine.answers
    (machine.root / "token").write_text("patSecret\n", "utf-8")
    machine.answers |= {
        "mails about videos": "anna@example.org, ben@example.org",
        "operator": "ops@example.org",
        "folder to watch": FOLDER_LINK,
        "Airtable base": "app0123456789ABCD",
        "Airtable token": str(machine.root / "token"),
        "GitHub repository": "studio/pipeline",
        "owner.id": "12",
        "Its own id": "34",
    }
    deploy(machine)
    config = running(machine)
    assert config["vcp:mailRecipients"] == ["anna@example.org", "ben@example.org"]
    assert config["vcp:alarmRecipients"] == ["ops@example.org"]
    assert config["vcp:watchedFolder"] == FOLDER_LINK
    assert config["vcp:airtableBaseId"] == "app0123456789ABCD"
    assert machine.stack("dev").secrets["vcp:airtableToken"] == "patSecret"
    given = running(machine, "account")
    assert {key.partition(":")[2]: value for key, value in given.items() if key.startswith("vcp-foundation:")} == {
        "repository": "studio/pipeline",
        "ownerId": "12",
        "repositoryId": "34",
    }


def test_secrets_are_on_no_command_line_and_never_said(machine: Machine) -> None:
    deploy(machine)
    told = " ".join([*machine.said, *(word for line in machine.ran for word in line)])
    assert "never-seen-in-plain" not in told
    assert "never-seen-in-plain" in machine.stack("dev").secrets["vcp:googleServiceAccountKey"]


def test_without_anybody_there_the_missing_key_is_told_with_the_command_that_sets_it(machine: Machine) -> None:
    machine.answers = None
    said = refusal(machine)
    assert said.startswith("vcp:googleServiceAccountKey is not set for dev. Set it with:  eval ")
    assert said.endswith("pulumi config set --stack dev --secret googleServiceAccountKey < key.json")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("nowhere.json", "The file 'nowhere.json' with the key cannot be read: [Errno 2] No such file or directory"),
        ("Pulumi.dev.yaml", "That cannot be vcp:googleServiceAccountKey: Input should be the JSON key of a Google"),
    ],
)
def test_a_wrong_answer_is_told_at_once(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, answer: str, said: str
) -> None:
    monkeypatch.chdir(machine.root)
    assert machine.answers
    machine.answers["File with the JSON key"] = answer
    assert refusal(machine).startswith(said)
    assert not machine.stack("dev").secrets


def _without_pulumi(machine: Machine) -> None:
    machine.commands.remove("pulumi")


def _old_pulumi(machine: Machine) -> None:
    machine.pulumi_version = "v3.99.0"


def _changed_checkout(machine: Machine) -> None:
    deploy(machine)  # the registry has the images of this commit, which are not these any more
    machine.changes = " M images/vcp/domain/planning/plan.py\n"
    machine.version = "v1.2.0-3-g1f0c3a9-dirty"


def _stack_of_nobody(machine: Machine) -> None:
    machine.stacks.clear()
    deploy(machine)
    machine.stack("account").config["vcp-foundation:stacks"] = ["prod"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            _without_pulumi,
            "Pulumi's command line is missing: install version 3.250.0 (https://www.pulumi.com/docs/install",
        ),
        (_old_pulumi, "Pulumi's command line is v3.99.0, too old: install version 3.250.0"),
        (
            _changed_checkout,
            "The images were built from changes that are in no commit (v1.2.0-3-g1f0c3a9-dirty), so nobody could tell "
            "later what runs: commit them, then run it again.",
        ),
        (_stack_of_nobody, "The foundation knows the stacks prod, not dev: add it to vcp-foundation:stacks in"),
    ],
)
def test_what_is_in_the_way_is_told_in_one_sentence(
    machine: Machine, spoil: Callable[[Machine], None], said: str
) -> None:
    spoil(machine)
    assert refusal(machine).startswith(said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            Options("nobody"),
            "There is no stack nobody to deploy; there are dev, prod. For a new one copy Pulumi.dev.yaml",
        ),
        (Options("local"), "There is no stack local to deploy; there are dev, prod."),
        (Options("dev", images="latest"), "IMAGES is 'latest': it must be the revision of a commit whose images were"),
        (
            Options("dev", images="media=sha256:12,core=sha256:34"),
            "IMAGES is 'media=sha256:12,core=sha256:34': it must",
        ),
        (Options("dev", images=f"media=sha256:{'1' * 64}"), "IMAGES is 'media=sha256:"),
        (Options("dev", images="abcdef0"), "The registry has no image vcp/media of abcdef0; the latest are none."),
    ],
)
def test_what_cannot_be_deployed_is_told_before_anything_is_touched(
    machine: Machine, options: Options, said: str
) -> None:
    assert refusal(machine, options).startswith(said)
    assert not machine.did("pulumi", "config")
    assert not machine.did("pulumi", "stack")


def test_a_revision_that_was_never_pushed_is_told_with_those_that_were(machine: Machine) -> None:
    deploy(machine)
    said = refusal(machine, Options("dev", images="abcdef0"))
    assert said == f"The registry has no image vcp/media of abcdef0; the latest are {REVISION}."


def test_digests_of_which_one_is_not_there_are_refused(machine: Machine) -> None:
    deployment = deploy(machine)
    unknown = Images({**deployment.images.digests, "core": f"sha256:{'0' * 64}"})
    said = refusal(machine, Options("dev", images=str(unknown)))
    assert said.startswith(f"The registry has no image vcp/core of sha256:{'0' * 64}")


def test_an_account_without_the_registries_is_told_to_be_set_up_first(machine: Machine) -> None:
    boto3.client("ecr", REGION).delete_repository(repositoryName="vcp/media")
    said = refusal(machine, Options("dev", images=REVISION))
    assert said.startswith("This account has no repository vcp/media here: run the whole deployment once")


def test_without_credentials_it_says_how_to_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(
        CommandExit, match=r"^No AWS credentials are at hand: sign in \(aws sso login, or set AWS_PROFILE\)"
    ):
        sign_in(REGION)


def test_what_is_left_for_a_person_is_told_with_names_and_addresses(machine: Machine) -> None:
    deployment = deploy(machine)
    told = "\n".join(whats_next(deployment.outputs, deployment))
    assert "share each Drive folder with reader@studio.iam.gserviceaccount.com" in told
    assert "IAM user vcp-dev-n8n" in told
    assert "function:video-file-processor-dev" in told
    assert "vcp n8n export --stack dev" in told
    assert "commit Pulumi.dev.yaml and foundation/Pulumi.account.yaml" in told


def test_n8ns_workflows_are_filled_in_from_the_stack_that_runs(machine: Machine, tmp_path: Path) -> None:
    deploy(machine)
    machine.stack("dev").config["vcp:watchedFolder"] = "https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUv"
    written = export(ExportOptions("dev", output=tmp_path / "n8n"), machine.deployment(DEV))
    assert written.values.folder_id == "1AbCdEfGhIjKlMnOpQrStUv"
    assert written.values.function in written.files[0].read_text("utf-8")
    assert [file.exists() for file in written.files] == [True, True]


def test_there_are_no_workflows_for_a_stack_that_is_not_there(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(CommandExit, match="no stack dev yet"):
        export(ExportOptions("dev", output=tmp_path / "n8n"), machine.deployment(DEV))
    assert not (tmp_path / "n8n").exists()
