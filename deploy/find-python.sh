#!/usr/bin/env bash
# Print a Python that the locked requirements are for: $PYTHON, else python3, else python3.13 or python3.14.
set -euo pipefail

tried=()
for candidate in ${PYTHON:-python3 python3.13 python3.14}; do
    if found="$("$candidate" -c 'import sys; print(sys.executable, sys.version_info >= (3, 13), sys.version.split()[0])' 2>/dev/null)"; then
        read -r path new_enough version <<<"$found"
        if [ "$new_enough" = True ]; then
            echo "$path"
            exit 0
        fi
        tried+=("$candidate is $version")
    fi
done

{
    echo "Saywhy needs Python 3.13 for its locked requirements; here ${tried[*]:-there is no ${PYTHON:-python3}}."
    echo "Install it (for instance: pyenv install 3.13, or your system's package python3.13 with python3.13-venv),"
    echo "or name it: make PYTHON=/path/to/python3.13 …"
    echo "On Python 3.12, 'pip install .' finds versions by itself; they are not the ones that are tested."
} >&2
exit 1
