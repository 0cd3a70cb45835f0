"""The filter asked as a device asks it: what comes back, and whether that is as it has to be.

A client like any other, through the port that devices use; nothing here decides, and what cannot be reached never counts as blocked.
"""
