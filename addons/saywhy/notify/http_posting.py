"""Posting a message to a webhook: over https, or to this machine itself; nothing that it answers leads anywhere else."""

import http.client
import ssl
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from saywhy.notify.letter import one_line
from saywhy.notify.proof import tls_context
from saywhy.notify.settings import Webhook
from saywhy.notify.unsent import LONGEST, LONGEST_STEP, Unsent, bounded
from saywhy.notify.webhooks import signature

_SHOWN: Final = 120  # characters of a reason


def post(
    webhook: Webhook, body: str, id_: str, at: datetime, *, step: float = LONGEST_STEP, longest: float = LONGEST
) -> None:
    """Post a message. Returns once it was taken (2xx). Raises Unsent, whose words do not hold the URL: it is a secret."""
    parts = urlsplit(webhook.url)
    content = body.encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Saywhy", "Saywhy-Delivery": id_}
    if webhook.secret:
        headers["Saywhy-Signature"] = signature(webhook.secret, at, content)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(webhook, parts.scheme, parts.hostname or "", parts.port, step)
    try:
        with bounded(lambda: connection.sock, longest):
            connection.request("POST", path, content, headers)
            status = connection.getresponse().status
    except ssl.SSLCertVerificationError as error:
        raise Unsent(f"its certificate is not trusted ({error.verify_message})") from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        raise Unsent(one_line(str(said))[:_SHOWN]) from None
    finally:
        connection.close()
    if 300 <= status < 400:
        raise Unsent(f"it leads elsewhere ({status}), and that is not followed: write its new address")
    if not 200 <= status < 300:
        raise Unsent(f"it answered {status}")


def _connection(
    webhook: Webhook, scheme: str, host: str, port: int | None, seconds: float
) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=tls_context(webhook.roots))
    return http.client.HTTPConnection(host, port, timeout=seconds)
