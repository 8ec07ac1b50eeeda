#!/bin/sh
# Installs the command danloi from this checkout into a new environment of its own: docker/install.sh PREFIX
# The Dockerfile runs this, and so does CI, which has no Docker engine.
set -eu

prefix=$1
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m venv "$prefix"
"$prefix/bin/pip" wheel --quiet --no-cache-dir --no-deps --wheel-dir "$work" .
"$prefix/bin/pip" install --quiet --no-cache-dir "$work"/danloi-*.whl
"$prefix/bin/danloi" --help >/dev/null
