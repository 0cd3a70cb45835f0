"""The page that can always be sent: made when this module is imported, with no template, no file and no policy.

It may stand in a frame, since it has nothing to click, and a blank frame tells nobody anything.
"""

from base64 import b64encode
from hashlib import sha256
from typing import Final

_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{margin:0;font:1.125rem/1.55 system-ui,sans-serif;background:#f4f1ea;color:#20283a}"
    "main{max-width:38rem;margin:0 auto;padding:3rem 1rem}"
    "h1{font-size:1.75rem;line-height:1.2}"
    "@media (max-height:16rem){body{font-size:.875rem}main{padding:.5rem .75rem}h1{font-size:1rem;margin:0}p{margin:.25rem 0}}"
    "@media (prefers-color-scheme:dark){body{background:#12171f;color:#ecebe6}}"
)
STATIC_REFUSAL: Final[bytes] = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>We could not check this page</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>We could not check this page</h1>
<p>Something went wrong in the school's web filter, so it kept the page closed. It was nothing you did.</p>
<p>Wait a minute, then try again. If it happens again, tell IT support.</p>
</main>
</body>
</html>
""".encode()
STATIC_REFUSAL_STATUS: Final = 503
STATIC_REFUSAL_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
        "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors *"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
