"""Which Debian packages and files are copied into the images."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from building import libraries, rootfs

STATUS = """\
Package: python3-minimal
Status: install ok installed
Version: 3.11.2-1
Depends: python3.11-minimal (>= 3.11.2-1~), dpkg (>= 1.13.20)
Description: minimal subset
 over several lines
 .
 Depends: nothing here

Package: python3.11-minimal
Status: install ok installed
Version: 3.11.2-6
Pre-Depends: libc6 (>= 2.35)
Depends: libexpat1 | libexpat-old, libreadline8

Package: libc6
Status: install ok installed
Version: 2.36-9
Depends: libgcc-s1, debconf (>= 0.5) | debconf-2.0

Package: libgcc-s1
Status: install ok installed
Version: 12.2.0-14
Depends: libc6

Package: libexpat1
Status: install ok installed
Version: 2.5.0-1

Package: libexpat-old
Status: deinstall ok config-files
Version: 1.0

Package: libreadline8
Status: install ok installed
Version: 8.2

Package: dpkg
Status: install ok installed
Version: 1.21
Depends: perl-base

Package: debconf
Status: install ok installed
Version: 1.5

Package: gcc
Status: install ok installed
Version: 12
"""


def test_resolves_installed_dependencies() -> None:
    packages = rootfs.stanzas(STATUS)
    assert rootfs.closure(["python3-minimal"], packages) == [
        "libc6",
        "libexpat1",
        "libgcc-s1",
        "python3-minimal",
        "python3.11-minimal",
    ]


def test_keeps_the_stanzas_of_installed_packages() -> None:
    packages = rootfs.stanzas(STATUS)
    assert packages["libexpat1"][""] == "Package: libexpat1\nStatus: install ok installed\nVersion: 2.5.0-1"
    assert "libexpat-old" not in packages


@pytest.mark.parametrize(
    "path",
    [
        "usr/bin/python3",
        "usr/bin/python3.11",
        "usr/lib/python3.11/json/decoder.py",
        "usr/lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so",
        "usr/lib/x86_64-linux-gnu/libssl.so.3",
        "usr/lib/locale/C.utf8/LC_CTYPE",
        "usr/share/zoneinfo/Europe/Berlin",
        "usr/share/doc/libssl3/copyright",
        "usr/share/common-licenses/LGPL-2.1",
        "etc/services",
    ],
)
def test_copies_python_its_libraries_and_licenses(path: str) -> None:
    assert rootfs.is_copied(path, "3.11")


@pytest.mark.parametrize(
    "path",
    [
        "usr/bin/pdb3",
        "usr/bin/python3-config",
        "usr/bin/perl",
        "usr/sbin/ldconfig",
        "usr/share/doc/libssl3/changelog.Debian.gz",
        "usr/share/man/man1/python3.1.gz",
        "usr/share/locale/de/LC_MESSAGES/libc.mo",
        "usr/lib/x86_64-linux-gnu/gconv/UTF-16.so",
        "usr/lib/python3.11/ensurepip/__init__.py",
        "usr/lib/python3.11/lib-dynload/readline.cpython-311-x86_64-linux-gnu.so",
        "usr/lib/python3.11/lib-dynload/_sqlite3.cpython-311-x86_64-linux-gnu.so",
        "var/lib/dpkg/info/libc6.list",
        "var/cache/apt/pkgcache.bin",
        "root/.bashrc",
    ],
)
def test_copies_no_documentation_programs_caches_or_unused_modules(path: str) -> None:
    assert not rootfs.is_copied(path, "3.11")


@pytest.mark.skipif(shutil.which("objdump") is None, reason="objdump (binutils) is missing")
def test_finds_missing_libraries(tmp_path: Path) -> None:
    program = tmp_path / "usr/bin/python3"
    program.parent.mkdir(parents=True)
    shutil.copyfile(Path(sys.executable).resolve(), program)
    (program.parent / "text").write_text("no program", "utf-8")
    needed = libraries.needed_libraries(program)
    assert "libc.so.6" in needed
    assert libraries.missing_libraries(tmp_path) == [f"usr/bin/python3: {name}" for name in needed]

    (tmp_path / "usr/lib").mkdir()
    for name in needed:
        (tmp_path / "usr/lib" / name).touch()
    assert libraries.missing_libraries(tmp_path) == []
