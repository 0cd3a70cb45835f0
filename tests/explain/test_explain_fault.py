"""Faults of the way, and the page that can always be sent."""

import json
import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.explain import static_refusal
from saywhy.explain.certificate import certificate_fault
from saywhy.explain.fault import STATIC_REFUSAL, STATIC_REFUSAL_HEADERS, FaultKind, fault_page
from saywhy.explain.render import PageRenderer


@pytest.mark.parametrize("kind", FaultKind)
def test_each_fault_says_what_happened_and_what_to_do(kind: FaultKind) -> None:
    answer = fault_page(kind, "example.org", "Hillside School", "a detail", destination="document")
    page = answer.body.decode()
    assert answer.status == kind.status
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    for told in ("example.org", "Hillside School", "What you can do", f"{kind.value}: a detail"):
        assert told in page
    assert page.count("<h1") == 1
    assert "<script" not in page
    assert re.search(r'<a (?!class="skip")', page) is None  # no way to click on


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.INTERNAL, 503),
        (FaultKind.NO_POLICY, 503),
        (FaultKind.UPSTREAM_CERTIFICATE, 502),
        (FaultKind.UPSTREAM_UNREACHABLE, 502),
        (FaultKind.UPSTREAM_TIMEOUT, 504),
        (FaultKind.NAME_UNANSWERED, 504),
        (FaultKind.NAME_FAILED, 502),
        (FaultKind.TOO_BUSY, 503),
        (FaultKind.UPSTREAM_REFUSED, 502),
        (FaultKind.UPSTREAM_OLD_TLS, 502),
        (FaultKind.AMBIGUOUS_REQUEST, 400),
        (FaultKind.OWN_ADDRESS, 403),
    ],
)
def test_each_fault_has_its_status(kind: FaultKind, status: int) -> None:
    assert kind.status == status


def test_neither_host_nor_school_is_needed() -> None:
    page = fault_page(FaultKind.NO_POLICY, None, None).body.decode()
    assert "not ready yet" in page
    assert "None" not in page


def test_hostile_texts_stay_texts() -> None:
    page = fault_page(FaultKind.UPSTREAM_UNREACHABLE, "x", "<script>", "<script>\r\n\0\x1b[31m" + "y" * 9999).body
    assert b"<script" not in page
    assert b"\x1b" not in page
    assert page.count(b"y" * 301) == 0


def test_programs_get_a_problem_and_pictures_a_picture() -> None:
    problem = fault_page(FaultKind.UPSTREAM_TIMEOUT, "x.example", None, accept="application/json")
    assert problem.content_type == "application/problem+json"
    assert json.loads(problem.body)["type"] == "http://why.school.internal/problems/upstream-timeout"
    assert json.loads(problem.body)["status"] == problem.status == 504
    assert fault_page(FaultKind.UPSTREAM_TIMEOUT, None, None, destination="image").content_type == "image/png"
    assert b"too long" in fault_page(FaultKind.UPSTREAM_TIMEOUT, None, None, accept="text/plain").body


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("certificate has expired", "has run out"),
        ("Certificate verify failed: certificate is not yet valid", "not valid yet"),
        ("Certificate verify failed: hostname mismatch", "another name"),
        ("Hostname mismatch, certificate is not valid for 'x.example'.", "another name"),
        ("IP address mismatch", "another name"),
        ("self-signed certificate", "signed its own"),
        ("self signed certificate", "signed its own"),
        ("self-signed certificate in certificate chain", "does not know"),
        ("unable to get local issuer certificate", "does not know"),
        ("unable to verify the first certificate", "does not know"),
        ("certificate revoked", "taken back"),
        ("EE certificate key too weak", "no longer safe"),
        ("unsuitable certificate purpose", "for something else"),
        ("something new", "could not check this one"),
        ("", "could not check this one"),
    ],
)
def test_a_certificate_is_explained_in_words(message: str, words: str) -> None:
    page = fault_page(FaultKind.UPSTREAM_CERTIFICATE, "x.example", "Hillside School", message).body.decode()
    assert words in page


@given(st.text())
def test_any_message_of_a_certificate_check_has_words(message: str) -> None:
    assert certificate_fault(message)


class TestTheStaticRefusal:
    def test_is_a_whole_page(self) -> None:
        page = STATIC_REFUSAL.decode()
        assert page.startswith('<!doctype html>\n<html lang="en">')
        assert page.rstrip().endswith("</html>")
        for part in ("<title>", "<main>", "<h1>", "viewport"):
            assert page.count(part) == 1
        assert "<script" not in page
        assert "http" not in page.replace("http-equiv", "")

    def test_its_headers_allow_its_own_style_and_nothing_else(self) -> None:
        (style,) = re.findall(r"<style>(.*?)</style>", STATIC_REFUSAL.decode())
        digest = b64encode(sha256(style.encode()).digest()).decode()
        policy = STATIC_REFUSAL_HEADERS["Content-Security-Policy"]
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
        assert STATIC_REFUSAL_HEADERS["Cache-Control"] == "no-store"
        assert STATIC_REFUSAL_HEADERS["Content-Type"] == "text/html; charset=utf-8"

    def test_needs_no_template_and_no_other_module(self) -> None:
        source = (
            "import runpy, sys; "
            f"made = runpy.run_path({static_refusal.__file__!r}); "
            "assert made['STATIC_REFUSAL_STATUS'] == 503 and made['STATIC_REFUSAL']; "
            "assert not {'jinja2', 'yaml', 'saywhy'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-I", "-c", source], check=True, timeout=20)

    def test_stands_in_when_a_fault_page_cannot_be_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> bytes:
            raise RuntimeError

        monkeypatch.setattr(PageRenderer, "fault", broken)
        answer = fault_page(FaultKind.UPSTREAM_TIMEOUT, "x.example", "Hillside School")
        assert (answer.status, answer.body) == (503, STATIC_REFUSAL)
        assert answer.headers["Content-Security-Policy"] == STATIC_REFUSAL_HEADERS["Content-Security-Policy"]
        assert "Content-Type" not in answer.headers
