"""What changed between two policies, in words, and which losses are held back.

The law of this room: it compares what was written; what a change would decide otherwise is `rehearse`'s to say.
"""
