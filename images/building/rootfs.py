"""Copy Python and the Debian packages that it needs into a directory.

Runs in a stage where Debian's Python is installed. It copies the packages that Python depends on, without
documentation, locales, programs other than Python, and the packages in `LEFT_OUT`; so the image has no shell, package
manager or compiler. Scanners find the packages in `var/lib/dpkg/status.d`, as in other distroless images;
licenses stay in `usr/share/doc/*/copyright`.
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
    "libstdc++6",  # of the Lambda runtime client, which reports it missing only at the first event
)
#: Dependencies that no function uses, by the beginning of their names.
LEFT_OUT = {
    "debconf": "configures packages",
    "dpkg": "installs packages",
    "perl": "for maintainer scripts",
    "openssl": "the program; the library is libssl",
    "mawk": "for maintainer scripts",
    "awk": "for maintainer scripts",
    "media-types": "MIME types of programs",
    "libreadline": "for terminals",
    "readline-common": "for terminals",
    "libncurses": "for terminals",
    "libtinfo": "for terminals",
    "libdb5": "Berkeley DB",
    "libgdbm": "GNU dbm",
    "libnsl": "Sun's NIS",
    "libtirpc": "Sun's NIS",
    "libgssapi": "Kerberos, for Sun's NIS",
    "libkrb5": "Kerberos, for Sun's NIS",
    "libk5crypto": "Kerberos, for Sun's NIS",
    "libcom-err": "Kerberos, for Sun's NIS",
    "libkeyutils": "Kerberos, for Sun's NIS",
    "libsqlite3": "SQLite",
}
#: Parts of Python's library that need a package left out, or are for interactive use. `{v}` is Python's version.
UNUSED_MODULES = (
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
NOT_COPIED = (
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
    "usr/share/gcc/*",  # debuggers' pretty-printers
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
ACCOUNTS = "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:functions:/tmp:/sbin/nologin\n"
GROUPS = "root:x:0:\nnonroot:x:65532:\n"


def stanzas(status: str) -> dict[str, dict[str, str]]:
    """Parse dpkg's status file: fields of the installed packages by name, the whole stanza under ""."""
    packages = {}
    for text in status.strip().split("\n\n"):
        fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", text, re.M))
        if fields.get("Status", "").endswith(" installed"):
            packages[fields["Package"]] = fields | {"": text}
    return packages


def left_out(package: str) -> bool:
    return any(package.startswith(beginning) for beginning in LEFT_OUT)


def closure(wanted: Iterable[str], packages: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the packages and their installed dependencies, sorted, without those left out."""
    found: set[str] = set()
    pending = list(wanted)
    while pending:
        name = pending.pop()
        if name in found or name not in packages or left_out(name):
            continue
        found.add(name)
        depends = ",".join(packages[name].get(field, "") for field in ("Depends", "Pre-Depends"))
        pending += re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", depends)
    return sorted(found)


def is_copied(path: str, python: str) -> bool:
    """Return whether a file is copied; `path` has no leading slash, and its directories are no links."""
    patterns = (*NOT_COPIED, *(pattern.format(v=python) for pattern in UNUSED_MODULES))
    unwanted = any(fnmatch(path, pattern) for pattern in patterns)
    return not (unwanted or _PROGRAMS.match(path) or _DOCUMENTATION.match(path))


def copy(source: Path, root: Path) -> None:
    target = root / source.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() and not target.is_symlink():
        shutil.copy2(source, target, follow_symlinks=False)


def files_of(package: str) -> list[Path]:
    """Return the existing files of a package, with links in their directories resolved."""
    listed = subprocess.run(["dpkg", "--listfiles", package], check=True, capture_output=True, text=True).stdout
    paths = (Path(line) for line in listed.splitlines() if line.startswith("/") and line != "/.")
    real = (path.parent.resolve() / path.name for path in paths)
    return [path for path in real if path.is_symlink() or path.is_file()]


def main(root: Path) -> None:
    """Fill the directory."""
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
            if is_copied(str(path.relative_to("/")), python):
                copy(path, root)
        (described / name).write_text(packages[name][""] + "\n")
    copy(AUTHORITIES, root)
    (root / "usr/lib/ssl").mkdir(parents=True, exist_ok=True)
    (root / "usr/lib/ssl/cert.pem").symlink_to(AUTHORITIES)  # the default of Debian's OpenSSL
    for name, text in (("passwd", ACCOUNTS), ("group", GROUPS), ("nsswitch.conf", "hosts: files dns\n")):
        (root / "etc" / name).write_text(text)
    (root / "tmp").mkdir(mode=0o777)
    (root / "tmp").chmod(0o1777)
    subprocess.run(["ldconfig", "-r", root], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
