"""Who reads a page: the levels that a group may name, and so the words that its people meet."""

from enum import StrEnum


class Reader(StrEnum):
    """A reading level. The ages are those of English schools; docs/architecture.md names the source of the limits."""

    EARLY = "early"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    ADULT = "adult"
    EASY_READ = "easy-read"


# What a policy may write besides the levels themselves.
READER_SYNONYMS = {"staff": Reader.ADULT, "sixth-form": Reader.ADULT}
