"""YAML and lists become a `Policy`, or every `Problem` with its file, line and column.

The law of this room: what is wrong is told here, all of it at once, with what to write instead; what comes out is whole.
"""
