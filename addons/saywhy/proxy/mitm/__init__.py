"""All that touches mitmproxy: its layers, hooks, private names, and what is changed of them.

The law of this room: nobody else imports mitmproxy, so that an upgrade is felt here alone. **Nothing gets out without a
verdict**: it is set by `Enforcer` alone and asked for by `GuardedStream`, the layer that opens connections to origins, for
exactly the destination that was decided on. A hook that raises, wherever it stands, takes the verdict away.

The way of a request: `connection_handler` drives the layers (`inside_layers`, `layers`) and its hooks are answered (`hooks`);
`reading` turns a head into a Target (or refuses what could be read in two ways), `enforce` asks the judge and answers,
`guarded_stream` asks for the connection, `framing` writes what is sent on, `faults` closes the way when anything raises.
`next_layer` and `script` are for those who run mitmproxy themselves (`addons/saywhy.py`).
"""
