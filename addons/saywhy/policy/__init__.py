"""What the school has decided: YAML and lists become a `Policy`, or every `Problem` with file:line:column.

The law of this room: it knows nothing of requests in flight, of mitmproxy, Flask or SQL, and imports no other room.
What leaves it is frozen and valid; what could not be made valid leaves as problems, all of them at once.
"""
