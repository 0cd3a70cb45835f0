"""The codes of problems: a closed set of short, stable names, each with what it means in a sentence.

docs/problems.md has an example of each and says what to do; a test holds that none is missing there.
"""

from enum import StrEnum
from typing import Final, Self


class Code(StrEnum):
    """What kind of mistake a problem is. Those in LINT are unwise, the others make a policy unusable."""

    def __new__(cls, name: str, meaning: str) -> Self:
        """Make a code from its name and its meaning."""
        code = str.__new__(cls, name)
        code._value_ = name
        code._meaning = meaning  # noqa: SLF001 - its own, while it is being made
        return code

    _meaning: str

    @property
    def meaning(self) -> str:
        """What it means, in a sentence."""
        return self._meaning

    # Files and YAML
    UNREADABLE = "unreadable", "A file or a folder is not there, or cannot be read."
    FILE_ENDING = "file-ending", "A file's name does not end in .yaml, so it would be passed over."
    TOO_LARGE = "too-large", "A file is larger, longer or deeper than any policy needs to be."
    NOT_UTF8 = "not-utf8", "A file is not text in UTF-8."
    INVISIBLE_CHARACTER = "invisible-character", "A character that nobody can see stands in a file or a text."
    PASTED_SIGN = "pasted-sign", "A sign that only looks like one of the keyboard stands in a name."
    CUT_TEXT = "cut-text", "A text without quotes ends before a #, and the rest of it is a comment."
    BACKUP_COPY = "backup-copy", "A file of the folder is a copy of another one."
    EMPTY_FILE = "empty-file", "A file holds nothing."
    YAML_SYNTAX = "yaml-syntax", "A line cannot be read as YAML."
    YAML_FEATURE = "yaml-feature", "An anchor, an alias or a tag stands in a policy, which needs none of them."
    SECOND_DOCUMENT = "second-document", "A file holds two YAML documents."
    DUPLICATE_KEY = "duplicate-key", "A key stands twice in one mapping."
    BAD_KEY = "bad-key", "Something that is no word stands where a key belongs."
    # Shapes
    MISSING_SECTION = "missing-section", "No file has a section that every policy needs."
    DUPLICATE_SECTION = "duplicate-section", "Two files have a section that stands in one alone."
    UNKNOWN_KEY = "unknown-key", "There is no such key here."
    MISSING_KEY = "missing-key", "A key that is needed is not written."
    NOTHING_WRITTEN = "nothing-written", "Nothing stands behind a key or a hyphen, or between quotes."
    EMPTY_LIST = "empty-list", "A list holds no item, or a list file no name."
    WRONG_KIND = "wrong-kind", "A value is of another kind than belongs here, like a number in place of a text."
    # Names and values
    DUPLICATE_NAME = "duplicate-name", "A name or a network is given twice."
    BAD_NAME = "bad-name", "A text cannot be an id."
    UNKNOWN_NAME = (
        "unknown-name",
        "A group, place, time, calendar or its event, app, category, purpose or role is named that does not exist.",
    )
    UNKNOWN_WORD = "unknown-word", "A word is none of those that may stand here."
    SAID_TWICE = "said-twice", "The same thing is said twice in one place."
    GROUP_CIRCLE = "group-circle", "Groups lie within one another in a circle."
    BAD_DOMAIN = "bad-domain", "A text is no domain name."
    PUBLIC_SUFFIX = "public-suffix", "A name takes in every site that ends in it, and does not say that this is meant."
    BAD_PATTERN = "bad-pattern", "A text is no pattern for addresses."
    SLOW_PATTERN = "slow-pattern", "A pattern is so long, or has so many stars, that looking for it would take long."
    BAD_ADDRESS = "bad-address", "A text is no web address."
    BAD_NETWORK = "bad-network", "A text is no network."
    BAD_PORT = "bad-port", "A number is no port."
    BAD_DATE = "bad-date", "A text is no date."
    BAD_TIME = "bad-time", "A text names no time, no days or no time zone."
    LONG_NIGHT = "long-night", "A span ends before it begins, so that it lasts for most of a day."
    BAD_AGES = "bad-ages", "A text is no ages."
    BAD_LANGUAGE = "bad-language", "A text is no language tag."
    UNKNOWN_LANGUAGE = "unknown-language", "A language is named that Saywhy has no pages in."
    BAD_WEIGHT = "bad-weight", "What a phrase counts is no whole number that it can count."
    FOREIGN_TESTS = "foreign-tests", "Most tests in the folder name what this policy does not have."
    BAD_LIST_FILE = "bad-list-file", "A list file is not there, cannot be read or lies outside the policy's folder."
    BAD_CALENDAR_FILE = (
        "bad-calendar-file",
        "A calendar file is not there, is no iCalendar, or has an event that nobody can tell the time of.",
    )
    # The school's own look
    BAD_COLOUR = "bad-colour", "A text is no colour."
    BAD_CONTACT = "bad-contact", "A contact cannot be reached by what is written."
    BAD_CREST = "bad-crest", "A crest is not there, is no PNG or SVG, is too large, or could run or fetch something."
    CONTRAST_AA = "contrast-aa", "A colour is so near to what is behind it that many people cannot read it (WCAG AA)."
    CONTRAST_AAA = "contrast-aaa", "A colour is nearer to what is behind it than everybody can read (WCAG AAA)."
    BAD_PAGE = "bad-page", "A page of the school's own cannot be used, so that ours is shown in its place."
    # Controls of a service, and what apps need
    NEVER_USED = "never-used", "Something is written that nothing is done with."
    NO_PLACE_FOR_ACCOUNTS = "no-place-for-accounts", "No header of a control says which accounts are allowed."
    # Rules as wholes
    ABOUT_NOTHING = "about-nothing", "A rule, a category or an app names no site."
    NO_EFFECT = "no-effect", "A rule says neither block, allow nor caution."
    TWO_USES = "two-uses", "A rule is for more than one of files, posting and uploads."
    OBLIGED_USE = (
        "obliged-use",
        "A rule for files, posting or uploads alone asks for what holds for a whole site.",
    )
    TWO_EFFECTS = "two-effects", "A rule has two effects."
    NOT_FOR_CAUTION = "not-for-caution", "Caution stands with a key, or in a place, that is not for it."
    ONLY_FOR_CAUTION = "only-for-caution", "A rule without caution says how long it opens, or what for."
    QUOTA_TOO_SHORT = "quota-too-short", "A quota is shorter than the time for which caution opens once."
    NOT_FOR_ALLOW = "not-for-allow", "A rule that allows has a key that only a block can have."
    KEEPS_EVERYTHING_OPEN = (
        "keeps-everything-open",
        "A rule keeps everything open, so that no other could close anything.",
    )
    NOT_FOR_BLOCK = "not-for-block", "A rule that blocks has a key that only an allow can have."
    BLOCK_WITHOUT_WHY = "block-without-why", "A block gives no reason."
    BLOCK_WITHOUT_OWNER = "block-without-owner", "A block names nobody who answers for it."
    BLOCK_WITHOUT_REVIEW = "block-without-review", "A block does not say when it is looked at again."
    BLOCK_WITHOUT_DECISION = "block-without-decision", "A block does not say who decided, and when."
    REVIEW_BEFORE_DECISION = "review-before-decision", "A rule is looked at again before it was decided."
    READS_ONLY = "reads-only", "A role that reads only is to decide, to agree or to stand in."
    OUT_OF_REACH = "out-of-reach", "A number of people is asked for that never comes together."
    LOCKED_ASK = "locked-ask", "A locked rule offers to ask for an exception that nobody can give."
    CORRECTS_NOTHING = (
        "corrects-nothing",
        "A correction changes no category, or says of one that it both is and is not so.",
    )
    NEVER_AND_ALWAYS = "never-and-always", "The same sites are never to be decrypted and always."
    # Lint, errors
    CLOSED_ALTERNATIVE = "closed-alternative", "A block offers a place that the same policy closes to the same reader."
    NEVER_MATCHES = "never-matches", "A rule can never decide, because stronger ones always do."
    NO_READER_LEVEL = "no-reader-level", "People in a place belong to no group that says which words they read."
    # Lint, warnings
    HELP_LINE_CLOSED = "help-line-closed", "A help line's own site is closed to somebody."
    NOBODY_TO_TURN_TO = "nobody-to-turn-to", "A page that cares names no adult at school, or no help line."
    REVIEW_PAST = "review-past", "The day on which a rule was to be looked at again is over."
    RULE_ENDED = "rule-ended", "The last day of a rule is over, so it decides nothing any more."
    NEVER_HOLDS = "never-holds", "None of a rule's times comes on its days, so that it never holds."
    CALENDAR_ENDS = "calendar-ends", "A calendar that rules go by has no more events, or soon will have none."
    REVIEW_SOON = "review-soon", "A rule is to be looked at again within 30 days."
    HARD_TO_READ = "hard-to-read", "A reason is longer than its reader can take in."
    WORD_TO_AVOID = "word-to-avoid", "A text on a page uses a word that blames or frightens."
    NO_ALTERNATIVE = "no-alternative", "A block offers nothing that people can do instead."
    NETWORK_IN_TWO_GROUPS = "network-in-two-groups", "A network lies within another whose devices are in other groups."
    STALE_LIST = "stale-list", "A list has not been refreshed for long."
    APP_OPENED_ELSEWHERE = (
        "app-opened-elsewhere",
        "A rule opens part of an app that a later rule closes to the same people.",
    )
    KEPT_OPEN_AND_LOCKED = (
        "kept-open-and-locked",
        "A rule keeps something open that a locked rule closes to the same people.",
    )
    DECRYPTS_EVERYTHING = "decrypts-everything", "A rule has nearly every connection of those it is for decrypted."
    NOT_SEEN_INSIDE = (
        "not-seen-inside",
        "A rule asks to see inside a site that is not decrypted, so that has no effect there.",
    )
    UNMET_OBLIGATION = (
        "unmet-obligation",
        "An allow asks for what cannot be done at a site that it is about, so the site is closed.",
    )
    NOTHING_TO_OBLIGE = "nothing-to-oblige", "An allow asks for what no site that it is about has."
    ID_NOT_ASKED = "id-not-asked", "An allow gives an id to a service that asks for none."
    ACCOUNT_NOT_TAKEN = "account-not-taken", "An allow names an account otherwise than its service does."
    CONTROL_ELSEWHERE = (
        "control-elsewhere",
        "A control names a host that is no part of its app, or a page of a host that it is not for.",
    )
    CLOSED_BY_OBLIGATION = (
        "closed-by-obligation",
        "An allow closes sites that it is about, since they do not have what it asks for.",
    )
    OBLIGATION_PASSED_OVER = (
        "obligation-passed-over",
        "A rule before it allows the same to everybody, without what this one asks for.",
    )
    WHOLE_SUFFIX = (
        "whole-suffix",
        "A name is of a company whose customers have the names below it, so it covers all of their sites.",
    )
    # Comments that silence
    ACCEPT_UNREADABLE = "accept-unreadable", "A comment for saywhy is not written as one that silences a problem."
    ACCEPT_WITHOUT_REASON = "accept-without-reason", "A comment silences a problem and does not say why."
    ACCEPT_UNKNOWN_CODE = (
        "accept-unknown-code",
        "A comment silences a code that there is not, or that cannot be silenced.",
    )
    ACCEPT_UNUSED = "accept-unused", "A comment silences a problem that is not there."


LINT: Final = frozenset({
    Code.HELP_LINE_CLOSED, Code.NOBODY_TO_TURN_TO,
    Code.CLOSED_ALTERNATIVE, Code.NEVER_MATCHES, Code.NO_READER_LEVEL, Code.REVIEW_PAST, Code.REVIEW_SOON,
    Code.HARD_TO_READ, Code.WORD_TO_AVOID, Code.NO_ALTERNATIVE, Code.NETWORK_IN_TWO_GROUPS, Code.STALE_LIST,
    Code.APP_OPENED_ELSEWHERE, Code.KEPT_OPEN_AND_LOCKED, Code.NOT_SEEN_INSIDE, Code.WHOLE_SUFFIX,
    Code.DECRYPTS_EVERYTHING, Code.RULE_ENDED, Code.UNMET_OBLIGATION,
    Code.ID_NOT_ASKED, Code.ACCOUNT_NOT_TAKEN, Code.CONTROL_ELSEWHERE, Code.NOTHING_TO_OBLIGE, Code.CLOSED_BY_OBLIGATION, Code.OBLIGATION_PASSED_OVER, Code.CALENDAR_ENDS, Code.NEVER_HOLDS,
    Code.CONTRAST_AAA, Code.BAD_PAGE,
})  # fmt: skip
ERRORS_OF_LINT: Final = frozenset({
    Code.CLOSED_ALTERNATIVE, Code.NEVER_MATCHES, Code.NO_READER_LEVEL, Code.UNMET_OBLIGATION,
    Code.BAD_PAGE,
})  # fmt: skip
