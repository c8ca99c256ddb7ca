# The container engine: the one place that knows docker, podman and buildah apart. To be sourced after lib.sh.
# shellcheck shell=bash

# The least versions that have what the build uses: secrets, `--output`, images as an OCI layout.
declare -A least=([docker]=25.0 [podman]=4.2 [buildah]=1.26)
platform=linux/amd64 # what the functions are deployed as

# Sets `engine`: ENGINE, or the first of docker, podman, buildah that works; installs podman where that can be done.
find_engine() {
    local name
    engine=${ENGINE:-}
    if [ -n "$engine" ]; then
        [ -n "${least[$engine]:-}" ] || die "ENGINE=$engine: it is one of docker, podman, buildah."
        command -v "$engine" >/dev/null || die "ENGINE=$engine: it is not installed here. Install it, or leave ENGINE out to take what is there."
        engine_answers "$engine" || die "ENGINE=$engine: it does not answer. Look at:  $engine info"
    else
        for name in docker podman buildah; do
            if command -v $name >/dev/null && engine_answers $name; then engine=$name; break; fi
        done
    fi
    [ -n "$engine" ] || { install_tools "No container engine is here (docker, podman or buildah)" podman runc fuse-overlayfs; engine=podman; }
    check_version
}

engine_answers() { "$1" info >/dev/null 2>&1; }

check_version() {
    local found
    case $engine in
        docker) found=$(docker version --format '{{.Server.Version}}') ;;
        podman) found=$(podman version --format '{{.Client.Version}}') ;;
        buildah) found=$(buildah version --json | sed -nE 's/.*"version": *"([^"]*)".*/\1/p') ;;
    esac
    [ "$(printf '%s\n' "${least[$engine]}" "$found" | sort -V | head -n 1)" = "${least[$engine]}" ] ||
        die "$engine is $found, too old to build the images: ${least[$engine]} or newer is needed. Update it, or choose another with ENGINE=."
    [ $engine != docker ] || docker buildx version >/dev/null 2>&1 ||
        die "docker lacks its plugin buildx, which builds the images. Install docker-buildx-plugin, or choose another engine with ENGINE=."
}

# install_tools WHY PACKAGE...: with apt where that can be done, else the line that does it.
install_tools() {
    local why=$1 update="apt-get update -qq" install
    shift
    install="apt-get install -y $*"
    command -v apt-get >/dev/null || die "$why. Install podman or docker, then run it again."
    [ "$(id -u)" = 0 ] || die "$why. Run:  sudo $update && sudo $install"
    say "$why: installing $*"
    DEBIAN_FRONTEND=noninteractive attempt "Installing $*" bash -c "$update && $install --no-install-recommends"
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

# labelled DOCKERFILE TARGET NAME=VALUE...: the Dockerfile with one more stage, `labelled`: TARGET with these labels.
# They are written out because podman takes an image of the last time, old labels and all, where only the value of a
# variable differs, or an option `--label` when the target is not the file's last stage.
labelled() {
    local file=$1 target=$2 label
    shift 2
    cat "$file"
    printf '\nFROM %s AS labelled\nLABEL' "$target"
    for label; do printf ' %s="%s"' "${label%%=*}" "$(sed 's/[\\"$]/\\&/g' <<<"${label#*=}")"; done
    echo
}

# engine_build OPTION... CONTEXT: layers of the last time are taken; the same sources give the same layers.
engine_build() {
    local fresh=() proxies=() name
    if [ -n "${FRESH:-}" ]; then fresh=(--no-cache); fi
    if [ "$engine" = docker ]; then
        for name in {http,https,no}_proxy {HTTP,HTTPS,NO}_PROXY; do # docker names them only when told to
            if [ -n "${!name:-}" ]; then proxies+=(--build-arg "$name"); fi
        done
        # Lambda takes an image, not an index with attestations.
        SOURCE_DATE_EPOCH=0 docker buildx build --progress plain --load --provenance=false --platform $platform \
            "${fresh[@]}" "${proxies[@]}" "$@"
        return
    fi
    # Inside another container there is no bridge and no new cgroup: the network of the host, and a chroot for RUN.
    "$engine" build --layers --network host --isolation chroot --pull=never --timestamp 0 --format oci "${fresh[@]}" "$@"
}

# engine_export IMAGE DIRECTORY: write an image as an OCI layout, its layers compressed as registries keep them.
engine_export() {
    rm -rf "$2"
    case $engine in
        docker) mkdir -p "$2" && docker save "$1" | tar -xC "$2" ;;
        *) "$engine" push --quiet --format oci "$1" "oci:$2" ;;
    esac
}

# engine_import TAR IMAGE: take a file system as an image.
engine_import() {
    local container
    if [ "$engine" = buildah ]; then
        container=$(buildah from scratch)
        buildah add --quiet "$container" "$1" / && buildah commit --quiet --rm "$container" "$2"
    else
        "$engine" import "$1" "$2"
    fi
}

# have_base: what `base` names is in the engine's storage. A base that is pinned by its digest and cannot be pulled is
# taken by its name alone, since what is made here has a digest of its own.
have_base() {
    local named=${base%@*}
    if [ -z "${FRESH:-}" ] && engine_has "$base"; then return; fi
    if engine_pull "$base" >/dev/null 2>&1; then return; fi
    if [ -n "${FRESH:-}" ] || ! engine_has "$named"; then make_base "$named"; fi
    [ "$base" = "$named" ] || say "taking $named as it is here: it cannot be pulled, so its digest is not the pinned one"
    base=$named
}

# make_base IMAGE: Debian's own base under its public name, for where no registry can be reached.
make_base() {
    local release tree mirror
    release=$(sed -nE 's#^(.*/)?debian:([a-z]+)(-slim)?$#\2#p' <<<"$1")
    [ -n "$release" ] || die "The base image $1 cannot be pulled and only Debian's can be made here. Look at the network, or name another in BASE_IMAGE."
    [ "$(id -u)" = 0 ] || die "The base image $1 cannot be pulled. Look at the network; or run  sudo make images , which makes it from Debian's packages."
    command -v debootstrap >/dev/null || install_tools "The base image cannot be pulled and is made from packages, which takes debootstrap" debootstrap
    say "making $1 from Debian's packages, as it cannot be pulled"
    tree=$(mktemp -d "${TMPDIR:-/var/tmp}/base.XXXXXX")
    # shellcheck disable=SC2064 # now, while the name is known
    trap "rm -rf '$settings' '$tree'" EXIT
    attempt "Making $1" debootstrap --variant=minbase "$release" "$tree/base" ${MIRROR:+"$MIRROR"}
    mirror=$(sed -nE 's#^deb ([^ ]+) .*#\1#p' "$tree/base/etc/apt/sources.list" | head -n 1)
    { echo "deb $mirror $release main"
        echo "deb $mirror $release-updates main"
        case $mirror in */debian | */debian/) echo "deb ${mirror%/}-security $release-security main" ;; esac; } >"$tree/base/etc/apt/sources.list"
    rm -rf "$tree"/base/usr/share/{man,info,locale}/* "$tree"/base/var/{cache/apt,lib/apt/lists,log}/* "$tree"/base/etc/{resolv.conf,hostname}
    attempt "Packing $1" tar -C "$tree/base" -cf "$tree/base.tar" .
    attempt "Importing $1" engine_import "$tree/base.tar" "$1"
    rm -rf "$tree"
}

# write_settings DIRECTORY: what this machine needs to fetch packages, as the secrets `certificates`, `pip` and `apt`.
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
