"""The workflows in .github: what they run, and with which permissions.

Linters check their syntax (`make lint-workflows`, and the last tests here if the linters are installed).
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
#: A third-party action: a commit, with its version for people and Renovate.
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
DEPLOY = "./.github/actions/deploy"


def loaded(path: Path) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return document


def jobs(*names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the jobs of these workflows, or of all, with names `workflow/job`."""
    for path in WORKFLOWS:
        if not names or path.stem in names:
            for name, job in loaded(path)["jobs"].items():
                yield f"{path.stem}/{name}", job


def job(name: str) -> dict[str, Any]:
    return dict(jobs())[name]


def steps(path: Path) -> list[dict[str, Any]]:
    document = loaded(path)
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for each in document["jobs"].values() for step in each["steps"]]


def runs(each: dict[str, Any]) -> list[str]:
    return [step["run"] for step in each["steps"] if "run" in step]


def role(each: dict[str, Any]) -> str | None:
    """Return the role that a job assumes."""
    for step in each["steps"]:
        if step.get("uses") == DEPLOY:
            return deploy_role(step["with"]["stack"])
        if "role-to-assume" in step.get("with", {}):
            return str(step["with"]["role-to-assume"]).rpartition("/")[2]
    return None


def test_all_workflows_and_actions_are_tested() -> None:
    assert {path.stem for path in WORKFLOWS} == {"pull-request", "main", "roll-back", "update-python"}
    assert {path.parent.name for path in ACTIONS} == {"prepare", "deploy"}


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_third_party_actions_are_pinned_by_commit(path: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not line.startswith("uses: ./") and not PINNED.match(line)] == []


def test_an_action_has_one_version_everywhere() -> None:
    text = "\n".join(path.read_text("utf-8") for path in [*WORKFLOWS, *ACTIONS])
    pins = {
        (repository, version, commit)
        for repository, commit, version in re.findall(r"uses: ([\w-]+/[\w-]+)[\w/-]*@([0-9a-f]{40}) # (v\S+)", text)
    }
    assert len(pins) == len({repository for repository, _, _ in pins})


def test_jobs_have_minimal_permissions() -> None:
    for path in WORKFLOWS:
        assert loaded(path)["permissions"] == {}, path.name
    for name, each in jobs():
        granted = each["permissions"]
        writes = {scope for scope, level in granted.items() if level == "write"}
        expected = {"id-token"} if role(each) else set()
        assert writes == (expected if name != "update-python/propose" else {"contents", "pull-requests"}), name
        assert set(granted) - writes <= {"contents"}, name


def test_every_job_has_a_timeout() -> None:
    for name, each in jobs():
        assert 0 < each["timeout-minutes"] <= 60, name


def test_checkouts_keep_no_credentials() -> None:
    for path in WORKFLOWS:
        for step in steps(path):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, path.name


def test_pull_requests_get_no_secrets_and_only_a_reading_role() -> None:
    triggers = loaded(ROOT / ".github/workflows/pull-request.yml")[True]  # YAML reads `on` as true
    assert set(triggers) == {"pull_request"}  # never pull_request_target, which has secrets and a token that writes
    assert "secrets." not in (ROOT / ".github/workflows/pull-request.yml").read_text("utf-8")
    roles = {name: role(each) for name, each in jobs("pull-request")}
    assert roles == dict.fromkeys(roles) | {"pull-request/preview": PREVIEW_ROLE}
    for name, each in jobs("pull-request"):
        assert not any("make push" in line or "make deploy" in line for line in runs(each)), name


def test_forks_get_no_preview_and_a_notice() -> None:
    ours = "github.event.pull_request.head.repo.full_name == github.repository"
    assert ours in job("pull-request/preview")["if"]
    instead = job("pull-request/no-preview")
    assert ours.replace("==", "!=") in instead["if"]
    assert "no preview" in instead["steps"][0]["run"]
    # Exactly one of the two runs: one condition is the negation of the other.
    negated = job("pull-request/preview")["if"].replace("!=", "\0").replace("==", "!=").replace("\0", "==")
    assert negated.replace("&&", "||").split() == instead["if"].split()


def test_uses_no_long_lived_keys() -> None:
    for path in [*WORKFLOWS, *ACTIONS]:
        text = path.read_text("utf-8")
        assert "secrets." not in text
        assert "aws-access-key-id" not in text.lower()


def test_pushes_only_what_the_same_run_checked_and_built() -> None:
    push = job("main/push")
    assert set(push["needs"]) == {"check", "test", "images"}
    assert role(push) == IMAGES_ROLE
    assert runs(job("main/check"))[0] == "make check"
    assert runs(job("main/test"))[-1] == "make test"
    built = runs(job("main/images"))
    assert built.index("sudo make images ENGINE=podman") < built.index("sudo make test-images ENGINE=podman")
    assert not any("restore" in line for line in built)
    (uploaded,) = (s["with"]["path"] for s in job("main/images")["steps"] if "upload-artifact" in s.get("uses", ""))
    (downloaded,) = (s["with"]["path"] for s in push["steps"] if "download-artifact" in s.get("uses", ""))
    assert uploaded == downloaded == "build/images"
    assert not any("make images" in line for line in runs(push))


def test_prod_gets_the_images_of_dev_after_approval() -> None:
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


def test_deployments_of_a_stack_neither_overlap_nor_are_cancelled() -> None:
    for name, each in jobs():
        if (assumed := role(each)) and assumed.startswith(deploy_role("")):
            stack = assumed.removeprefix(deploy_role(""))
            assert each["concurrency"] == {"group": f"deploy-{stack}", "cancel-in-progress": False}, name
    for path in WORKFLOWS:
        if path.stem != "pull-request":
            assert loaded(path).get("concurrency", {}).get("cancel-in-progress", False) is False, path.name


def test_rollbacks_build_nothing_and_run_from_main_only() -> None:
    for name, each in jobs("roll-back"):
        assert "github.ref == 'refs/heads/main'" in each["if"], name
        assert not runs(each), name
        (step,) = (s for s in each["steps"] if s.get("uses") == DEPLOY)
        assert step["with"]["images"] == "${{ inputs.images }}", name
        assert f"inputs.stack == '{step['with']['stack']}'" in each["if"], name


def test_no_expression_is_expanded_in_a_script() -> None:
    for path in [*WORKFLOWS, *ACTIONS]:
        for step in steps(path):
            assert "${{" not in step.get("run", ""), (path.name, step["run"])


def test_workflows_run_make_targets_and_scripts() -> None:
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


def test_pulumi_has_the_locked_version() -> None:
    pinned = re.search(r"^pulumi==(\S+)", (ROOT / "locks/dev.txt").read_text("utf-8"), re.MULTILINE)
    assert pinned
    named = {
        step["with"]["pulumi-version"]
        for path in [*WORKFLOWS, *ACTIONS]
        for step in steps(path)
        if step.get("uses", "").startswith("pulumi/actions@")
    }
    assert named == {pinned[1]}


def test_python_has_the_version_of_the_images() -> None:
    (version,) = (s["with"]["python-version"] for s in steps(ACTIONS[1]) if "setup-python" in s.get("uses", ""))
    assert version == "3.11"


def test_renovate_updates_everything_except_python_packages() -> None:
    settings = json.loads((ROOT / "renovate.json").read_text("utf-8"))
    assert set(settings["enabledManagers"]) == {"dockerfile", "github-actions", "custom.regex"}
    assert {"docker:pinDigests", "helpers:pinGitHubActionDigests"} <= set(settings["extends"])
    linters = (ROOT / "scripts/lint-workflows").read_text("utf-8")
    for manager in settings["customManagers"]:
        (pattern,) = (text.replace("(?<", "(?P<") for text in manager["matchStrings"])
        if "lint-workflows" in manager["managerFilePatterns"][0]:
            assert re.search(pattern, linters), manager["depNameTemplate"]


def tool(name: str) -> str:
    """Return a linter's path, from PATH or `make lint-workflows`; skip the test without it."""
    found = shutil.which(name, path=f"{ROOT / 'build/tools'}:{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is missing; make lint-workflows fetches it")
    return found


def test_actionlint_finds_nothing() -> None:
    done = subprocess.run([tool("actionlint"), "-no-color"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_zizmor_finds_nothing() -> None:
    command = [tool("zizmor"), "--offline", "--no-progress", "--persona", "auditor", "--color", "never", ".github"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
