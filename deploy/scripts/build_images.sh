#!/bin/sh
# Builds the images of the services named, or of all four, with docker or buildah: build_images.sh [SERVICE...]
#
#   TAG=dev            the tag; spotter-ingest:dev and so on
#   REGISTRY=host/     put before the name
#   BUILDER=buildah    which of the two, when both are here
#   BUILD_FLAGS=...    more flags for it, such as --volume /etc/ssl/certs:/etc/ssl/certs:ro behind a proxy
set -eu
cd "$(dirname "$0")/../.."

TAG=${TAG:-dev}
[ $# -gt 0 ] || set -- ingest pose classifier gateway

if [ -z "${BUILDER:-}" ]; then
    # A docker client without its engine is no builder.
    if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
        BUILDER=docker
    elif command -v buildah >/dev/null; then
        BUILDER=buildah
    else
        echo 'Building images needs docker with its engine running, or buildah (apt-get install buildah).' >&2
        exit 1
    fi
fi

revision=$(git describe --always --dirty 2>/dev/null || echo unknown)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

for service in "$@"; do
    image=${REGISTRY:-}spotter-$service:$TAG
    echo "building $image with $BUILDER ..."
    # shellcheck disable=SC2086  # BUILD_FLAGS is a list of flags
    case $BUILDER in
    docker)
        DOCKER_BUILDKIT=1 docker build --file deploy/Dockerfile --tag "$image" \
            --build-arg "SERVICE=$service" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
            ${BUILD_FLAGS:-} .
        ;;
    buildah)
        # HEALTHCHECK is not in the OCI format.
        buildah bud --format docker --ignorefile deploy/Dockerfile.dockerignore \
            --file deploy/Dockerfile --tag "$image" \
            --build-arg "SERVICE=$service" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
            ${BUILD_FLAGS:-} .
        ;;
    *)
        echo "BUILDER is $BUILDER, expected docker or buildah" >&2
        exit 1
        ;;
    esac
done
