"""What TLS is made of: ClientHellos, the school's authority and its certificates, what an origin has to prove.

The law of this room: it knows OpenSSL and no mitmproxy.
"""
