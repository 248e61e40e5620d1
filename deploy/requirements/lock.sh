#!/bin/sh
# Writes the locks of this folder from pyproject.toml and the *.in files: every package pinned and hashed, one version
# for every Python from 3.11 on and for every platform, no addresses. Called by `make lock`, from the repository's root.
#
#   build.txt      what builds the project itself: pip and setuptools
#   runtime.txt    what `spotter` needs to run
#   models.txt     runtime + what converts the pose models at set-up
#   dev.txt        models + OpenVINO + tests and checks
#   training.txt   dev + training, without torch, whose hash differs by where it came from
#   mediapipe.txt  MediaPipe as the second pose backend; installed with --no-deps on top of dev.txt
#   nats.txt       a NATS server for machines that have none
#   pose-openvino.txt  what the pose image needs with OpenVINO in it
#   ingest.txt, pose.txt, classifier.txt, gateway.txt   what one service's image needs; a part of runtime.txt
#
# A pin that stands already is kept; UPGRADE=1 takes the newest of everything.
set -eu

UV=${UV:-uv}
HERE=deploy/requirements
UPGRADE=${UPGRADE:+--upgrade}

compile() { # compile OUTPUT ARGUMENT...
    output=$1
    shift
    echo "lock: $HERE/$output"
    # shellcheck disable=SC2086  # UPGRADE is one flag or none
    "$UV" pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $UPGRADE \
        --output-file "$HERE/$output" "$@" >/dev/null
}

# The widest set comes first and binds the others, so that any two locks agree on a version.
compile training.txt pyproject.toml --extra training --extra dev --extra models --extra openvino \
    --constraint "$HERE/constraints.in"
compile dev.txt pyproject.toml --extra dev --extra models --extra openvino --constraint "$HERE/training.txt"
compile models.txt pyproject.toml --extra models --constraint "$HERE/training.txt"
compile runtime.txt pyproject.toml --constraint "$HERE/training.txt"
for service in ingest pose classifier gateway; do
    compile "$service.txt" "$HERE/$service.in" --constraint "$HERE/runtime.txt"
done
compile pose-openvino.txt "$HERE/pose.in" "$HERE/openvino.in" --constraint "$HERE/training.txt"
compile build.txt "$HERE/build.in" --constraint "$HERE/training.txt"
compile nats.txt "$HERE/nats.in"
# MediaPipe asks for opencv-contrib-python, which unpacks over the headless `cv2/`, and for sound, which is not ours.
compile mediapipe.txt "$HERE/mediapipe.in" --constraint "$HERE/training.txt" --no-emit-package opencv-contrib-python \
    --no-emit-package sounddevice --no-emit-package cffi --no-emit-package pycparser
