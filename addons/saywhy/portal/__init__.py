"""The web app in which people ask, answer and look things up.

The law of this room: it decides nothing. What was refused comes from a signed reference, who may answer and what may
be given from `exceptions`, and every address in a page is relative, so that the app works under any name. It needs no
script, keeps nothing personal in a cache and has a page for every fault.
"""
