"""scripts/images on machines that lack something, with stand-ins for the engines: what a person reads."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.unit.scripts.machine import REPOSITORY, Machine

BASE = "docker.io/library/debian:bookworm-slim"
PINNED = f"{BASE}@sha256:{'0123456789abcdef' * 4}"
_TOOLS = ["cp", "cut", "git", "head", "ls", "mktemp", "sed", "sort", "tar", "tr"]
#: What every engine is asked for; `NOTE` is where a stand-in writes its calls.
_PODMAN = """
echo "$@" >>"$NOTE"
case "$1 $2" in
    "version --format") echo 4.3.1 ;;
    "image inspect") case $3 in *@*) [ -e "$NOTE.pinned" ] ;; *) [ -e "$NOTE.base" ] ;; esac ;;
    "pull "*) [ -e "$NOTE.registry" ] && touch "$NOTE.base" "$NOTE.pinned" ;;
    "import "*) touch "$NOTE.base" ;;
    build*)
        for option; do
            case $option in
                type=local,dest=*) mkdir -p "${option#type=local,dest=}" && cd "${option#type=local,dest=}"
                    echo 7:5.1.9-0+deb12u1 >ffprobe-version && touch media.cdx.json core.cdx.json ;;
                id=pip,src=*) cp "${option#id=pip,src=}" "$NOTE.pip" ;;
                */tmp.*/Dockerfile) tail -n 2 "$option" >>"$NOTE.labels" ;;
            esac
        done
        [ ! -e "$NOTE.says" ] || { cat "$NOTE.says"; exit 1; } ;;
esac
"""


@pytest.fixture
def builder(machine: Machine) -> Machine:
    """A machine with everything but an engine, whose Python only notes that it was asked for the report."""
    for tool in _TOOLS:
        machine.has(tool, f'exec {shutil.which(tool)} "$@"')
    shutil.copyfile(REPOSITORY / ".dockerignore", machine.checkout / ".dockerignore")
    (machine.checkout / "images/Dockerfile").write_text(f"ARG BASE_IMAGE={BASE}\nFROM $BASE_IMAGE AS base\n", "utf-8")
    python = machine.checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(
        '#!/bin/sh\ncase $2 in *report) echo "the report" "$@" ;; '
        f'*) cd {REPOSITORY} && exec {sys.executable} "$@" ;; esac\n',
        "utf-8",
    )
    python.chmod(0o755)
    (machine.checkout / "build").mkdir()
    machine.environment |= {"NOTE": str(machine.bin / "calls"), "TMPDIR": str(machine.bin)}
    machine.environment["GIT_CEILING_DIRECTORIES"] = str(machine.checkout.parent)  # this repository is not its own
    machine.has("apt-config", "echo 'Acquire::http::Proxy \"http://proxy.example:3128\";'")
    return machine


@pytest.fixture
def podman(builder: Machine) -> Machine:
    """The same with podman, and the base image in its storage."""
    builder.has("podman", _PODMAN)
    _note(builder, "base").touch()
    return builder


def _note(machine: Machine, what: str) -> Path:
    return machine.bin / f"calls.{what}"


def _calls(machine: Machine, beginning: str) -> list[str]:
    calls = (machine.bin / "calls").read_text("utf-8").splitlines()
    return [call for call in calls if call.startswith(beginning)]


def _root(machine: Machine) -> None:
    machine.has("id", "case $1 in -u) echo 0 ;; *) echo root ;; esac")


def test_both_images_are_built_exported_and_reported(podman: Machine) -> None:
    code, said = podman.run("images")
    assert code == 0, said
    targets = [call.partition("--target ")[2].split()[0] for call in _calls(podman, "build")]
    assert targets == ["descriptions", "labelled", "labelled"]
    labels = 'org.opencontainers.image.version="unversioned" org.opencontainers.image.revision="unknown"'
    assert _note(podman, "labels").read_text("utf-8").splitlines() == [
        "FROM media AS labelled",
        f'LABEL {labels} ffprobe.version="7:5.1.9-0+deb12u1"',
        "FROM core AS labelled",
        f"LABEL {labels}",
    ]
    assert "-t localhost/vcp/media:unversioned -t localhost/vcp/media:latest" in _calls(podman, "build")[1]
    assert [call.split()[-1].partition(":")[0] for call in _calls(podman, "push")] == ["oci", "oci"]
    assert said.splitlines()[-1].startswith("the report")
    assert {path.name for path in (podman.checkout / "build/images").iterdir()} == {
        "build.log",
        "core.cdx.json",
        "media.cdx.json",
    }


def test_the_package_index_reaches_the_build_as_a_secret_and_stays_nowhere(podman: Machine) -> None:
    podman.environment["PIP_INDEX_URL"] = "https://ci:secret-word@index.example/simple"
    code, said = podman.run("images")
    assert code == 0, said
    assert "index-url = https://ci:secret-word@index.example/simple" in _note(podman, "pip").read_text("utf-8")
    assert "secret-word" not in (podman.bin / "calls").read_text("utf-8") + said
    assert not list(podman.bin.glob("tmp.*"))
    assert not [
        path for path in (podman.checkout / "build").rglob("*") if path.is_file() and "word" in path.read_text()
    ]


def test_fresh_takes_no_layer_of_the_last_time_and_asks_for_the_newest_base(podman: Machine) -> None:
    _note(podman, "registry").touch()
    podman.environment["FRESH"] = "1"
    assert podman.run("images")[0] == 0
    assert _calls(podman, "pull")
    assert all(" --no-cache " in call for call in _calls(podman, "build"))


@pytest.mark.parametrize(
    ("changed", "engine"),
    [
        ({"docker": "exit 1"}, "podman"),  # it is there, but nobody answers
        ({"docker": 'case $1 in version) echo 28.2.2 ;; esac; echo "$@" >>"$NOTE"'}, "docker"),
    ],
)
def test_the_engine_is_the_first_that_answers(podman: Machine, changed: dict[str, str], engine: str) -> None:
    for name, script in changed.items():
        podman.has(name, script)
    said = podman.run("images")[1]
    assert f"building vcp/media and vcp/core unversioned with {engine} " in said


def test_without_an_engine_a_plain_user_is_told_the_command(builder: Machine) -> None:
    assert builder.run("images") == (
        1,
        "No container engine is here (docker, podman or buildah). "
        "Run:  sudo apt-get update -qq && sudo apt-get install -y podman runc fuse-overlayfs\n",
    )


def test_without_an_engine_root_gets_one(builder: Machine) -> None:
    _root(builder)
    _note(builder, "base").touch()
    (builder.bin / "podman.ready").write_text(f"#!/bin/sh\n{_PODMAN}", "utf-8")
    laid = f"{builder.bin}/podman"
    builder.has(
        "apt-get", f'echo "apt-get $@" >>"$NOTE"; [ $1 = update ] || {{ cp {laid}.ready {laid}; chmod 755 {laid}; }}'
    )
    builder.has("chmod", f'exec {shutil.which("chmod")} "$@"')
    code, said = builder.run("images")
    assert code == 0, said
    assert "installing podman runc fuse-overlayfs" in said
    assert _calls(builder, "apt-get install") == [
        "apt-get install -y podman runc fuse-overlayfs --no-install-recommends"
    ]


def test_where_there_is_no_apt_the_person_chooses(builder: Machine) -> None:
    builder.lacks("apt-get")
    assert builder.run("images")[1] == (
        "No container engine is here (docker, podman or buildah). Install podman or docker, then run it again.\n"
    )


@pytest.mark.parametrize(
    ("engine", "script", "sentence"),
    [
        (
            "podman",
            "echo 3.4.4",
            "podman is 3.4.4, too old to build the images: 4.2 or newer is needed. "
            "Update it, or choose another with ENGINE=.\n",
        ),
        (
            "docker",
            "echo 20.10.24",
            "docker is 20.10.24, too old to build the images: 25.0 or newer is needed. "
            "Update it, or choose another with ENGINE=.\n",
        ),
        (
            "docker",
            "case $1 in buildx) exit 1 ;; esac; echo 28.2.2",
            "docker lacks its plugin buildx, which builds the images. "
            "Install docker-buildx-plugin, or choose another engine with ENGINE=.\n",
        ),
        (
            "buildah",
            """echo '{"version": "1.23.1"}'""",
            "buildah is 1.23.1, too old to build the images: 1.26 or newer is needed. "
            "Update it, or choose another with ENGINE=.\n",
        ),
    ],
)
def test_an_engine_that_is_too_old_is_said_with_what_is_needed(
    builder: Machine, engine: str, script: str, sentence: str
) -> None:
    builder.has(engine, script)
    assert builder.run("images") == (1, sentence)


@pytest.mark.parametrize(
    ("engine", "sentence"),
    [
        ("lxc", "ENGINE=lxc: it is one of docker, podman, buildah.\n"),
        ("docker", "ENGINE=docker: it is not installed here. Install it, or leave ENGINE out to take what is there.\n"),
        ("buildah", "ENGINE=buildah: it does not answer. Look at:  buildah info\n"),
    ],
)
def test_an_engine_that_was_asked_for_and_cannot_be_had(podman: Machine, engine: str, sentence: str) -> None:
    podman.has("buildah", "exit 1")
    podman.environment["ENGINE"] = engine
    assert podman.run("images") == (1, sentence)


@pytest.fixture
def maker(podman: Machine) -> Machine:
    """The same without a base image, for root, who has debootstrap."""
    _root(podman)
    _note(podman, "base").unlink()
    podman.has(
        "debootstrap",
        'for base; do :; done; mkdir -p "$3/etc/apt" "$3/usr/share/man/man1" && touch "$3/usr/share/man/man1/ls.1"\n'
        'echo "deb http://mirror.example/debian bookworm main" >"$3/etc/apt/sources.list"\n'
        'echo "$@" >>"$NOTE.debootstrap"',
    )
    return podman


def _bases(machine: Machine) -> set[str]:
    """The base that each build was told."""
    return {call.partition("BASE_IMAGE=")[2].split()[0] for call in _calls(machine, "build")}


def test_a_base_that_is_pinned_by_its_digest_is_pulled_and_built_upon_as_that(podman: Machine) -> None:
    podman.environment["BASE_IMAGE"] = PINNED
    _note(podman, "registry").touch()
    code, said = podman.run("images")
    assert code == 0, said
    assert _calls(podman, "pull")[0].endswith(PINNED)
    assert _bases(podman) == {PINNED}
    assert podman.run("images")[0] == 0
    assert len(_calls(podman, "pull")) == 1, "what is there is not asked for again"


def test_a_pinned_base_that_cannot_be_pulled_is_made_and_taken_by_its_name(maker: Machine) -> None:
    (maker.checkout / "images/Dockerfile").write_text(f"ARG BASE_IMAGE={PINNED}\n", "utf-8")
    code, said = maker.run("images")
    assert code == 0, said
    assert _calls(maker, "import")[0].endswith(f" {BASE}")
    assert _bases(maker) == {BASE}
    assert f"taking {BASE} as it is here: it cannot be pulled, so its digest is not the pinned one\n" in said

    code, said = maker.run("images")
    assert code == 0, said
    assert len(_calls(maker, "import")) == 1, "it is made once"


def test_a_base_that_cannot_be_pulled_is_made_by_root_under_the_same_name(maker: Machine) -> None:
    maker.has("tar", f'cp "$2/etc/apt/sources.list" "$NOTE.sources"; exec {shutil.which("tar")} "$@"')
    code, said = maker.run("images")
    assert code == 0, said
    assert _calls(maker, "import")[0].endswith(f" {BASE}")
    assert "--variant=minbase bookworm" in _note(maker, "debootstrap").read_text("utf-8")
    assert _note(maker, "sources").read_text("utf-8").splitlines() == [
        "deb http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian bookworm-updates main",
        "deb http://mirror.example/debian-security bookworm-security main",
    ]
    assert not list(maker.bin.glob("base.*"))


@pytest.mark.parametrize(
    ("base", "sentence"),
    [
        (
            "docker.io/library/debian:bookworm-slim",
            "The base image docker.io/library/debian:bookworm-slim cannot be pulled. Look at the network; "
            "or run  sudo make images , which makes it from Debian's packages.\n",
        ),
        (
            "registry.example/base:1",
            "The base image registry.example/base:1 cannot be pulled and only Debian's can be made here. "
            "Look at the network, or name another in BASE_IMAGE.\n",
        ),
    ],
)
def test_a_base_that_cannot_be_had_is_one_sentence(podman: Machine, base: str, sentence: str) -> None:
    _note(podman, "base").unlink()
    podman.environment["BASE_IMAGE"] = base
    assert podman.run("images") == (1, sentence)
    assert not list(podman.bin.glob("tmp.*"))


@pytest.mark.parametrize(
    ("engine_says", "sentence"),
    [
        (
            "Error: committing container: write /var/tmp/x: no space left on device",
            "The disk is full: Building the images (descriptions) takes up to 5 GB. "
            "Free some (see  df -h . /tmp ), then run it again.",
        ),
        (
            "Need to get 75.8 MB of archives.\nE: You don't have enough free space in /var/cache/apt/archives/.",
            "The disk is full: Building the images (descriptions) takes up to 5 GB. "
            "Free some (see  df -h . /tmp ), then run it again.",
        ),
        (
            "Err:1 http://mirror.example bookworm InRelease\n  Temporary failure resolving 'mirror.example'\n"
            "E: Failed to fetch http://mirror.example/InRelease",
            "Building the images (descriptions) failed: no package index can be reached. Look at the network and at "
            "the settings of apt, pip and uv (proxy, index), then run it again.",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "Building the images (descriptions) failed: a package is not the one that locks/ names by its hash. "
            "Do not trust this package index.",
        ),
        (
            "STEP 7/7: RUN --mount=type=secret,id=certificates online x ca-certificates\nnasm: not found\n"
            'Error: building at STEP "RUN --mount=type=secret,id=certificates online": exit status 2',
            "Building the images (descriptions) failed:\nSTEP 7/7: RUN online x its authorities\nnasm: not found\n"
            'Error: building at STEP "RUN online": exit status 2',
        ),
    ],
    ids=["disk full", "disk full for apt", "no network", "wrong hash", "something else"],
)
def test_a_build_that_fails_says_why(podman: Machine, engine_says: str, sentence: str) -> None:
    _note(podman, "says").write_text(engine_says + "\n", "utf-8")
    code, said = podman.run("images")
    assert code != 0
    assert said.partition("\n")[2] == f"{sentence}\n"


def test_a_build_that_was_ended_from_outside_is_not_taken_for_a_finished_one(podman: Machine) -> None:
    podman.has("podman", _PODMAN.replace("build*)", "build*) exit 0 ;; never)"))
    code, said = podman.run("images")
    assert code == 1
    assert said.endswith("Building the images was interrupted. Run it again; what was done is kept.\n")
