"""The pages for devices: setting one up, what it needs for that, and a check. They are for anybody, over plain HTTP as well.

None of them needs the store, a policy, a session or a script.
"""

from typing import Final

from cryptography.x509 import Certificate
from flask import Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from saywhy.policy.own_hosts import BLOCKED_NAME, CLOCK_NAME, PORTAL_NAME, TRUST_NAME
from saywhy.portal.context import PortalContext
from saywhy.portal.devices import files
from saywhy.portal.devices.pac import PAC_TYPE, pac_file
from saywhy.portal.devices.place import Place
from saywhy.portal.devices.system import NAMES, System, system_of
from saywhy.portal.faults import Told, told_page
from saywhy.portal.language import marked as N_  # noqa: N812  # as gettext has it
from saywhy.portal.relay import RELAYED
from saywhy.portal.security import POLICY
from saywhy.portal.wording import Wording

_DER: Final = frozenset({"cer", "crt", "der"})
# The pictures come by plain HTTP and HTTPS from the filter's own names, whatever address the page has.
_PICTURES: Final = (
    f"http://{PORTAL_NAME} https://{TRUST_NAME} https://{CLOCK_NAME} http://{BLOCKED_NAME} https://{BLOCKED_NAME}"
)
_CHECK_POLICY: Final = POLICY.replace("img-src 'self'", f"img-src 'self' {_PICTURES}")
_TICK: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 48 48">'
    b'<circle cx="24" cy="24" r="23" fill="#1b6e3c"/>'
    b'<path d="M13 25l8 8 15-17" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"/></svg>'
)
_NO_CERTIFICATE: Final = Told(
    503,
    N_("The school's certificate cannot be read just now"),
    (N_("Try again in a few minutes. If it stays like this, tell IT support."),),
)
_NO_PROXY: Final = Told(
    503,
    N_("The filter does not know its own address here"),
    (
        N_("The filter cannot tell how this device reaches it."),
        N_("IT support can set its address, then this page works."),
    ),
)


class Devices:
    """The pages `/device`, `/check`, and the files that a device takes."""

    def __init__(self, context: PortalContext, wording: Wording) -> None:
        self._context = context
        self._wording = wording

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/device", "set_up", self.set_up, methods=["GET"])
        app.add_url_rule("/device/<system>", "set_up_as", self.set_up_as, methods=["GET"])
        app.add_url_rule("/certificate.<kind>", "certificate", self.certificate, methods=["GET"])
        app.add_url_rule("/certificate.mobileconfig", "certificate_profile", self.certificate_profile, methods=["GET"])
        app.add_url_rule("/filter.mobileconfig", "filter_profile", self.filter_profile, methods=["GET"])
        app.add_url_rule("/proxy.pac", "pac", self.pac, methods=["GET"])
        app.add_url_rule("/wpad.dat", "wpad", self.pac, methods=["GET"])
        app.add_url_rule("/check", "check_device", self.check, methods=["GET"])
        app.add_url_rule("/check/tick.svg", "tick", self.tick, methods=["GET"])
        app.add_url_rule("/check/yes", "check_passed", self.passed, methods=["GET"])

    def set_up(self) -> ResponseReturnValue:
        """The steps for the system that asks; all systems where that is not known."""
        said = request.headers
        return self._steps(system_of(said.get("User-Agent", ""), said.get("Sec-CH-UA-Platform", "")))

    def set_up_as(self, system: str) -> ResponseReturnValue:
        """The steps for a system."""
        if system not in set(System):
            abort(404)
        return self._steps(System(system))

    def _steps(self, system: System | None) -> ResponseReturnValue:
        try:
            root = files.root_of(self._context.devices.certificates())
        except (OSError, ValueError):
            return told_page(_NO_CERTIFICATE)
        return render_template(
            "devices/set_up.html",
            system=None if system is None else system.value,
            systems=[(one.value, name) for one, name in NAMES.items()],
            named=files.common_name(root),
            fingerprint=files.fingerprint(root),
            thumbprint=files.thumbprint(root),
            ends=root.not_valid_after_utc,
            file=files.file_name(self._wording.school()),
            proxy=self._proxy(),
            portal=self._portal(),
            relayed=_relayed() is not None,
        )

    def certificate(self, kind: str) -> ResponseReturnValue:
        """The certificate to trust: `pem`, or DER as `cer`, `crt` or `der`."""
        if kind != "pem" and kind not in _DER:
            abort(404)
        try:
            found: tuple[Certificate, ...] = self._context.devices.certificates()
            body = files.as_der(found) if kind in _DER else files.as_pem(found)
        except (OSError, ValueError):
            return told_page(_NO_CERTIFICATE)
        return self._file(body, files.DER_TYPE if kind in _DER else files.PEM_TYPE, kind)

    def certificate_profile(self) -> ResponseReturnValue:
        """A profile for Apple's devices, with the certificate alone."""
        return self._profile(None)

    def filter_profile(self) -> ResponseReturnValue:
        """A profile for Apple's devices, with the certificate and the proxy."""
        proxy = self._proxy()
        return told_page(_NO_PROXY) if proxy is None else self._profile(proxy)

    def _profile(self, proxy: Place | None) -> ResponseReturnValue:
        try:
            body = files.profile(self._context.devices.certificates(), self._wording.school(), proxy)
        except (OSError, ValueError):
            return told_page(_NO_CERTIFICATE)
        return self._file(body, files.PROFILE_TYPE, "mobileconfig")

    def pac(self) -> ResponseReturnValue:
        """The proxy auto-configuration file. None is better than one that leads past the filter."""
        proxy = self._proxy()
        if proxy is None:
            return told_page(_NO_PROXY)
        return Response(pac_file(proxy, self._portal()), content_type=PAC_TYPE)

    def check(self) -> ResponseReturnValue:
        """Four questions, answered by pictures that come, or do not."""
        page = Response(
            render_template(
                "devices/check.html",
                relayed=_relayed() is not None,
                through=f"http://{PORTAL_NAME}",
                trusted=f"https://{TRUST_NAME}",
                clock=f"https://{CLOCK_NAME}",
                blocked=f"http://{BLOCKED_NAME}",
                now=self._context.now(),
            )
        )
        page.headers["Content-Security-Policy"] = _CHECK_POLICY
        return page

    def tick(self) -> ResponseReturnValue:
        """The picture that says yes, through the filter alone: DNS that knows the name proves nothing.

        It comes from another name, and another scheme, than the page that shows it.
        """
        if _relayed() is None:
            abort(404)
        picture = Response(_TICK, content_type="image/svg+xml")
        picture.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return picture

    def passed(self) -> ResponseReturnValue:
        """The same as a page, for those who cannot see pictures."""
        return render_template("devices/passed.html", relayed=_relayed() is not None, safe=request.is_secure)

    def _file(self, body: bytes, content_type: str, ending: str) -> Response:
        answer = Response(body, content_type=content_type)
        # not as an attachment: devices offer to install what they know
        name = f"{files.file_name(self._wording.school())}.{ending}"
        answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
        return answer

    def _proxy(self) -> Place | None:
        return self._context.devices.proxy_for(request.host, _relayed())

    def _portal(self) -> Place | None:
        return self._context.devices.portal_for(request.host, _relayed())


def _relayed() -> str | None:
    """Where the device reached the proxy, if this request came by it."""
    found = request.environ.get(RELAYED)
    return found if isinstance(found, str) else None
