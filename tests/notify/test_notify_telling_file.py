"""`telling.yaml`: what it may say, and what is told about what it may not."""

from pathlib import Path

import pytest

from saywhy.notify.settings import Listening, Security, Shape, Telling
from saywhy.notify.telling_file import read_telling
from saywhy.policy.problem import PolicyError

WHOLE = """
portal: https://why.hillside.example/
mail:
  server: smtp.hillside.example
  from: saywhy@hillside.example
  user: saywhy
  password_file: smtp-password
replies: {domain: Reply.Hillside.example, listen: "127.0.0.1:2525", protocol: lmtp}
webhooks:
  chat: {shape: teams, url_file: chat-url}
  own: {url: "http://127.0.0.1:9000/hook", secret_env: HOOK_KEY}
roles:
  it: {mail: [it@hillside.example], webhooks: [chat, own]}
askers: {domains: [hillside.example]}
every: 30
words: true
"""


def read(folder: Path, text: str, **environment: str) -> Telling:
    path = folder / "telling.yaml"
    path.write_text(text)
    return read_telling(path, environment)


def test_a_whole_file_is_read_with_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "smtp-password").write_text("the password\n")
    (tmp_path / "chat-url").write_text("https://chat.example/hook/very-secret\n")
    told = read(tmp_path, WHOLE, HOOK_KEY="0123456789abcdef")
    assert told.portal == "https://why.hillside.example"
    assert told.mail is not None
    assert (told.mail.port, told.mail.security, told.mail.password) == (587, Security.STARTTLS, "the password")
    assert told.replies is not None
    assert (told.replies.domain, told.replies.listening) == ("reply.hillside.example", Listening("127.0.0.1", 2525, lmtp=True))  # fmt: skip
    assert {name: one.shape for name, one in told.webhooks.items()} == {"chat": Shape.TEAMS, "own": Shape.JSON}
    assert told.webhooks["own"].secret == b"0123456789abcdef"
    assert told.roles["it"].webhooks == ("chat", "own")
    assert told.words
    for secret in ("the password", "very-secret", "0123456789abcdef"):
        assert secret not in repr(told)


PORTAL = "portal: https://why.hillside.example\n"
MAIL = "mail: {server: smtp.hillside.example, from: saywhy@hillside.example%s}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("every: 5\n", "telling.yaml:1:1: missing key 'portal'"),
        ("portal: [a]\n", "telling.yaml:1:9: a list where a web address belongs"),
        ("portal: why.hillside.example\n", "1:9: 'why.hillside.example' is no address of a portal"),
        ('portal: "https://why.example/\\r\\nBcc: x"\n', "1:9: "),
        (PORTAL + "colour: blue\n", "2:1: unknown key 'colour'"),
        (PORTAL + "every: 0\n", "2:8: 0 minutes are too few"),
        (PORTAL + "every: soon\n", "2:8: the text 'soon' where a number of minutes belongs"),
        (PORTAL + "mail:\n", "2:6: nothing is written here"),
        (PORTAL + "mail: {server: smtp.hillside.example}\n", "2:7: missing key 'from'"),
        (PORTAL + MAIL % ", user: saywhy", "there is user without password_file"),
        (PORTAL + MAIL % ", user: saywhy, password_file: gone", "gone: there is no such file"),
        (PORTAL + MAIL % ", user: saywhy, password_env: GONE", "has no GONE"),
        (PORTAL + MAIL % ", security: none, user: saywhy, password_env: HOME", "for everybody to read"),
        (PORTAL + MAIL % ", security: ssl", "where one of 'starttls', 'tls', 'none' belongs"),
        (PORTAL + MAIL % ", port: 70000", "70000 is no port"),
        (PORTAL + "roles: {it: {mail: [it@hillside.example]}}\n", "no mail server is named"),
        (PORTAL + "replies: {domain: r.hillside.example}\n", "no mail server is named"),
        (PORTAL + MAIL % "" + "roles: {it: {mail: [it]}}\n", "3:21: 'it' has no @"),
        (PORTAL + MAIL % "" + "replies: {domain: reply, listen: 25}\n", "3:19: 'reply' is no domain"),
        (
            PORTAL + 'webhooks: {chat: {url: "http://chat.example/"}}\nroles: {it: {webhooks: [chat]}}\n',
            "only https is",
        ),
        (PORTAL + 'webhooks: {chat: {url: "https://u:p@chat.example/"}}\n', "is no web address"),
        (PORTAL + "webhooks: {chat: {shape: slack}}\n", "no address is given"),
        (PORTAL + 'webhooks: {chat: {url: "https://a.example/", secret_env: SHORT}}\n', "fewer than 16 characters"),
        (PORTAL + 'webhooks: {chat: {url: "https://a.example/"}}\nroles: {it: {webhooks: [chatt]}}\n', "did you mean"),
        ("portal: [\n", "telling.yaml:"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyError) as found:
        read(tmp_path, text, HOME="/root", SHORT="abc")
    assert said in str(found.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="there is no such file"):
        read_telling(tmp_path / "telling.yaml")
