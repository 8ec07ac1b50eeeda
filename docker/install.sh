#!/bin/sh
# Installs the command danloi from this checkout into a new environment of its own: docker/install.sh PREFIX
# The Dockerfile runs this, and so does CI, which has no Docker engine.
set -eu

prefix=$1
python=${PYTHON:-python3}
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT

"$python" -m venv "$prefix"
"$prefix/bin/pip" wheel --quiet --no-cache-dir --no-deps --wheel-dir "$wheels" .
"$prefix/bin/pip" install --quiet --no-cache-dir "$wheels"/danloi-*.whl
"$prefix/bin/danloi" --help >/dev/null
