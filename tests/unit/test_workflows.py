"""The workflows in .github: what runs, with which rights, and that it is what people run too.

Linters see to their syntax (`make lint-workflows`, and the last tests here where the tools are at hand).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from foundation.names import IMAGES_ROLE, PREVIEW_ROLE, deploy_role

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.yml"))
#: An action of somebody else: the commit, and the version that it is, for people and for Renovate.
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
DEPLOY = "./.github/actions/deploy"


def loaded(path: Path) -> dict[Any, Any]:
    told: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return told


def jobs(*names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Jobs of these workflows, or of all, as `workflow/job`."""
    for path in WORKFLOWS:
        if not names or path.stem in names:
            for name, job in loaded(path)["jobs"].items():
                yield f"{path.stem}/{name}", job


def job(name: str) -> dict[str, Any]:
    return dict(jobs())[name]


def steps(path: Path) -> list[dict[str, Any]]:
    told = loaded(path)
    if "runs" in told:
        return list(told["runs"]["steps"])
    return [step for each in told["jobs"].values() for step in each["steps"]]


def runs(each: dict[str, Any]) -> list[str]:
    return [step["run"] for step in each["steps"] if "run" in step]


def role(each: dict[str, Any]) -> str | None:
    """The role that a job takes on."""
    for step in each["steps"]:
        if step.get("uses") == DEPLOY:
            return deploy_role(step["with"]["stack"])
        if "role-to-assume" in step.get("with", {}):
            return str(step["with"]["role-to-assume"]).rpartition("/")[2]
    return None


def test_every_workflow_and_action_is_looked_at() -> None:
    assert {path.stem for path in WORKFLOWS} == {"pull-request", "main", "roll-back", "update-python"}
    assert {path.parent.name for path in ACTIONS} == {"prepare", "deploy"}


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_actions_of_others_are_pinned_by_commit_with_their_version(path: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not line.startswith("uses: ./") and not PINNED.match(line)] == []


def test_a_version_of_an_action_is_one_commit_everywhere() -> None:
    text = "\n".join(path.read_text("utf-8") for path in [*WORKFLOWS, *ACTIONS])
    pins = {
        (repository, version, commit)
        for repository, commit, version in re.findall(r"uses: ([\w-]+/[\w-]+)[\w/-]*@([0-9a-f]{40}) # (v\S+)", text)
    }
    assert len(pins) == len({repository for repository, _, _ in pins})


def test_nothing_may_anything_but_what_its_job_says() -> None:
    for path in WORKFLOWS:
        assert loaded(path)["permissions"] == {}, path.name
    for name, each in jobs():
        granted = each["permissions"]
        writes = {scope for scope, level in granted.items() if level == "write"}
        expected = {"id-token"} if role(each) else set()
        assert writes == (expected if name != "update-python/propose" else {"contents", "pull-requests"}), name
        assert set(granted) - writes <= {"contents"}, name


def test_every_job_ends_some_time() -> None:
    for name, each in jobs():
        assert 0 < each["timeout-minutes"] <= 60, name


def test_no_job_leaves_credentials_in_the_checkout() -> None:
    for path in WORKFLOWS:
        for step in steps(path):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, path.name


def test_a_pull_request_gets_no_secret_and_only_the_role_that_reads() -> None:
    triggers = loaded(ROOT / ".github/workflows/pull-request.yml")[True]  # YAML reads `on` as true
    assert set(triggers) == {"pull_request"}  # never pull_request_target, which has secrets and a token that writes
    assert "secrets." not in (ROOT / ".github/workflows/pull-request.yml").read_text("utf-8")
    roles = {name: role(each) for name, each in jobs("pull-request")}
    assert roles == dict.fromkeys(roles) | {"pull-request/preview": PREVIEW_ROLE}
    for name, each in jobs("pull-request"):
        assert not any("make push" in line or "make deploy" in line for line in runs(each)), name


def test_a_fork_gets_no_preview_and_is_told_so() -> None:
    ours = "github.event.pull_request.head.repo.full_name == github.repository"
    assert ours in job("pull-request/preview")["if"]
    instead = job("pull-request/no-preview")
    assert ours.replace("==", "!=") in instead["if"]
    assert "no preview" in instead["steps"][0]["run"]
    # One of the two runs, whatever the case: the condition of one is the other's negation.
    negated = job("pull-request/preview")["if"].replace("!=", "\0").replace("==", "!=").replace("\0", "==")
    assert negated.replace("&&", "||").split() == instead["if"].split()


def test_no_long_lived_key_is_used_anywhere() -> None:
    for path in [*WORKFLOWS, *ACTIONS]:
        text = path.read_text("utf-8")
        assert "secrets." not in text
        assert "aws-access-key-id" not in text.lower()


def test_what_is_pushed_was_checked_tested_and_built_in_the_same_run() -> None:
    push = job("main/push")
    assert set(push["needs"]) == {"check", "test", "images"}
    assert role(push) == IMAGES_ROLE
    assert runs(job("main/check"))[0] == "make check"
    assert runs(job("main/test")) == ["make test"]
    built = runs(job("main/images"))
    assert built.index("sudo make images ENGINE=podman") < built.index("sudo make test-images ENGINE=podman")
    assert not any("take" in line for line in built)
    (handed_on,) = (s["with"]["path"] for s in job("main/images")["steps"] if "upload-artifact" in s.get("uses", ""))
    (taken,) = (s["with"]["path"] for s in push["steps"] if "download-artifact" in s.get("uses", ""))
    assert handed_on == taken == "build/images"
    assert not any("make images" in line for line in runs(push))


def test_prod_gets_the_very_images_that_dev_got_and_only_when_somebody_approves() -> None:
    images = {}
    for stack in ("dev", "prod"):
        each = job(f"main/{stack}")
        (step,) = (s for s in each["steps"] if s.get("uses") == DEPLOY)
        assert step["with"]["stack"] == stack
        images[stack] = step["with"]["images"]
    assert images["dev"] == images["prod"] == "${{ needs.push.outputs.images }}"
    assert job("main/push")["outputs"] == {"images": "${{ steps.push.outputs.images }}"}
    assert "dev" in job("main/prod")["needs"]
    assert job("main/prod")["environment"] == job("roll-back/prod")["environment"] == "prod"
    assert "environment" not in job("main/dev")  # the role of dev trusts the branch, and no environment


def test_two_deployments_of_a_stack_never_overlap_and_none_is_stopped_half_way() -> None:
    for name, each in jobs():
        if (taken := role(each)) and taken.startswith(deploy_role("")):
            stack = taken.removeprefix(deploy_role(""))
            assert each["concurrency"] == {"group": f"deploy-{stack}", "cancel-in-progress": False}, name
    for path in WORKFLOWS:
        if path.stem != "pull-request":
            assert loaded(path).get("concurrency", {}).get("cancel-in-progress", False) is False, path.name


def test_rolling_back_builds_nothing_and_is_done_from_main_only() -> None:
    for name, each in jobs("roll-back"):
        assert "github.ref == 'refs/heads/main'" in each["if"], name
        assert not runs(each), name
        (step,) = (s for s in each["steps"] if s.get("uses") == DEPLOY)
        assert step["with"]["images"] == "${{ inputs.images }}", name
        assert f"inputs.stack == '{step['with']['stack']}'" in each["if"], name


def test_text_from_outside_never_becomes_part_of_a_script() -> None:
    for path in [*WORKFLOWS, *ACTIONS]:
        for step in steps(path):
            assert "${{" not in step.get("run", ""), (path.name, step["run"])


def test_what_workflows_run_is_what_people_run() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    ran = [line for path in [*WORKFLOWS, *ACTIONS] for step in steps(path) for line in [step.get("run", "")] if line]
    for line in ran:
        command = line.removeprefix("sudo ")
        target = re.match(r"make (?:--silent )?([a-z-]+)", command)
        assert target or command.startswith(("scripts/", "echo ", "chown ")), line
        if target and target[1] not in ("images", "test-images"):
            assert f"\n{target[1]}:" in makefile, line
        if command.startswith("scripts/"):
            assert os.access(ROOT / command.split()[0], os.X_OK), line


def test_pulumi_is_the_version_that_the_program_is_tested_with() -> None:
    pinned = re.search(r"^pulumi==(\S+)", (ROOT / "locks/dev.txt").read_text("utf-8"), re.MULTILINE)
    assert pinned
    named = {
        step["with"]["pulumi-version"]
        for path in [*WORKFLOWS, *ACTIONS]
        for step in steps(path)
        if step.get("uses", "").startswith("pulumi/actions@")
    }
    assert named == {pinned[1]}


def test_python_is_the_one_of_the_images() -> None:
    (version,) = (s["with"]["python-version"] for s in steps(ACTIONS[1]) if "setup-python" in s.get("uses", ""))
    assert version == "3.11"


def test_renovate_looks_after_what_python_does_not() -> None:
    told = json.loads((ROOT / "renovate.json").read_text("utf-8"))
    assert set(told["enabledManagers"]) == {"dockerfile", "github-actions", "custom.regex"}
    assert {"docker:pinDigests", "helpers:pinGitHubActionDigests"} <= set(told["extends"])
    linters = (ROOT / "scripts/lint-workflows").read_text("utf-8")
    for manager in told["customManagers"]:
        (pattern,) = (text.replace("(?<", "(?P<") for text in manager["matchStrings"])
        if "lint-workflows" in manager["managerFilePatterns"][0]:
            assert re.search(pattern, linters), manager["depNameTemplate"]


def tool(name: str) -> str:
    """A linter, from PATH or where `make lint-workflows` puts it; skips where it is not."""
    found = shutil.which(name, path=f"{ROOT / 'build/tools'}:{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not here; make lint-workflows fetches it")
    return found


def test_actionlint_finds_nothing() -> None:
    done = subprocess.run([tool("actionlint"), "-no-color"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_zizmor_finds_nothing() -> None:
    command = [tool("zizmor"), "--offline", "--no-progress", "--persona", "auditor", "--color", "never", ".github"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
