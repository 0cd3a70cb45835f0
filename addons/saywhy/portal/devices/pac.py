"""The proxy auto-configuration file: a function of JavaScript that browsers ask which way to go for each address.

https://developer.mozilla.org/docs/Web/HTTP/Guides/Proxy_servers_and_tunneling/Proxy_Auto-Configuration_PAC_file. It uses none of the
functions that browsers add, and nothing newer than what WinHTTP reads.
"""

import json
from typing import Final

from saywhy.portal.devices.place import Place

PAC_TYPE: Final = "application/x-ns-proxy-autoconfig"
# A name without a dot begins with a letter here: IPv6 addresses have no dot either, and some numbers are addresses.
_PAC: Final = r"""// Which way this device goes to the web: through the school's web filter.
// Nothing stands after the proxy. While the filter cannot be reached, no page opens past it.
function FindProxyForURL(url, host) {
  var name = host.toLowerCase().replace(/\.$/, "");
  var here = /^[a-z][a-z0-9-]*$/.test(name)
    || /\.(local|localhost)$/.test(name)
    || /^127(\.[0-9]{1,3}){3}$/.test(name)
    || name === "::1" || name === "[::1]";
  if (here || isPortal(url)) {
    return "DIRECT";
  }
  return PROXY;
}

// The filter's own pages, at an address of their own: there without the proxy as well.
function isPortal(url) {
  return PORTAL !== "" && url.toLowerCase().indexOf(PORTAL) === 0;
}
"""


def pac_file(proxy: Place, portal: Place | None) -> str:
    """The file, in ASCII, for devices that reach the proxy here, and the portal there without it."""
    at = "" if portal is None else f"http://{portal if portal.port != 80 else str(portal).removesuffix(':80')}/"
    return f"var PROXY = {json.dumps(f'PROXY {proxy}')};\nvar PORTAL = {json.dumps(at.lower())};\n\n{_PAC}"
