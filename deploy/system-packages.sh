#!/usr/bin/env bash
# Install what the tests need besides Python: Chromium (the browser tests), certutil (so that it trusts the filter),
# prometheus and promtool (the metrics and dashboards tests), ip and nft (the firewall test), PostgreSQL (the store's tests), nginx (origins that are real),
# curl and git (the commands that the docs name).
# Does nothing when all are there. Of Debian's package `prometheus` only the two programs are taken, so that no service is set up.
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
{ command -v promtool && command -v prometheus; } >/dev/null || missing+=(prometheus)
command -v certutil >/dev/null || missing+=(certutil)
command -v curl >/dev/null || missing+=(curl)
command -v git >/dev/null || missing+=(git)
# in /usr/sbin, which is not on everybody's path
PATH="$PATH:/usr/sbin:/sbin"
command -v ip >/dev/null || missing+=(ip)
command -v nft >/dev/null || missing+=(nft)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
command -v nginx >/dev/null || missing+=(nginx)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    as_root=(false)
fi
if [ "${as_root[0]:-}" = false ] || ! command -v apt-get >/dev/null; then
    echo "The tests need: ${missing[*]}. They could not be installed from here (apt-get and root are needed)." >&2
    echo "Install them (Debian: packages chromium, libnss3-tools, curl, git, prometheus, iproute2, nftables, postgresql and nginx-light) and run this again." >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
for program in "${missing[@]}"; do
    case "$program" in
        chromium) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium ;;
        certutil) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libnss3-tools ;;
        curl | git) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$program" ;;
        ip) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 ;;
        nft) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nftables ;;
        # only the programs: no cluster is made, and no service begins
        postgresql) "${as_root[@]}" sh -c 'mkdir -p /etc/postgresql-common && grep -qs "^create_main_cluster" /etc/postgresql-common/createcluster.conf || echo "create_main_cluster = false" >> /etc/postgresql-common/createcluster.conf; RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql' ;;
        nginx) "${as_root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light ;;
        prometheus)
            unpacked="$(mktemp -d)"
            trap 'rm -rf "$unpacked"' EXIT
            (cd "$unpacked" && apt-get -o APT::Sandbox::User=root download -qq prometheus && dpkg-deb --extract prometheus_*.deb .)
            "${as_root[@]}" install -m 0755 "$unpacked/usr/bin/promtool" "$unpacked/usr/bin/prometheus" /usr/local/bin/
            ;;
    esac
done
