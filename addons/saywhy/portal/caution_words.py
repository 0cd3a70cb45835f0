"""What the form for going on says, to each reader: short and plain, without blame."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from saywhy.policy.reader import Reader
from saywhy.portal.language import marked as N_  # noqa: N812  # as gettext has it


@dataclass(frozen=True, slots=True)
class CautionWords:
    """`think` is what to think of, `label` and `hint` stand at the field for the reason, `rest` says that time given back counts."""

    title: str
    why: str
    think: tuple[str, ...]
    label: str
    hint: str
    missing: str
    done: str
    rest: str


_SECONDARY: Final = CautionWords(
    title=N_("Think before you go on"),
    why=N_("Why it is closed at first"),
    think=(
        N_("Is there another way to get what you need?"),
        N_("Your reason is kept, so that the school can see what pages are used for."),
    ),
    label=N_("Why do you need it?"),
    hint=N_("One sentence is enough, up to 200 characters. Please write nothing private."),
    missing=N_("Write in a sentence why you need it"),
    done=N_("I am done"),
    rest=N_("If you finish early, say so. Time that you did not use is kept for later today."),
)
_PRIMARY: Final = CautionWords(
    title=N_("Stop and think first"),
    why=N_("Why we ask"),
    think=(N_("Do you need this page for your work?"), N_("Not sure? Ask a grown-up.")),
    label=N_("Why do you want it?"),
    hint=N_("Write a short sentence. A grown-up may read it."),
    missing=N_("Write a short sentence that says why"),
    done=N_("I am done"),
    rest=N_("Done early? Press the button. You keep the time that is left."),
)
WORDS: Final[Mapping[Reader, CautionWords]] = {
    Reader.EARLY: CautionWords(
        title=N_("Stop and think first"),
        why=N_("Why we ask"),
        think=(N_("Do this with a grown-up."),),
        label=N_("Why do you want it?"),
        hint=N_("A grown-up can write it for you."),
        missing=N_("Write why you want it"),
        done=N_("I am done"),
        rest=N_("All done? Press the button."),
    ),
    Reader.PRIMARY: _PRIMARY,
    Reader.SECONDARY: _SECONDARY,
    Reader.ADULT: CautionWords(
        title=_SECONDARY.title,
        why=_SECONDARY.why,
        think=(N_("Your reason is kept, so that the school can see what pages are used for."),),
        label=N_("What do you need it for?"),
        hint=N_("One sentence is enough, up to 200 characters. Please write nothing private about pupils."),
        missing=N_("Write in a sentence what you need it for"),
        done=_SECONDARY.done,
        rest=_SECONDARY.rest,
    ),
    Reader.EASY_READ: CautionWords(
        title=N_("Stop and think first"),
        why=N_("Why we ask"),
        think=(N_("Do you need this page?"), N_("Somebody can help you.")),
        label=N_("Why do you want it?"),
        hint=N_("Write a short sentence."),
        missing=N_("Write why you want it"),
        done=N_("I am done"),
        rest=N_("All done? Press the button."),
    ),
}
