"""Handing a message to the school's mail server (RFC 5321, 3207, 8314), encrypted and proven unless the school says otherwise."""

import contextlib
import smtplib
import ssl
from typing import Final

from saywhy.notify.letter import one_line
from saywhy.notify.mail import read_mail
from saywhy.notify.proof import tls_context
from saywhy.notify.settings import MailServer, Security
from saywhy.notify.unsent import LONGEST, LONGEST_STEP, NotReached, Refused, Unsent, bounded

_SHOWN: Final = 200  # characters of a server's answer
_ABOUT_US: Final = (530, 534, 535, 538)  # who signs in, not who is written to (RFC 4954, 6)


def send_mail(server: MailServer, body: str, *, step: float = LONGEST_STEP, longest: float = LONGEST) -> None:
    """Send what `mail_of` made. Returns once the server has taken it. Raises Unsent, NotReached, Refused."""
    _, sender, to = read_mail(body)
    smtp = _client(server, sender.domain, step)
    try:
        with bounded(lambda: smtp.sock, longest):
            _begin(smtp, server)
            smtp.sendmail(sender.text, [to.text], body.encode("ascii"))
    except smtplib.SMTPRecipientsRefused as error:
        raise _answered(*next(iter(error.recipients.values()))) from None
    except smtplib.SMTPDataError as error:
        raise _answered(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPResponseException as error:  # at a greeting, a sign-in, a sender: the settings may be mended
        raise NotReached(f"{server.host} answered {_said(error.smtp_code, error.smtp_error)}") from None
    except smtplib.SMTPNotSupportedError as error:
        raise NotReached(f"{server.host}: {one_line(str(error))[:_SHOWN]}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotReached(f"{server.host} port {server.port}: {_reason(error)}") from None
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.close()


def _client(server: MailServer, name: str, step: float) -> smtplib.SMTP:
    # the name is given, since it would be looked up otherwise, and that can take long
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(local_hostname=name, timeout=step, context=tls_context(server.roots))
    return smtplib.SMTP(local_hostname=name, timeout=step)


def _begin(smtp: smtplib.SMTP, server: MailServer) -> None:
    smtp._host = server.host  # type: ignore[attr-defined]  # noqa: SLF001 — what is proven; `connect` leaves it as it was
    code, said = smtp.connect(server.host, server.port)
    if code != 220:
        raise smtplib.SMTPConnectError(code, said)
    smtp.ehlo_or_helo_if_needed()
    if server.security is Security.STARTTLS:
        smtp.starttls(context=tls_context(server.roots))
    if server.user:
        smtp.login(server.user, server.password)


def _answered(code: int, said: bytes | str) -> Unsent:
    words = _said(code, said)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    # 5.7.x speaks of what is permitted (RFC 3463, 3.8), which the school can mend
    is_final = 500 <= code < 600 and code not in _ABOUT_US and not text.lstrip().startswith("5.7.")
    return (Refused if is_final else Unsent)(f"the mail server answered {words}")


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return one_line(f"{code} {text}")[:_SHOWN]


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return one_line(str(said))[:_SHOWN]
