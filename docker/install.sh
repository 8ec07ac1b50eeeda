#!/bin/sh
# Installs the command danloi from this checkout into a new environment of its own: docker/install.sh PREFIX
# The Dockerfile runs this, and so does CI, which has no Docker engine.
set -eu

prefix=$1
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# From a copy: setuptools leaves its work beside the code, and would pack what an older run left there.
mkdir "$work/source"
cp -r pyproject.toml README.md LICENSE NOTICE bot "$work/source"

"$python" -m venv "$prefix"
"$prefix/bin/pip" wheel --quiet --no-cache-dir --no-deps --wheel-dir "$work" "$work/source"
"$prefix/bin/pip" install --quiet --no-cache-dir "$work"/danloi-*.whl
"$prefix/bin/danloi" --help >/dev/null
