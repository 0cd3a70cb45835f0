#!/usr/bin/env bash
# Install what the comparison runs beside Saywhy, from Debian: Squid with ssl-bump, squidGuard, e2guardian, and nginx as
# the origin. Does nothing when all are there. No service is started or enabled: the comparison runs its own, with its own
# settings. Of the package `e2guardian` only program and settings are taken, into the folder given, as it brings ClamAV.
set -euo pipefail

folder="$1"
export PATH="$PATH:/usr/sbin:/sbin"

packages=()
[ -x /usr/lib/squid/security_file_certgen ] || packages+=(squid-openssl)
command -v squidGuard >/dev/null || packages+=(squidguard)
command -v nginx >/dev/null || packages+=(nginx)
command -v ip >/dev/null || packages+=(iproute2)
[ -n "$(find /usr/lib /lib -name 'libpcreposix.so.3' -print -quit)" ] || packages+=(libpcre3)
e2guardian="$folder/e2guardian"
[ ${#packages[@]} -gt 0 ] || [ ! -x "$e2guardian/usr/sbin/e2guardian" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=(env DEBIAN_FRONTEND=noninteractive)
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
else
    as_root=()
fi
if [ ${#as_root[@]} -eq 0 ] || ! command -v apt-get >/dev/null; then
    echo "The comparison needs Debian's ${packages[*]} e2guardian, and root (or sudo) with apt-get to install them." >&2
    exit 1
fi

"${as_root[@]}" apt-get update -qq
if [ ${#packages[@]} -gt 0 ]; then
    echo "Installing ${packages[*]} …"
    policy=/usr/sbin/policy-rc.d # Debian's way to say that no service starts while it is being installed
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 0755 "$policy"
        trap '"${as_root[@]}" rm -f "$policy"' EXIT
    fi
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    if command -v systemctl >/dev/null; then
        for service in squid nginx; do
            [[ ! "${packages[*]}" =~ $service ]] || "${as_root[@]}" systemctl disable --quiet "$service" 2>/dev/null || true
        done
    fi
fi
if [ ! -x "$e2guardian/usr/sbin/e2guardian" ]; then
    echo "Unpacking e2guardian …"
    mkdir -p "$e2guardian"
    unpacked="$(mktemp -d "$folder/unpack.XXXXXX")"
    (cd "$unpacked" && apt-get -o APT::Sandbox::User=root download -qq e2guardian && dpkg-deb --extract e2guardian_*.deb "$e2guardian")
    rm -rf "$unpacked"
fi
