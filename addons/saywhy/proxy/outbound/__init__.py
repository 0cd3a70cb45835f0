"""The way out: names, addresses and sockets.

The law of this room: every address is checked before it is connected to, and exactly those that were checked are.
"""
