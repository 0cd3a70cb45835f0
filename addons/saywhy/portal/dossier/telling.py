"""Compromises and their trials in words."""

from dataclasses import dataclass

from saywhy.exceptions.blocks import FEWEST_TOLD as FEWEST_PEOPLE
from saywhy.exceptions.offer import ANOTHER_PAGE, Chosen
from saywhy.exceptions.request import Proposal
from saywhy.exceptions.staff import staff_groups
from saywhy.explain.hostname import shown_host
from saywhy.policy.period import day_in_words
from saywhy.policy.policy import Policy
from saywhy.portal.dossier.compromises import Compromise, Sort
from saywhy.portal.dossier.sources import Progress, Trial
from saywhy.portal.wording import Wording

_MOST_SITES = 5
_PROGRESS = {
    Progress.WORKING: "Being worked out from the log of last week. Reload this page in a moment.",
    Progress.BUSY: "Other requests are tried on the log of last week first. Reload this page in a moment.",
    Progress.NO_LOG: "There is no log of the decisions of last week here, so what it would change cannot be shown.",
    Progress.FAILED: "What it would change could not be worked out. Those who look after the filter find why in its log.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A compromise as the page says it: a title, what it opens for whom and until when, and what a week's log says."""

    key: str
    sort: Sort
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    more: tuple[str, ...] = ()
    trial: str = ""
    works: bool = False  # still being worked out


def told(one: Compromise, trial: Trial | None, policy: Policy, wording: Wording) -> Told:
    """A compromise in words."""
    if one.sort is Sort.INSTEAD:
        return Told(one.key, one.sort, f"Another place instead: {one.place}", more=(one.trusted,))
    if one.sort is Sort.SHOWN:
        return Told(one.key, one.sort, "Staff only: they can open it already, and show it", more=_SHOWN)
    assert one.proposal is not None
    assert one.chosen is not None
    facts = (
        ("What opens", wording.what(one.proposal.what)),
        ("For whom", wording.who(one.proposal.who)),
        ("Until", wording.end(one.proposal.ends)),
    )
    more = [*_WATCHED] if one.sort is Sort.WATCHED else []
    if one.second:
        more.append("A second person has to agree.")
    title = _title(one.chosen, one.proposal, policy, wording)
    if one.sort is Sort.WATCHED:
        title = f"Supervised: {title[:1].lower()}{title[1:]}, while a teacher watches"
    working = trial is not None and trial.progress in (Progress.WORKING, Progress.BUSY)
    return Told(one.key, one.sort, title, facts, tuple(more), _trial(trial, policy), working)


_SHOWN = ("Nothing has to be opened for that. The answer is a no that says so.",)
_WATCHED = ("The filter cannot see who watches. It closes with the lesson, and the note says who it is.",)


def _title(chosen: Chosen, proposal: Proposal, policy: Policy, wording: Wording) -> str:
    what, group = proposal.what, next(iter(sorted(proposal.who.groups)), "")
    amount = "This page" if chosen.what == "page" else "These parts of the site" if chosen.what == ANOTHER_PAGE else ""
    amount = amount or ("The whole site" if what.site is not None else "The app, wherever it is")
    if not group:
        whom = "for the device that asked"
    elif group in staff_groups(policy):
        whom = f"for {wording.group(group)} only"
    else:
        whom = f"for {wording.group(group)}"
    spans = {"this-lesson": "this lesson", "today": "today", "this-week": "this week", "this-term": "this term"}
    local = wording.local(proposal.ends)
    return f"{amount}, {whom}, {spans.get(chosen.until) or 'until ' + wording.end(local).removeprefix('the end of ')}"


def _trial(trial: Trial | None, policy: Policy) -> str:
    if trial is None:
        return ""
    if trial.progress is not Progress.DONE:
        return _PROGRESS[trial.progress]
    said = []
    if not trial.decisions:
        said.append("Tried on the same hours of last week: nothing changes, since nobody met the block then.")
    else:
        devices = f"fewer than {FEWEST_PEOPLE} devices" if trial.devices is None else _several(trial.devices, "device")
        changed = "1 decision changes" if trial.decisions == 1 else f"{trial.decisions:,} decisions change"
        said.append(f"Tried on the same hours of last week: {changed}, on {devices}{_groups(trial, policy)}.")
        said.append(_others(trial))
    if trial.since is not None and trial.cut:
        said.append(f"Not all of the log was read: only back to {day_in_words(trial.since)}.")
    return " ".join(said)


def _groups(trial: Trial, policy: Policy) -> str:
    if len(trial.groups) < 2:
        return ""
    named = (
        f"{policy.groups[name].label if name in policy.groups else name or 'no group'} "
        f"{f'fewer than {FEWEST_PEOPLE}' if number is None else number}"
        for name, number in trial.groups
    )
    return f" ({', '.join(named)})"


def _others(trial: Trial) -> str:
    if not trial.others:
        return "Nothing else opens by it."
    first = ", ".join(map(shown_host, trial.others[:_MOST_SITES]))
    more = f" and {len(trial.others) - _MOST_SITES} more" if len(trial.others) > _MOST_SITES else ""
    return f"It also opens {_several(len(trial.others), 'closed site')}: {first}{more}."


def _several(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
