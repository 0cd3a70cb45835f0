"""An engine, grants and an access become a `Decision`: pure, without I/O, clock or mitmproxy.

The law of this room: one function decides, `decide`, and everybody calls it: the proxy, `saywhy explain`, policy
tests, replay and the portal. An `Engine` is a policy and its lists, compiled; it never changes. Time comes in with the
access. `locked block > reach > grant > first match > default`.
"""
