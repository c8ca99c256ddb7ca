# Functions shared by the scripts. Source it in the repository's top directory.
# shellcheck shell=bash

# In the C locale Python cannot read a path beyond ASCII.
case ${LC_ALL:-} in C | POSIX) export LC_ALL=C.UTF-8 ;; esac

# The exit code of `attempt` when no package index was reachable, so nothing was changed.
NOTHING_FETCHED=3

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# must_write PLACE: exit when an existing file or directory is not writable.
must_write() {
    [ -e "$1" ] && ! [ -w "$1" ] || return 0
    if [ -O "$1" ]; then die "$(realpath -s "$1") is not writable. Copy this repository to a writable directory."; fi
    die "$(realpath -s "$1") is not writable by $(id -un). Run:  sudo chown -R $(id -u) '$PWD'"
}

# attempt WHAT COMMAND...: run a command that fetches or writes up to `needed` (2 GB); report a failure in one sentence.
attempt() {
    local what=$1 output
    shift
    output=$("$@" 2>&1) && return
    case $output in
        *"o space left on"* | *"enough free space"* | *"os error 28"* | *"Disk quota"*)
            die "The disk is full: $what needs up to ${needed:-2 GB}. Free some space (see  df -h . /tmp ), then run it again." ;;
        *"Read-only file system"* | *"Permission denied"*)
            die "$what failed, a file is not writable: $(grep -E 'Read-only|Permission' <<<"$output" | tail -n 1)" ;;
        *"ertificate"* | *CERTIFICATE*)
            die "$what failed: the package index's certificate is not trusted. Set SSL_CERT_FILE and PIP_CERT to the authority's file, then run it again." ;;
        *"does not match"*"hash"* | *"Hash mismatch"* | *"THESE PACKAGES DO NOT MATCH"*)
            die "$what failed: a package does not have the hash in locks/. Do not trust this package index." ;;
        *"error sending request"* | *"Failed to fetch"* | *"ailed to establish"* | *"onnection"* | *"dns error"* | *"timed out"* | *"from versions: none"*)
            say "$what failed: the package index is unreachable. Check the network and the settings of apt, pip and uv (proxy, index), then run it again."
            exit $NOTHING_FETCHED ;;
    esac
    say "$what failed:"
    die "$(tail -n 5 <<<"$output")"
}

# install_tools WHY PACKAGE...: install Debian packages; without root or apt, exit with what to run.
install_tools() {
    local why=$1
    shift
    command -v apt-get >/dev/null || die "$why. Install $1, then run it again."
    [ "$(id -u)" = 0 ] || die "$why. Run:  sudo apt-get update && sudo apt-get install -y $*"
    say "$why: installing $*"
    DEBIAN_FRONTEND=noninteractive attempt "Installing $*" \
        bash -c "apt-get update -qq && apt-get install -y --no-install-recommends $*"
}

# lock_build: wait until no other script fetches into build/.
lock_build() {
    [ -d build ] || { must_write .; mkdir build; }
    exec 9<build
    flock 9
}

# install_locked LOCK DIRECTORY WHAT: install the packages of a lock into DIRECTORY, unless it has them already.
install_locked() {
    local want
    want=$(sha256sum <"$1")
    lock_build
    if [ "$(cat "$2/.stamp" 2>/dev/null)" != "$want" ]; then
        must_write build
        find_uv
        rm -rf "$2" "$2.part"
        attempt "Fetching $3" "$uv" pip install --quiet --python .venv/bin/python --no-deps --only-binary :all: \
            --require-hashes -r "$1" --target "$2.part"
        printf '%s' "$want" >"$2.part/.stamp"
        mv "$2.part" "$2"
    fi
    exec 9<&- # unlock; the tests that follow call these scripts, too
}

# find_uv: set `uv` to the machine's uv, or the one in .venv; empty when there is none.
find_uv() {
    uv=$(command -v uv || true)
    if [ -z "$uv" ] && [ -x .venv/bin/uv ]; then uv=.venv/bin/uv; fi
    # Without a writable home the package cache goes into .venv, because /tmp may be too small.
    local cache=${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-}/.cache}}
    if [ -z "${HOME:-}" ] || ! mkdir -p "$cache" 2>/dev/null || ! [ -w "$cache" ]; then
        export UV_CACHE_DIR=$PWD/.venv/.cache PIP_NO_CACHE_DIR=1
    fi
}
