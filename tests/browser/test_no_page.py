"""Where no page can appear: frames, a picture, a script, a WebSocket, an app; each as a pupil meets it in Chromium."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenBrowser
from tests.wire.filter_process import FilterProcess, read_all
from tests.wire.origin import Origin

READ = """async address => {
    const answer = await fetch(address, {
        method: "PUT", credentials: "include", headers: {"content-type": "application/json"}, body: "{}"});
    return [answer.status, await answer.json()];
}"""
OPEN = """address => new Promise(done => {
    const socket = new WebSocket(address), seen = [];
    socket.onopen = () => seen.push("open");
    socket.onclose = event => done([...seen, event.code]);
})"""


def lesson(origin: Origin, scheme: str) -> None:
    """A page of an open site, with parts that are closed."""
    closed = f"{scheme}://www.blocked.test:{origin.port}"
    body = f"""<!doctype html><title>Lesson</title><h1>Lesson</h1>
        <iframe title="film" width="300" height="150" src="{closed}/film?id=7"></iframe>
        <img id="picture" alt="" src="{closed}/poster.png">""".encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    origin.answers[f"/lesson-{scheme}"] = [head + body]


def fits_the_frame(page: Page) -> None:
    frame = page.frames[1]
    assert frame.evaluate("[innerWidth, innerHeight]") == [300, 150]
    assert frame.evaluate("document.documentElement.scrollWidth") <= 300
    link = frame.get_by_role("link", name="Why, and what you can do")
    expect(link).to_be_in_viewport()
    expect(frame.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(frame.get_by_text("Blockedtube keeps notes about you.")).to_be_in_viewport(ratio=1)


def test_each_part_says_why(
    own_filter: FilterProcess, shared_origin: Origin, open_browser: OpenBrowser, pictures: Path
) -> None:
    own_filter.start()
    for scheme in ("https", "http"):
        lesson(shared_origin, scheme)
    context = open_browser(own_filter).new_context()
    page = context.new_page()

    # an app, which shows no page; and another device, of which nothing is told here
    for source, host, times in (("127.0.0.1", "blocked.test", 41), ("127.0.0.9", "locked.test", 1)):
        for _ in range(times):
            with own_filter.connect(source) as app:
                app.sendall(f"GET http://{host}/feed HTTP/1.1\r\nHost: {host}\r\nUser-Agent: app\r\n\r\n".encode())
                assert read_all(app).startswith(b"HTTP/1.1 403 ")
    own_filter.wait_for(lambda: own_filter.decisions.count("/feed") == 42, "the log")
    page.goto("http://why.school.internal/")
    page.get_by_role("link", name="Why did that just stop?").click()
    expect(page.get_by_role("heading", name="Blockedtube tried to connect 41 times")).to_be_visible()
    expect(page.get_by_text("Blockedtube keeps notes about you.")).to_be_visible()
    expect(page.get_by_text("This is never open at school.")).to_have_count(0)
    page.screenshot(path=pictures / "no-page-1-stopped.png", full_page=True)
    page.get_by_role("link", name="Ask for it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("blocked.test")

    # a frame and a picture, inside TLS
    page.goto(f"https://good.test:{own_filter.origin_port}/lesson-https")
    fits_the_frame(page)
    assert page.evaluate("[picture.naturalWidth, picture.naturalHeight]") == [160, 90]
    page.screenshot(path=pictures / "no-page-2-https.png")
    with context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Why, and what you can do").click()
    expect(opened.value).to_have_url(f"https://www.blocked.test:{own_filter.origin_port}/film?id=7")
    expect(opened.value.get_by_text("Senior leadership team and IT")).to_be_visible()
    expect(opened.value.get_by_role("link", name="Why, and what you can do")).to_have_count(0)

    # a script of another origin reads why, and where its person is told more
    closed = f"www.blocked.test:{own_filter.origin_port}"
    status, problem = page.evaluate(READ, f"https://{closed}/api")
    assert (status, problem["type"]) == (403, "http://why.school.internal/problems/blocked")
    assert problem["why"] == "Blockedtube keeps notes about you."
    assert "Year 9" not in str(problem)
    assert page.evaluate(OPEN, f"wss://{closed}/live") == [1006]
    opened.value.goto(problem["type"])
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Closed by the school's web filter")
    opened.value.goto(problem["more"])
    expect(opened.value.get_by_text(re.compile("Reference"))).to_be_visible()

    # the same in plain HTTP, where nothing says what is for a frame
    page.goto(f"http://good.test:{own_filter.origin_port}/lesson-http")
    fits_the_frame(page)
    page.screenshot(path=pictures / "no-page-3-http.png")
