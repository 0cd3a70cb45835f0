"""The command `saywhy`: reads arguments, calls a room, prints what comes back.

The law of this room: it decides nothing and knows no rules of its own; whatever it prints was worked out elsewhere. Each
command has a module; rooms are imported inside the commands, so that `saywhy --help` is quick. Exit codes everywhere:
0 done, 1 the policy (or the service) has problems, 2 the command was not understood, 3 a fault in Saywhy itself, 141 what it
prints is read by nobody any more.
"""
