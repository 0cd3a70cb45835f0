"""The thin lane: plain HTTP/1.1, inside TLS or not, straight between two transports.

The law of this room: it knows nothing of mitmproxy, and takes only what is plain (`plain_request`). Whatever it does not know, or
doubts, it hands on as it came, with the connection, to the lane that knows everything (`mitm`); so it refuses nothing by
itself but what policy or an origin does. A connection to an origin is opened for a `Verdict` alone.
"""
