"""What the form for going on says, to each reader: short and plain, without blame."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from saywhy.policy.reader import Reader


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
    title="Think before you go on",
    why="Why it is closed at first",
    think=(
        "Is there another way to get what you need?",
        "Your reason is kept, so that the school can see what pages are used for.",
    ),
    label="Why do you need it?",
    hint="One sentence is enough, up to 200 characters. Please write nothing private.",
    missing="Write in a sentence why you need it",
    done="I am done",
    rest="If you finish early, say so. Time that you did not use is kept for later today.",
)
_PRIMARY: Final = CautionWords(
    title="Stop and think first",
    why="Why we ask",
    think=("Do you need this page for your work?", "Not sure? Ask a grown-up."),
    label="Why do you want it?",
    hint="Write a short sentence. A grown-up may read it.",
    missing="Write a short sentence that says why",
    done="I am done",
    rest="Done early? Press the button. You keep the time that is left.",
)
WORDS: Final[Mapping[Reader, CautionWords]] = {
    Reader.EARLY: CautionWords(
        title="Stop and think first",
        why="Why we ask",
        think=("Do this with a grown-up.",),
        label="Why do you want it?",
        hint="A grown-up can write it for you.",
        missing="Write why you want it",
        done="I am done",
        rest="All done? Press the button.",
    ),
    Reader.PRIMARY: _PRIMARY,
    Reader.SECONDARY: _SECONDARY,
    Reader.ADULT: CautionWords(
        title=_SECONDARY.title,
        why=_SECONDARY.why,
        think=("Your reason is kept, so that the school can see what pages are used for.",),
        label="What do you need it for?",
        hint="One sentence is enough, up to 200 characters. Please write nothing private about pupils.",
        missing="Write in a sentence what you need it for",
        done=_SECONDARY.done,
        rest=_SECONDARY.rest,
    ),
    Reader.EASY_READ: CautionWords(
        title="Stop and think first",
        why="Why we ask",
        think=("Do you need this page?", "Somebody can help you."),
        label="Why do you want it?",
        hint="Write a short sentence.",
        missing="Write why you want it",
        done="I am done",
        rest="All done? Press the button.",
    ),
}
