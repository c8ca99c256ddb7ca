# The container engine: everything that differs between docker, podman and buildah. Source it after lib.sh.
# shellcheck shell=bash

# The first versions with build secrets, `--output` and OCI layouts.
declare -A minimum=([docker]=25.0 [podman]=4.2 [buildah]=1.26)
platform=linux/amd64 # of the deployed functions

# Set `engine` to ENGINE, or the first of docker, podman, buildah that works; as root, install podman if there is none.
find_engine() {
    local name
    engine=${ENGINE:-}
    if [ -n "$engine" ]; then
        [ -n "${minimum[$engine]:-}" ] || die "ENGINE=$engine is invalid; use docker, podman or buildah."
        command -v "$engine" >/dev/null || die "ENGINE=$engine is not installed. Install it, or omit ENGINE to use an installed one."
        engine_works "$engine" || die "ENGINE=$engine does not work. Check:  $engine info"
    else
        for name in docker podman buildah; do
            if command -v $name >/dev/null && engine_works $name; then engine=$name; break; fi
        done
    fi
    [ -n "$engine" ] || { install_tools "There is no container engine (docker, podman or buildah)" podman runc fuse-overlayfs; engine=podman; }
    check_version
}

engine_works() { "$1" info >/dev/null 2>&1; }

check_version() {
    local found
    case $engine in
        docker) found=$(docker version --format '{{.Server.Version}}') ;;
        podman) found=$(podman version --format '{{.Client.Version}}') ;;
        buildah) found=$(buildah version --json | sed -nE 's/.*"version": *"([^"]*)".*/\1/p') ;;
    esac
    [ "$(printf '%s\n' "${minimum[$engine]}" "$found" | sort -V | head -n 1)" = "${minimum[$engine]}" ] ||
        die "$engine is $found, too old to build the images: ${minimum[$engine]} or newer is needed. Update it, or choose another with ENGINE=."
    [ $engine != docker ] || docker buildx version >/dev/null 2>&1 ||
        die "docker lacks the plugin buildx. Install docker-buildx-plugin, or choose another engine with ENGINE=."
}

engine_has() {
    case $engine in
        buildah) buildah inspect --type image "$1" >/dev/null 2>&1 ;;
        *) "$engine" image inspect "$1" >/dev/null 2>&1 ;;
    esac
}

engine_pull() {
    case $engine in
        docker) docker pull --quiet --platform $platform "$1" ;;
        *) "$engine" pull --quiet "$1" ;;
    esac
}

# labelled DOCKERFILE TARGET NAME=VALUE...: print the Dockerfile with a last stage `labelled`: TARGET with these labels.
# The labels are literal because podman reuses an earlier image with its old labels when only a variable or an option
# `--label` differs.
labelled() {
    local file=$1 target=$2 label
    shift 2
    cat "$file"
    printf '\nFROM %s AS labelled\nLABEL' "$target"
    for label; do printf ' %s="%s"' "${label%%=*}" "$(sed 's/[\\"$]/\\&/g' <<<"${label#*=}")"; done
    echo
}

# engine_build OPTION... CONTEXT: build with cached layers, reproducibly.
engine_build() {
    local fresh=() proxies=() name
    if [ -n "${FRESH:-}" ]; then fresh=(--no-cache); fi
    if [ "$engine" = docker ]; then
        for name in {http,https,no}_proxy {HTTP,HTTPS,NO}_PROXY; do # docker does not pass them by itself
            if [ -n "${!name:-}" ]; then proxies+=(--build-arg "$name"); fi
        done
        # Lambda supports no index with attestations.
        SOURCE_DATE_EPOCH=0 docker buildx build --progress plain --load --provenance=false --platform $platform \
            "${fresh[@]}" "${proxies[@]}" "$@"
        return
    fi
    # Host network and chroot, because a container has no bridge network and cannot create cgroups.
    "$engine" build --layers --network host --isolation chroot --pull=never --timestamp 0 --format oci "${fresh[@]}" "$@"
}

# engine_export IMAGE DIRECTORY: write an image as an OCI layout.
engine_export() {
    rm -rf "$2"
    case $engine in
        docker) mkdir -p "$2" && docker save "$1" | tar -xC "$2" ;;
        *) "$engine" push --quiet --format oci "$1" "oci:$2" ;;
    esac
}

# engine_import TAR IMAGE: create an image from a file system.
engine_import() {
    local container
    if [ "$engine" = buildah ]; then
        container=$(buildah from scratch)
        buildah add --quiet "$container" "$1" / && buildah commit --quiet --rm "$container" "$2"
    else
        "$engine" import "$1" "$2"
    fi
}

# get_base: get the image `base` into the engine's storage. A pinned base that cannot be pulled is used by name, because
# one built here has another digest.
get_base() {
    local name=${base%@*}
    if [ -z "${FRESH:-}" ] && engine_has "$base"; then return; fi
    if engine_pull "$base" >/dev/null 2>&1; then return; fi
    if [ -n "${FRESH:-}" ] || ! engine_has "$name"; then build_base "$name"; fi
    [ "$base" = "$name" ] || say "using the local $name: it cannot be pulled, so it does not have the pinned digest"
    base=$name
}

# build_base IMAGE: build Debian's base image under its public name, for machines that reach no image registry.
build_base() {
    local release tree mirror
    release=$(sed -nE 's#^(.*/)?debian:([a-z]+)(-slim)?$#\2#p' <<<"$1")
    [ -n "$release" ] || die "The base image $1 cannot be pulled, and only Debian's can be built here. Check the network, or set BASE_IMAGE."
    [ "$(id -u)" = 0 ] || die "The base image $1 cannot be pulled. Check the network; or run  sudo make images , which builds it from Debian's packages."
    command -v debootstrap >/dev/null || install_tools "debootstrap, which builds the base image, is missing" debootstrap
    say "building $1 from Debian's packages, because it cannot be pulled"
    tree=$(mktemp -d "${TMPDIR:-/var/tmp}/base.XXXXXX")
    # shellcheck disable=SC2064 # expanded now
    trap "rm -rf '$settings' '$tree'" EXIT
    attempt "Building $1" debootstrap --variant=minbase "$release" "$tree/base" ${MIRROR:+"$MIRROR"}
    mirror=$(sed -nE 's#^deb ([^ ]+) .*#\1#p' "$tree/base/etc/apt/sources.list" | head -n 1)
    { echo "deb $mirror $release main"
        echo "deb $mirror $release-updates main"
        case $mirror in */debian | */debian/) echo "deb ${mirror%/}-security $release-security main" ;; esac; } >"$tree/base/etc/apt/sources.list"
    rm -rf "$tree"/base/usr/share/{man,info,locale}/* "$tree"/base/var/{cache/apt,lib/apt/lists,log}/* "$tree"/base/etc/{resolv.conf,hostname}
    attempt "Packing $1" tar -C "$tree/base" -cf "$tree/base.tar" .
    attempt "Importing $1" engine_import "$tree/base.tar" "$1"
    rm -rf "$tree"
}

# write_settings DIRECTORY: write this machine's network settings as the build secrets `certificates`, `pip` and `apt`.
write_settings() {
    local file
    : >"$1/certificates"
    for file in "${SSL_CERT_FILE:-}" "${PIP_CERT:-}" "${REQUESTS_CA_BUNDLE:-}" /etc/ssl/certs/ca-certificates.crt \
        /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
        if [ -s "$file" ]; then cat "$file" >"$1/certificates"; break; fi
    done
    .venv/bin/python -m vcpctl.images.index_settings >"$1/pip"
    { ! command -v apt-config >/dev/null || apt-config dump | grep -E '^Acquire::(http|https|ftp|Check|Retries|Force)' || true
        echo 'Acquire::https::CaInfo "/run/secrets/certificates";'; } >"$1/apt"
}
