"""HTTP messages: heads read from bytes, bodies taken apart, and both framed anew where they leave.

The law of this room: it knows bytes, fields and numbers, no connection and no mitmproxy. Both lanes read and write by it, so
that what one lane takes for a message is what the other does.
"""
