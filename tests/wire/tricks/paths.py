"""Paths: a part of a site that is blocked, spelt so that the rule might not know it but the site still does."""

from tests.wire.tricks.trick import BAD, PAGE, REFUSED, Talk, Trick, Way, get, table


def _path(path: bytes, host: bytes = b"paths.test") -> Talk:
    return Talk(get(path, host + b":{port}"), Way.TLS, host.decode())


_BLOCKED: list[tuple[str, bytes, bytes, frozenset[int]]] = [
    ("as it is", b"/shorts", b"/shorter", PAGE),
    ("something below it", b"/shorts/abc?x=1", b"/long/shorts?x=/shorts", PAGE),
    ("capitals", b"/SHORTS/abc", b"/LONGS/abc", PAGE),
    ("a letter encoded", b"/%73horts", b"/%6cong", PAGE),
    ("every letter encoded", b"/%73%68%6f%72%74%73", b"/%6c%6f%6e%67", PAGE),
    ("encoded twice", b"/%2573horts", b"/100%25", PAGE),
    ("encoded three times", b"/%252573horts", b"/%252525", PAGE),
    ("a double slash", b"//shorts", b"//long", PAGE),
    ("many slashes", b"////shorts//abc", b"/a////b", PAGE),
    ("a dot segment", b"/./shorts", b"/./long", PAGE),
    ("a segment back", b"/long/../shorts", b"/shorts/../long", PAGE),
    ("an encoded segment back", b"/long/%2e%2e/shorts", b"/shorts/%2e%2e/long", PAGE),
    ("half encoded dots", b"/long/.%2E/shorts", b"/a/.%2E/long", PAGE),
    ("too many segments back", b"/../../shorts", b"/../../long", PAGE),
    ("an encoded slash before it", b"/%2fshorts", b"/files%2Freadme.md", PAGE),
    ("an encoded slash after it", b"/shorts%2fabc", b"/shorter%2Fabc", PAGE),
    ("a backslash", b"/\\shorts", b"/a\\b", PAGE),
    ("an encoded backslash", b"/shorts%5cabc", b"/a%5Cb", PAGE),
    ("a segment back over a backslash", b"/long\\..\\shorts", b"/a\\..\\long", PAGE),
    ("a segment back after an encoded slash", b"/long%2f../shorts", b"/long%2Fx/y", REFUSED),
    ("a segment back between encoded slashes", b"/long%2f..%2fshorts", b"/a%2Fb%2Fc", BAD),
    ("a segment back out of it, encoded", b"/shorts/abc%2f..%2f..%2flong", b"/longer/abc%2Fdef", BAD),
    ("a segment back hidden in parameters", b"/shorts/abc;%2f..%2f..%2f..%2flong", b"/long/abc;p=1", BAD),
    ("a segment back, encoded twice", b"/long/%252e%252e/shorts", b"/long/%252e", BAD),
    ("a segment back, with parameters", b"/long/..;x=1/shorts", b"/long/x;y=1", BAD),
    ("a segment back over an encoded backslash", b"/long/..%5cshorts", b"/long%5Cx", BAD),
    ("parameters after it", b"/shorts;x=1", b"/long;x=1", PAGE),
    ("parameters in between", b"/shorts;x=1/abc", b"/a;x=1/b", PAGE),
    ("an empty parameter before it", b"/;/shorts", b"/;/long", PAGE),
    ("NUL after it", b"/shorts%00", b"/long%20", BAD),
    ("NUL and an ending", b"/shorts%00.png", b"/long.png", BAD),
    ("NUL, encoded twice", b"/shorts%2500", b"/long%2525", BAD),
    ("an overlong slash", b"/long%c0%af..%c0%afshorts", b"/%C3%A4%C3%B6", BAD),
    ("an overlong slash before it", b"/%c0%afshorts", b"/%E2%82%AC", BAD),
    ("an overlong dot", b"/long/%c0%ae%c0%ae/shorts", b"/%F0%9F%98%80", BAD),
    ("an overlong backslash", b"/%c1%9cshorts", b"/%C0%B4", BAD),
    ("an overlong slash in three bytes", b"/long%e0%80%afshorts", b"/%E0%A4%85", BAD),
    ("an overlong dot in four bytes", b"/long/%f0%80%80%ae%f0%80%80%ae/shorts", b"/%F0%90%80%80", BAD),
    ("an overlong percent sign", b"/%c0%a52fshorts", b"/%83%65%83%58%83%67/%B2%E2%CA%D4/caf%E9", BAD),
    ("a fragment after it", b"/shorts#x", b"/long#/shorts", PAGE),
    ("a question mark with nothing after it", b"/shorts?", b"/long?", PAGE),
    ("a question mark with a path after it", b"/shorts?/../long", b"/long?/../shorts", PAGE),
    ("an encoded question mark", b"/shorts/%3fx", b"/shorter%3F", PAGE),
    ("a trailing slash", b"/shorts/", b"/short/", PAGE),
    ("full-width letters", "/\uff53horts".encode(), "/\uff4cong".encode(), PAGE),
    ("full-width letters encoded", b"/%EF%BD%93horts", b"/%EF%BD%8Cong", PAGE),
    ("a long s", "/\u017fhorts".encode(), "/straße".encode(), PAGE),
    ("encoding that is no encoding", b"/%shorts/../shorts", b"/100%", PAGE),
    ("a tab", b"/sho\trts", b"/long", BAD),
    ("NUL", b"/\0shorts", b"/long", BAD),
    ("a return", b"/\rshorts", b"/long", BAD),
    ("bytes that are no UTF-8", b"/\xffshorts", b"/long", BAD),
    ("a control character", b"/\x01shorts", b"/long", BAD),
]

_FORMS = [
    ("the whole address inside TLS", b"https://paths.test:{port}/shorts", REFUSED),
    ("the whole address of another scheme", b"http://paths.test:{port}/shorts", REFUSED),
    ("no slash at all", b"shorts", BAD),
    ("a dot first", b"./shorts", BAD),
    ("a backslash first", b"\\shorts", BAD),
    ("a question mark first", b"?/shorts", BAD),
    ("an asterisk with GET", b"*", BAD),
    ("two slashes and another host", b"//blocked.test/shorts", None),
]

_TWIN = _path(b"/long")


def _form(name: str, target: bytes, refused: frozenset[int]) -> Trick:
    return Trick(name, _path(target), refused, _TWIN)


_ASTERISK = Trick(
    "an asterisk with OPTIONS at a blocked host",
    Talk(b"OPTIONS * HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n", Way.TLS, "blocked.test"),
    PAGE,
    Talk(b"OPTIONS * HTTP/1.1\r\nHost: good.test:{port}\r\n\r\n", Way.TLS),
)

_PLAIN = [
    Trick(
        f"{name}, without TLS",
        Talk(get(b"http://paths.test:{port}" + blocked, b"paths.test:{port}")),
        refused,
        Talk(get(b"http://paths.test:{port}" + good, b"paths.test:{port}")),
    )
    for name, blocked, good, refused in _BLOCKED[:32:3]
]

TRICKS = table(
    "path",
    [Trick(name, _path(blocked), refused, _path(good)) for name, blocked, good, refused in _BLOCKED],
    [_form(name, target, refused) for name, target, refused in _FORMS if refused is not None],
    _ASTERISK,
    _PLAIN,
)
