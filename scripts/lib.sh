# What the scripts here share; to be sourced from the repository's top directory.
# shellcheck shell=bash

# Names beyond ASCII are names: in the C locale Python could not even read this directory's path.
case ${LC_ALL:-} in C | POSIX) export LC_ALL=C.UTF-8 ;; esac

# How `attempt` ends when nothing could be fetched, and so nothing was changed.
NOTHING_FETCHED=3

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# must_write PLACE: end when a file or directory that is there cannot be written.
must_write() {
    [ -e "$1" ] && ! [ -w "$1" ] || return 0
    if [ -O "$1" ]; then die "$(realpath -s "$1") cannot be written. Take a copy of this repository to a place that can be."; fi
    die "$(realpath -s "$1") cannot be written by $(id -un). Run:  sudo chown -R $(id -u) '$PWD'"
}

# attempt WHAT COMMAND...: run a command that fetches or writes much (`takes`, 2 GB); when it fails, say why in one
# sentence.
attempt() {
    local what=$1 words
    shift
    words=$("$@" 2>&1) && return
    case $words in
        *"o space left on"* | *"enough free space"* | *"os error 28"* | *"Disk quota"*)
            die "The disk is full: $what takes up to ${takes:-2 GB}. Free some (see  df -h . /tmp ), then run it again." ;;
        *"Read-only file system"* | *"Permission denied"*)
            die "$what failed, a file cannot be written: $(grep -E 'Read-only|Permission' <<<"$words" | tail -n 1)" ;;
        *"ertificate"* | *CERTIFICATE*)
            die "$what failed: the package index's certificate is not trusted here. Name the authority's file in SSL_CERT_FILE and PIP_CERT, then run it again." ;;
        *"does not match"*"hash"* | *"Hash mismatch"* | *"THESE PACKAGES DO NOT MATCH"*)
            die "$what failed: a package is not the one that locks/ names by its hash. Do not trust this package index." ;;
        *"error sending request"* | *"Failed to fetch"* | *"ailed to establish"* | *"onnection"* | *"dns error"* | *"timed out"* | *"from versions: none"*)
            say "$what failed: no package index can be reached. Look at the network and at the settings of apt, pip and uv (proxy, index), then run it again."
            exit $NOTHING_FETCHED ;;
    esac
    say "$what failed:"
    die "$(tail -n 5 <<<"$words")"
}

# Sets `uv`: the machine's own or the one that setup put into .venv; empty when there is none.
find_uv() {
    uv=$(command -v uv || true)
    if [ -z "$uv" ] && [ -x .venv/bin/uv ]; then uv=.venv/bin/uv; fi
    # Without a home that can be written the package cache is here: /tmp may be too small for it.
    local cache=${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-}/.cache}}
    if [ -z "${HOME:-}" ] || ! mkdir -p "$cache" 2>/dev/null || ! [ -w "$cache" ]; then
        export UV_CACHE_DIR=$PWD/.venv/.cache PIP_NO_CACHE_DIR=1
    fi
}
