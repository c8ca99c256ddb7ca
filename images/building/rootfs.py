"""Lay Python and what it needs of the distribution into a directory, and nothing else.

Runs in a stage where the distribution's Python is installed. Taken over are the files of the packages that Python
depends on, as dpkg knows them; not taken over are documentation, locales, programs but Python itself, and the packages
in `LEFT_OUT`. So the image has no shell, no package manager and no compiler. Scanners find what is in it in
`var/lib/dpkg/status.d`, as in other images without a package manager; licences stay in `usr/share/doc/*/copyright`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path

WANTED = (
    "python3-minimal",
    "libpython3-stdlib",
    "zlib1g",
    "tzdata",
    "base-files",
    "netbase",
    "ca-certificates",
    "libc-bin",  # the locale C.UTF-8
    "libstdc++6",  # of the Lambda runtime client, whose module hides that it is missing until the first event
)
#: Dependencies that a function has no use for, by the beginning of their names.
LEFT_OUT = {
    "debconf": "asks questions while packages are installed",
    "dpkg": "installs packages",
    "perl": "for maintainer scripts",
    "openssl": "the program; the library is libssl",
    "mawk": "for maintainer scripts",
    "awk": "for maintainer scripts",
    "media-types": "which program opens which file",
    "libreadline": "a prompt",
    "readline-common": "a prompt",
    "libncurses": "a terminal",
    "libtinfo": "a terminal",
    "libdb5": "Berkeley DB",
    "libgdbm": "another database of files",
    "libnsl": "Sun's NIS",
    "libtirpc": "Sun's NIS",
    "libgssapi": "Kerberos, for Sun's NIS",
    "libkrb5": "Kerberos, for Sun's NIS",
    "libk5crypto": "Kerberos, for Sun's NIS",
    "libcom-err": "Kerberos, for Sun's NIS",
    "libkeyutils": "Kerberos, for Sun's NIS",
    "libsqlite3": "a database in a file",
}
#: Parts of Python's library that need what was left out, or are for people at a terminal. `{v}` is its version.
USELESS_MODULES = (
    "usr/lib/python{v}/lib-dynload/_curses*",
    "usr/lib/python{v}/lib-dynload/readline*",
    "usr/lib/python{v}/lib-dynload/_dbm*",
    "usr/lib/python{v}/lib-dynload/_gdbm*",
    "usr/lib/python{v}/lib-dynload/nis.*",
    "usr/lib/python{v}/lib-dynload/_sqlite3*",
    "usr/lib/python{v}/lib-dynload/ossaudiodev*",
    "usr/lib/python{v}/lib-dynload/_test*",
    "usr/lib/python{v}/lib-dynload/_xxtest*",
    "usr/lib/python{v}/lib-dynload/xxlimited*",
    "usr/lib/python{v}/sqlite3/*",
    "usr/lib/python{v}/curses/*",
    "usr/lib/python{v}/lib2to3/*",
    "usr/lib/python{v}/pydoc_data/*",
    "usr/lib/python{v}/ensurepip/*",
    "usr/lib/python{v}/idlelib/*",
    "usr/lib/python{v}/turtledemo/*",
    "usr/lib/python{v}/turtle.py",
    "usr/lib/python{v}/config-*",
    "usr/lib/python{v}/_sysconfigdata_d_*",
)
NOT_TAKEN = (
    "usr/share/man/*",
    "usr/share/info/*",
    "usr/share/locale/*",
    "usr/share/i18n/*",
    "usr/share/lintian/*",
    "usr/share/bug/*",
    "usr/share/binfmts/*",
    "usr/share/applications/*",
    "usr/share/pixmaps/*",
    "usr/share/base-files/*",
    "usr/share/gcc/*",  # how a debugger shows C++
    "usr/share/gdb/*",
    "usr/share/ca-certificates/*",
    "usr/share/python3/*",
    "usr/share/zoneinfo/right/*",
    "usr/lib/*/gconv/*",
    "usr/lib/valgrind/*",
    "usr/lib/dpkg/*",
    "usr/sbin/*",
    "etc/update-motd.d/*",
    "etc/ca-certificates/*",
    "etc/default/*",
    "etc/dpkg/*",
    "etc/init.d/*",
    "etc/profile*",
    "etc/python3*",
    "var/backups*",
    "boot*",
    "home*",
    "root*",
    "media*",
    "mnt*",
    "srv*",
    "opt*",
    "var/*",
)
_PROGRAMS = re.compile(r"usr/bin/(?!python3(\.\d+)?$)")
_DOCUMENTATION = re.compile(r"usr/share/doc/(?![^/]+/copyright$)")
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
ACCOUNTS = "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:the functions:/tmp:/sbin/nologin\n"
GROUPS = "root:x:0:\nnonroot:x:65532:\n"


def stanzas(status: str) -> dict[str, dict[str, str]]:
    """The installed packages in dpkg's status file, by name."""
    packages = {}
    for text in status.strip().split("\n\n"):
        fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", text, re.M))
        if fields.get("Status", "").endswith(" installed"):
            packages[fields["Package"]] = fields | {"": text}
    return packages


def left_out(package: str) -> bool:
    return any(package.startswith(beginning) for beginning in LEFT_OUT)


def closure(wanted: Iterable[str], packages: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The packages and all that they depend on and that is installed, without those left out; sorted."""
    found: set[str] = set()
    ahead = list(wanted)
    while ahead:
        name = ahead.pop()
        if name in found or name not in packages or left_out(name):
            continue
        found.add(name)
        needs = ",".join(packages[name].get(field, "") for field in ("Depends", "Pre-Depends"))
        ahead += re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", needs)
    return sorted(found)


def taken(path: str, python: str) -> bool:
    """Whether a file (without its leading slash, links in its directories resolved) goes into the image."""
    patterns = (*NOT_TAKEN, *(pattern.format(v=python) for pattern in USELESS_MODULES))
    unwanted = any(fnmatch(path, pattern) for pattern in patterns)
    return not (unwanted or _PROGRAMS.match(path) or _DOCUMENTATION.match(path))


def copy(source: Path, root: Path) -> None:
    target = root / source.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() and not target.is_symlink():
        shutil.copy2(source, target, follow_symlinks=False)


def files_of(package: str) -> list[Path]:
    """What dpkg knows of a package, links in the directories resolved; what a slim base removed is left out."""
    listed = subprocess.run(["dpkg", "--listfiles", package], check=True, capture_output=True, text=True).stdout
    paths = (Path(line) for line in listed.splitlines() if line.startswith("/") and line != "/.")
    real = (path.parent.resolve() / path.name for path in paths)
    return [path for path in real if path.is_symlink() or path.is_file()]


def main(root: Path) -> None:
    """Fill the directory. Whether anything lacks a library by then, libraries.py says."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages = stanzas(Path("/var/lib/dpkg/status").read_text())
    for directory in ("bin", "sbin", "lib", "lib64"):
        if Path("/", directory).is_symlink():
            root.mkdir(parents=True, exist_ok=True)
            (root / directory).symlink_to(Path("/", directory).readlink())
            (root / "usr" / directory).mkdir(parents=True, exist_ok=True)
    described = root / "var/lib/dpkg/status.d"
    described.mkdir(parents=True)
    for name in closure(WANTED, packages):
        for path in files_of(name):
            if taken(str(path.relative_to("/")), python):
                copy(path, root)
        (described / name).write_text(packages[name][""] + "\n")
    copy(AUTHORITIES, root)
    (root / "usr/lib/ssl").mkdir(parents=True, exist_ok=True)
    (root / "usr/lib/ssl/cert.pem").symlink_to(AUTHORITIES)  # where Debian's OpenSSL looks
    for name, text in (("passwd", ACCOUNTS), ("group", GROUPS), ("nsswitch.conf", "hosts: files dns\n")):
        (root / "etc" / name).write_text(text)
    (root / "tmp").mkdir(mode=0o777)
    (root / "tmp").chmod(0o1777)
    subprocess.run(["ldconfig", "-r", root], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
