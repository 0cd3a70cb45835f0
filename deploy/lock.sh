#!/usr/bin/env bash
# Write requirements.txt, requirements-build.txt and requirements-dev.txt: every package pinned, with the hash of every
# file that was published for that version. Called by `make lock`. Packages and hashes come from the index that pip uses
# by default; extra places that this machine may have are left out, so that everybody gets the same hashes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin="${VENV:-.venv}/bin"
export PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND="make lock"
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL

group() { # the packages of a [dependency-groups] entry, one per line
    "$bin/python" -c 'import sys, tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"][sys.argv[1]], sep="\n")' "$1"
}

compile() { # what to lock comes on standard input; $1 is the file to write, the rest are further options
    local output="$1"
    shift
    "$bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
        "$@" --output-file "$output"
}

compile requirements.txt "$@" pyproject.toml
group build | compile requirements-build.txt "$@" --constraint requirements.txt -
group dev | compile requirements-dev.txt "$@" --constraint requirements.txt --constraint requirements-build.txt -
