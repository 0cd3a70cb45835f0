"""The listening socket, and the way of every connection, chosen before anything is decrypted.

The law of this room: it knows nothing of mitmproxy. It reads a CONNECT and a ClientHello, asks the judge, and relays bytes as
they are; what has to be looked into it hands on, with everything that was read so far.
"""
