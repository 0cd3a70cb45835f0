"""Who reads a page: the levels that a group may name, and so the words that its people meet."""

from enum import StrEnum


class Reader(StrEnum):
    """A reading level. The ages are those of English schools; docs/architecture.md names the source of the limits."""

    EARLY = "early"  # 5 to 7: a grown-up reads along
    PRIMARY = "primary"  # 7 to 11
    SECONDARY = "secondary"  # 11 to 16
    ADULT = "adult"  # from 16 on
    EASY_READ = "easy-read"  # any age

    @property
    def youngest(self) -> tuple[int, ...]:
        """Ages of those who only just read at this level: who reads it is as old, or older. Of easy-read, at every school."""
        return _YOUNGEST[self]

    @property
    def young(self) -> bool:
        """Whether children read at this level who are to be spared what is for grown-ups: categories, rules, roles."""
        return self in (Reader.EARLY, Reader.PRIMARY)


_YOUNGEST = {
    Reader.EARLY: (5,),
    Reader.PRIMARY: (7,),
    Reader.SECONDARY: (11,),
    Reader.ADULT: (16,),
    Reader.EASY_READ: (7, 11),
}
# What a policy may write besides the levels themselves.
READER_SYNONYMS = {"staff": Reader.ADULT, "sixth-form": Reader.ADULT}
