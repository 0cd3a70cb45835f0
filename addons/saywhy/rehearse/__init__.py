"""A policy tried before it is in force: what is unwise in it, what its tests say, what a change of it would change.

The law of this room: it decides with the one function that decides everything, and reads what it is given. It changes no
policy, opens no connection and keeps nothing.
"""
