"""scripts/images with fake engines, on machines that lack something."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.unit.scripts.machine import REPOSITORY, Machine

BASE = "docker.io/library/debian:bookworm-slim"
PINNED = f"{BASE}@sha256:{'0123456789abcdef' * 4}"
_TOOLS = ["cp", "cut", "git", "head", "ls", "mktemp", "sed", "sort", "tar", "tr"]
#: A fake engine, which records its calls in `NOTE`.
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
    """A machine without an engine, whose Python only records the call of the report."""
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
    machine.environment["GIT_CEILING_DIRECTORIES"] = str(machine.checkout.parent)  # do not find this repository
    machine.has("apt-config", "echo 'Acquire::http::Proxy \"http://proxy.example:3128\";'")
    return machine


@pytest.fixture
def podman(builder: Machine) -> Machine:
    """The machine with podman and the base image."""
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


def test_builds_exports_and_reports_both_images(podman: Machine) -> None:
    code, output = podman.run("images")
    assert code == 0, output
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
    assert output.splitlines()[-1].startswith("the report")
    assert {path.name for path in (podman.checkout / "build/images").iterdir()} == {
        "build.log",
        "core.cdx.json",
        "media.cdx.json",
    }


def test_passes_the_package_index_as_a_secret_and_stores_it_nowhere(podman: Machine) -> None:
    podman.environment["PIP_INDEX_URL"] = "https://ci:secret-word@index.example/simple"
    code, output = podman.run("images")
    assert code == 0, output
    assert "index-url = https://ci:secret-word@index.example/simple" in _note(podman, "pip").read_text("utf-8")
    assert "secret-word" not in (podman.bin / "calls").read_text("utf-8") + output
    assert not list(podman.bin.glob("tmp.*"))
    assert not [
        path for path in (podman.checkout / "build").rglob("*") if path.is_file() and "word" in path.read_text()
    ]


def test_fresh_uses_no_cache_and_pulls_the_base(podman: Machine) -> None:
    _note(podman, "registry").touch()
    podman.environment["FRESH"] = "1"
    assert podman.run("images")[0] == 0
    assert _calls(podman, "pull")
    assert all(" --no-cache " in call for call in _calls(podman, "build"))


@pytest.mark.parametrize(
    ("changed", "engine"),
    [
        ({"docker": "exit 1"}, "podman"),  # installed, but its daemon is not running
        ({"docker": 'case $1 in version) echo 28.2.2 ;; esac; echo "$@" >>"$NOTE"'}, "docker"),
    ],
)
def test_uses_the_first_engine_that_works(podman: Machine, changed: dict[str, str], engine: str) -> None:
    for name, script in changed.items():
        podman.has(name, script)
    output = podman.run("images")[1]
    assert f"building vcp/media and vcp/core unversioned with {engine} " in output


def test_prints_the_command_that_installs_an_engine(builder: Machine) -> None:
    assert builder.run("images") == (
        1,
        "There is no container engine (docker, podman or buildah). "
        "Run:  sudo apt-get update && sudo apt-get install -y podman runc fuse-overlayfs\n",
    )


def test_installs_an_engine_as_root(builder: Machine) -> None:
    _root(builder)
    _note(builder, "base").touch()
    (builder.bin / "podman.ready").write_text(f"#!/bin/sh\n{_PODMAN}", "utf-8")
    laid = f"{builder.bin}/podman"
    builder.has(
        "apt-get", f'echo "apt-get $@" >>"$NOTE"; [ $1 = update ] || {{ cp {laid}.ready {laid}; chmod 755 {laid}; }}'
    )
    builder.has("chmod", f'exec {shutil.which("chmod")} "$@"')
    code, output = builder.run("images")
    assert code == 0, output
    assert "installing podman runc fuse-overlayfs" in output
    assert _calls(builder, "apt-get install") == [
        "apt-get install -y --no-install-recommends podman runc fuse-overlayfs"
    ]


def test_asks_for_an_engine_without_apt(builder: Machine) -> None:
    builder.lacks("apt-get")
    assert builder.run("images")[1] == (
        "There is no container engine (docker, podman or buildah). Install podman, then run it again.\n"
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
            "docker lacks the plugin buildx. Install docker-buildx-plugin, or choose another engine with ENGINE=.\n",
        ),
        (
            "buildah",
            """echo '{"version": "1.23.1"}'""",
            "buildah is 1.23.1, too old to build the images: 1.26 or newer is needed. "
            "Update it, or choose another with ENGINE=.\n",
        ),
    ],
)
def test_rejects_an_engine_that_is_too_old(builder: Machine, engine: str, script: str, sentence: str) -> None:
    builder.has(engine, script)
    assert builder.run("images") == (1, sentence)


@pytest.mark.parametrize(
    ("engine", "sentence"),
    [
        ("lxc", "ENGINE=lxc is invalid; use docker, podman or buildah.\n"),
        ("docker", "ENGINE=docker is not installed. Install it, or omit ENGINE to use an installed one.\n"),
        ("buildah", "ENGINE=buildah does not work. Check:  buildah info\n"),
    ],
)
def test_rejects_an_unavailable_engine(podman: Machine, engine: str, sentence: str) -> None:
    podman.has("buildah", "exit 1")
    podman.environment["ENGINE"] = engine
    assert podman.run("images") == (1, sentence)


@pytest.fixture
def maker(podman: Machine) -> Machine:
    """Root's machine with debootstrap, without the base image."""
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
    """The base images of the builds."""
    return {call.partition("BASE_IMAGE=")[2].split()[0] for call in _calls(machine, "build")}


def test_pulls_a_pinned_base_once(podman: Machine) -> None:
    podman.environment["BASE_IMAGE"] = PINNED
    _note(podman, "registry").touch()
    code, output = podman.run("images")
    assert code == 0, output
    assert _calls(podman, "pull")[0].endswith(PINNED)
    assert _bases(podman) == {PINNED}
    assert podman.run("images")[0] == 0
    assert len(_calls(podman, "pull")) == 1, "pulled once"


def test_builds_a_pinned_base_that_cannot_be_pulled_under_its_name(maker: Machine) -> None:
    (maker.checkout / "images/Dockerfile").write_text(f"ARG BASE_IMAGE={PINNED}\n", "utf-8")
    code, output = maker.run("images")
    assert code == 0, output
    assert _calls(maker, "import")[0].endswith(f" {BASE}")
    assert _bases(maker) == {BASE}
    assert f"using the local {BASE}: it cannot be pulled, so it does not have the pinned digest\n" in output

    code, output = maker.run("images")
    assert code == 0, output
    assert len(_calls(maker, "import")) == 1, "built once"


def test_builds_a_base_that_cannot_be_pulled_as_root(maker: Machine) -> None:
    maker.has("tar", f'cp "$2/etc/apt/sources.list" "$NOTE.sources"; exec {shutil.which("tar")} "$@"')
    code, output = maker.run("images")
    assert code == 0, output
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
            "The base image docker.io/library/debian:bookworm-slim cannot be pulled. Check the network; "
            "or run  sudo make images , which builds it from Debian's packages.\n",
        ),
        (
            "registry.example/base:1",
            "The base image registry.example/base:1 cannot be pulled, and only Debian's can be built here. "
            "Check the network, or set BASE_IMAGE.\n",
        ),
    ],
)
def test_reports_an_unavailable_base(podman: Machine, base: str, sentence: str) -> None:
    _note(podman, "base").unlink()
    podman.environment["BASE_IMAGE"] = base
    assert podman.run("images") == (1, sentence)
    assert not list(podman.bin.glob("tmp.*"))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            "Error: committing container: write /var/tmp/x: no space left on device",
            "The disk is full: Building the images (descriptions) needs up to 5 GB. "
            "Free some space (see  df -h . /tmp ), then run it again.",
        ),
        (
            "Need to get 75.8 MB of archives.\nE: You don't have enough free space in /var/cache/apt/archives/.",
            "The disk is full: Building the images (descriptions) needs up to 5 GB. "
            "Free some space (see  df -h . /tmp ), then run it again.",
        ),
        (
            "Err:1 http://mirror.example bookworm InRelease\n  Temporary failure resolving 'mirror.example'\n"
            "E: Failed to fetch http://mirror.example/InRelease",
            "Building the images (descriptions) failed: the package index is unreachable. Check the network and "
            "the settings of apt, pip and uv (proxy, index), then run it again.",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "Building the images (descriptions) failed: a package does not have the hash in locks/. "
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
def test_reports_why_a_build_failed(podman: Machine, error: str, sentence: str) -> None:
    _note(podman, "says").write_text(error + "\n", "utf-8")
    code, output = podman.run("images")
    assert code != 0
    assert output.partition("\n")[2] == f"{sentence}\n"


def test_an_interrupted_build_is_not_complete(podman: Machine) -> None:
    podman.has("podman", _PODMAN.replace("build*)", "build*) exit 0 ;; never)"))
    code, output = podman.run("images")
    assert code == 1
    assert output.endswith("Building the images was interrupted. Run it again; completed layers are kept.\n")
