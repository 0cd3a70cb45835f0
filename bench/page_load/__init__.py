"""`python -m bench.page_load`: how fast a browser has a page by HTTP/2 and by HTTP/1.1, and what the filter spends on it.

A real Chromium, a real origin behind a link with a round trip, and Saywhy between them, in network namespaces of their own.
"""
