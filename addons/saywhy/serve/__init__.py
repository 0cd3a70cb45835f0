"""Processes: settings, supervisor, proxy worker, portal, reload: the one place where everything is wired together.

The law of this room: it decides nothing. It reads settings, builds the parts, hands them to each other and sees to it
that they start in order, notice changes and end cleanly.
"""
