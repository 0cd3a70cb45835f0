"""What `saywhy run` says once everything is up: where each part is and what to try next."""

from collections.abc import Sequence

from saywhy.policy.own_hosts import PORTAL_NAME
from saywhy.policy.visible import visible
from saywhy.serve.first_start import Prepared
from saywhy.serve.settings import Endpoint, Settings

_BLOCKED = "https://www.tiktok.com/"
_ALLOWED = "https://www.bbc.co.uk/bitesize"


def welcome(settings: Settings, prepared: Prepared) -> str:
    """The screen, as plain text."""
    proxy = _address(settings.listen[0])
    portal = f"{_address(settings.portal)}/"
    metrics = f"{_address(settings.metrics)}/metrics"
    ca = prepared.certificate
    lines = ["", f"Saywhy is up{f' for {prepared.policy.school.name}' if prepared.policy else ''}.", ""]
    if prepared.problems and prepared.current is not None:
        lines += [
            f"The policy files have problems and were not taken. Revision {prepared.current.revision}, the last that was",
            "accepted, is in force until they are mended (they are then taken by themselves):",
            *(f"  {visible(str(problem))}" for problem in prepared.problems),
            "",
        ]
    elif prepared.problems:
        lines += [
            "The policy has problems, so EVERYTHING IS REFUSED until it is mended (it is then taken by itself):",
            *(f"  {visible(str(problem))}" for problem in prepared.problems),
            "",
        ]
    if prepared.current is not None and prepared.current.pinned:
        lines += [
            f"A rollback is in force: revision {prepared.current.revision}. The policy files as they are now are not taken",
            "until one of them changes, or until: saywhy rollback --release",
            "",
        ]
    if prepared.store_problem:
        lines += [
            "Requests and permits cannot be read or kept now, so NO PERMIT IS IN FORCE and nobody can ask. It is tried again:",
            f"  {visible(prepared.store_problem)}",
            "",
        ]
    lines += [
        f"  proxy     {proxy}   (explicit HTTP proxy: give it to a browser or a device)",
        *(f"            {_address(one)}   (as well)" for one in settings.listen[1:]),
        f"  portal    {portal}   (through the proxy: https://{PORTAL_NAME}/)",
        f"  metrics   {metrics}",
        f"  policy    {settings.policies}   (saved changes are taken by themselves)",
        f"  state     {settings.state}   (requests, decision log, keys: keep it private)",
        "",
        f"Devices have to trust this certificate: {ca}",
        f"  {portal}device has the steps for each system, and {portal}check says whether they were taken.",
        "  Windows, macOS, iOS, Android, ChromeOS: install it as a trusted root certificate.",
        f"  Debian:  cp {ca} /usr/local/share/ca-certificates/saywhy.crt && update-ca-certificates",
        f"  programs that take one file of roots (curl, Python, Node): {settings.all_roots}",
        "  Firefox: Settings, Certificates, View Certificates, Authorities, Import.",
        "",
        "Three things to try:",
        f"  curl --proxy {proxy} --cacert {settings.all_roots} --head {_ALLOWED}",
        "     (allowed by its name, so it is relayed as it is, with its own certificate)",
        f"  curl --proxy {proxy} --cacert {settings.all_roots} --include {_BLOCKED}",
        f"  chromium --proxy-server={proxy} --user-data-dir=/tmp/saywhy-try {_BLOCKED}",
        "     (trust the certificate first; then follow the link on the page to ask for an exception)",
        "",
    ]
    lines += first_accounts(prepared.passwords, settings)
    lines += ["Ctrl-C ends it.", ""]
    return "\n".join(lines)


def _address(endpoint: Endpoint) -> str:
    """Where to knock from this machine, as a web address."""
    return f"http://{Endpoint(endpoint.reachable_host, endpoint.port)}"


def first_accounts(passwords: Sequence[tuple[str, str]], settings: Settings) -> list[str]:
    """What is said, once, of accounts that were made just now."""
    if not passwords:
        return []
    return [
        "First accounts for staff, shown this once; write the passwords down:",
        *(f"  {name:<14} {password}" for name, password in passwords),
        f"  Sign in at {_address(settings.portal)}/sign-in on this machine, or through the proxy at",
        f"  https://{PORTAL_NAME}/sign-in; elsewhere no password is asked for, because others could read it.",
        "",
    ]
