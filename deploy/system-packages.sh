#!/usr/bin/env bash
# Install what the tests need besides Python: Chromium (the browser tests), certutil (so that it trusts the filter),
# promtool (the metrics test), ip and nft (the firewall test). Does nothing when all are there. Of Debian's package `prometheus` only promtool is taken, so that no service is set up.
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v promtool >/dev/null || missing+=(promtool)
command -v certutil >/dev/null || missing+=(certutil)
# in /usr/sbin, which is not on everybody's path
PATH="$PATH:/usr/sbin:/sbin"
command -v ip >/dev/null || missing+=(ip)
command -v nft >/dev/null || missing+=(nft)
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
    echo "Install them (Debian: packages chromium, libnss3-tools, prometheus, iproute2 and nftables) and run this again." >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
for program in "${missing[@]}"; do
    case "$program" in
        chromium) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium ;;
        certutil) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libnss3-tools ;;
        ip) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 ;;
        nft) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nftables ;;
        promtool)
            unpacked="$(mktemp -d)"
            trap 'rm -rf "$unpacked"' EXIT
            (cd "$unpacked" && apt-get -o APT::Sandbox::User=root download -qq prometheus && dpkg-deb --extract prometheus_*.deb .)
            "${as_root[@]}" install -m 0755 "$unpacked/usr/bin/promtool" /usr/local/bin/promtool
            ;;
    esac
done
