"""The dossier: one page with all that those who decide on a request need, in the order in which it is weighed.

The law of this room: what stands on the page is worked out by a pure function for each section, from what the store, the
policy in force and a few sources outside say. It changes nothing; what is slow is done elsewhere, and the page says so.
"""
