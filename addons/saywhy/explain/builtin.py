"""Where the templates, styles and words lie that come with Saywhy."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def builtin_pages() -> Path:
    """The folder block_pages: beside this file in an installed wheel, at the top level in a checkout.

    Raises FileNotFoundError naming both places.
    """
    places = (_HERE / "block_pages", _HERE.parents[2] / "block_pages")
    for place in places:
        if (place / "page.html").is_file():
            return place
    raise FileNotFoundError(f"no block pages: page.html is neither in {places[0]} nor in {places[1]}; reinstall Saywhy")
