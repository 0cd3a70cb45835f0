#!/usr/bin/env bash
# Print a Python that the locked requirements are for, which is 3.13: $PYTHON, else python3, else python3.13.
set -euo pipefail

needed=3.13
tried=()
for candidate in ${PYTHON:-python3 "python$needed"}; do
    if found="$("$candidate" -c 'import sys; print(sys.executable, sys.version.split()[0])' 2>/dev/null)"; then
        read -r path version <<<"$found"
        if [[ "$version" == "$needed".* ]]; then
            echo "$path"
            exit 0
        fi
        tried+=("$candidate is $version")
    fi
done

{
    echo "Saywhy needs Python $needed; here ${tried[*]:-there is no ${PYTHON:-python3}}."
    echo "Install it (for instance: pyenv install $needed, or your system's package python$needed with python$needed-venv),"
    echo "or name it: make PYTHON=/path/to/python$needed …; or take the Docker image, which brings its own."
} >&2
exit 1
