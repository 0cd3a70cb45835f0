"""A `Decision` told to one reader in one language: as a page, as JSON, as a short text.

The law of this room: it decides nothing. What may be opened it asks of `decide`, so that a page never names a place
that the filter would refuse to that very person. The words stand in `block_pages/languages`, not in code. Only this
room knows Jinja2, and no page of it holds a script, a cookie or anything that would have to be fetched.
"""
