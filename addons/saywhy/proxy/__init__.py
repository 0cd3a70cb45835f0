"""mitmproxy's side: a request is read once, its subject known, decided, then relayed or refused.

The law of this room: **nothing gets out without a verdict**. The verdict is set by `Enforcer` alone and asked for by
`GuardedStream`, the layer that opens connections to origins, for exactly the destination that was decided on. A hook
that raises, wherever it stands, takes the verdict away. So whatever breaks, the way stays closed.

The way of a connection: `front_door` owns the socket; `arrival` reads CONNECT (`connect_head`) and the ClientHello
(`client_hello`); what policy allows by its name is relayed as it is (`relay`); the rest is looked into (`inspected`, which
drives mitmproxy's layers: `inside_layers`, `layers`) and its hooks answered (`hooks`).

The way of a request inside: `reading` turns a head into a Target (or refuses what could be read in two ways), `enforce`
decides and answers, `outbound` resolves the name and refuses private addresses, `guarded_stream` asks for the connection,
`framing` writes what is sent on, `faults` closes the way when anything raises. `embedded` puts together the proxy that `saywhy run` uses; `steering` and
`script` are for those who run mitmproxy themselves (`addons/saywhy.py`).
"""
