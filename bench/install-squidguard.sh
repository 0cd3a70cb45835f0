#!/usr/bin/env bash
# Install Debian's squidGuard, which `make bench-lists` measures beside. Does nothing where it is there.
set -euo pipefail

! command -v squidGuard >/dev/null || exit 0
if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; }; then
    echo "squidGuard is missing and cannot be installed from here (apt-get and root are needed)." >&2
    echo "Install it (Debian: package squidguard), or measure without it: bench/lists.py --without-squidguard" >&2
    exit 1
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends squidguard
