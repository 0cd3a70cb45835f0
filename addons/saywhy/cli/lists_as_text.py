"""Lists in words: what was taken, what was lost and where it comes from."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from saywhy.lists.store import Manifest
    from saywhy.lists.taking import Taken

_LOSSES_SHOWN: Final = 5
_HELD_SHOWN: Final = 20
_THINGS: Final = ("names", "urls", "expressions", "exceptions")


def results(done: "Sequence[Taken]") -> Iterator[str]:
    """What became of each list, with the first losses of those that are new."""
    left_out = dict.fromkeys(name for one in done for name in one.left_out)
    if left_out:
        shown = ", ".join(visible(name) for name in list(left_out)[:_LOSSES_SHOWN])
        yield f"left out, for links are not followed: {shown}" + (" …" if len(left_out) > _LOSSES_SHOWN else "")
    for one in done:
        if one.failure:
            continue
        manifest = one.manifest
        if not one.changed:
            yield f"{manifest.name}: nothing new; {held(manifest)}, of {manifest.updated}"
            continue
        yield f"{manifest.name} ({manifest.kind} {manifest.id}): {held(manifest)}; {accounted(manifest)}"
        yield f"  read as {manifest.read_as}"
        yield from held_back(manifest)
        yield from _losses(manifest, _LOSSES_SHOWN)


def held(manifest: "Manifest") -> str:
    """What a list holds: "120 names, 3 urls"."""
    counts = manifest.counts
    return ", ".join(f"{counts[thing]} {thing}" for thing in _THINGS if counts.get(thing)) or "nothing"


def accounted(manifest: "Manifest") -> str:
    """What became of the lines: "125 lines: 2 blank or comments, 0 repeats, 3 losses"."""
    counts = manifest.counts
    blank, repeats, losses = (counts.get(one, 0) for one in ("blank", "repeats", "losses"))
    return f"{counts.get('lines', 0)} lines: {blank} blank or comments, {repeats} repeats, {losses} losses"


def described(manifest: "Manifest") -> Iterator[str]:
    """All that is known about a list."""
    yield f"{manifest.name}: {manifest.kind} {manifest.id}"
    yield f"  source   {visible(manifest.source)}" + (f" ({visible(manifest.member)})" if manifest.member else "")
    yield f"  licence  {visible(manifest.licence) or 'not stated'}"
    read_as = f", read as {manifest.read_as}" if manifest.read_as else ""
    yield f"  format   {manifest.format}{read_as}"
    yield f"  added    {manifest.added}"
    yield f"  updated  {manifest.updated} (source last asked {manifest.checked})"
    if manifest.failure:
        yield f"  FAILED   the last update was not taken: {visible(manifest.failure)}"
    yield f"  sha256   {manifest.sha256}"
    yield f"  holds    {held(manifest)}"
    yield f"  lines    {accounted(manifest)}"
    if manifest.suffixes:
        yield f"  covers   whole public suffixes, as confirmed: {', '.join(map(visible, manifest.suffixes))}"
    yield from held_back(manifest, max(len(manifest.held), 1))
    yield from _losses(manifest, len(manifest.losses))


def held_back(manifest: "Manifest", most: int = _HELD_SHOWN) -> Iterator[str]:
    """What the list says and nobody confirmed, what it would cost, and how to take it; what was confirmed and costs."""
    from saywhy.lists.held_back import ANY_HOST, SUFFIX, WHOLE_DOMAINS

    update = f"`saywhy lists update {manifest.name}"
    for reasons, what, to_take in (
        (
            (SUFFIX, WHOLE_DOMAINS),
            "entries that take in every site below a public suffix",
            f"{update} --suffix NAME` takes one of them, --suffixes all",
        ),
        (
            (ANY_HOST,),
            "expressions that name no host, so that every HTTPS connection would have to be decrypted",
            f"{update} --inspect-all-for-expressions` takes them at that cost",
        ),
    ):
        ours = [one for one in manifest.held if one.reason in reasons]
        count = sum(manifest.lost.get(reason, 0) for reason in reasons)
        if not count:
            continue
        yield f"  HELD BACK ({count}): {what}; {to_take}"
        for one in ours[:most]:
            yield f"    {visible(one.file)}:{one.line}: {visible(one.text)}"
        if count > most:
            where = f"; `saywhy lists show {manifest.name}` shows them" if len(ours) > most else ""
            yield f"    … and {count - most} more{where}"
    if count := manifest.counts.get("at_any_host", 0):
        yield f"  EVERY HTTPS CONNECTION IS DECRYPTED for expressions of it that name no host, as confirmed: {count}"


def summary(manifests: "Sequence[Manifest]", folder: Path) -> Iterator[str]:
    """A line for each list."""
    if not manifests:
        yield f"There are no lists in {folder}; add one with `saywhy lists add`."
        return
    width = max(len(one.name) for one in manifests)
    for one in manifests:
        failed = "  UPDATE FAILED" if one.failure else ""
        losses = one.counts.get("losses", 0)
        failed += "  SOME HELD BACK" if one.held else ""
        yield f"{one.name:<{width}}  {one.kind} {one.id}  {held(one)}  losses {losses}  {one.updated[:10]}{failed}"
    total = sum(one.entries for one in manifests)
    yield f"{len(manifests)} lists, {total} entries. `saywhy lists show NAME` shows source, licence and losses."


def _losses(manifest: "Manifest", most: int) -> Iterator[str]:
    for loss in manifest.losses[:most]:
        yield f"  {visible(loss.file)}:{loss.line}: {loss.reason}: {visible(loss.text)}"
    shown = min(most, len(manifest.losses))
    kept_back = {one.reason for one in manifest.held}
    lost = {reason: count for reason, count in manifest.lost.items() if reason not in kept_back}
    rest = sum(lost.values()) - shown
    if rest > 0:
        by_reason = ", ".join(f"{count} {reason}" for reason, count in lost.items())
        yield f"  … and {rest} more; all of them: {by_reason}"
