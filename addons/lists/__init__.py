"""Lists of names from elsewhere: read in the formats they come in, and filed under Saywhy's own categories.

The law of this room: what a list says is data to be checked, counted and named with its source; it is never trusted to
be well formed, and nothing of it is dropped in silence.
"""
