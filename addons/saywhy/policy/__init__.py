"""What the school has decided, as frozen values. `reading` makes them from YAML, `changes` compares them.

The law of this room: it knows nothing of requests in flight, of indexes and memories, of mitmproxy, Flask or SQL, and
imports no other room. What leaves it is frozen and valid; what could not be made valid leaves as problems, all at once.
"""
