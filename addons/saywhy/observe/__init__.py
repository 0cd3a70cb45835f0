"""Metrics and the decision log: what can be seen of the filter from outside.

The law of this room: watching never changes, delays or stops what is watched. Nothing here blocks its caller, no label
takes a value from a client, and no URL query is ever written down. Only this room knows prometheus-client.
"""
