"""mitmproxy's side: a request is read once, its subject known, decided, then relayed or refused.

The law of this room: **nothing gets out without a verdict**. The verdict is set by `Enforcer` alone and asked for by
`GuardedStream`, the layer that opens connections to origins, for exactly the destination that was decided on. A hook
that raises, wherever it stands, takes the verdict away. So whatever breaks, the way stays closed.

The way of a request: `steering` picks the protocol layers, `reading` turns a request head into a Target (or refuses
what could be read in two ways), `enforce` decides and answers, `outbound` resolves the name and refuses private
addresses, `layers` opens the connection, `faults` closes the way when anything raises. `embedded` builds the proxy
that `saywhy run` uses; `addons/saywhy.py` is for those who run mitmproxy themselves.
"""
