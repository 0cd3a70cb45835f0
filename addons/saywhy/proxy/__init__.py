"""Every connection and every request: its subject known, decided on, then relayed, let out or refused.

The law of this room: **nothing gets out without a verdict**, and verdicts are given by the `judge` alone, from what is in force.
Whatever breaks, the way stays closed.

The rooms within: `door` owns the socket and relays what policy allows by its name; `mitm` looks into the rest, by mitmproxy's
layers; `outbound` resolves names and refuses private addresses; `tls` has certificates and what they prove. `embedded` puts
together the proxy that `saywhy run` uses.
"""
