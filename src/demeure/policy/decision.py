"""What is decided, why, and by which rule: a value, never an exception, until someone asks for one."""

from dataclasses import dataclass
from enum import StrEnum

from demeure.policy.errors import Denied
from demeure.policy.subject import Right
from demeure.policy.terms import Terms


class Action(StrEnum):
    """Everything that is decided upon. A route, a command, a job names exactly one."""

    PAGE_VIEW = "page.view"
    SIGN_IN = "sign-in"
    ACCOUNT_CHANGE = "account.change"
    ASK = "ask"
    SPACE_READ = "space.read"
    SPACE_LIST = "space.list"
    SPACE_CREATE = "space.create"
    SPACE_APPOINT = "space.appoint"
    SPACE_RENAME = "space.rename"
    SPACE_SHARE = "space.share"
    SPACE_DELETE = "space.delete"
    SPACE_WORDS = "space.words"
    DOCUMENT_ADD = "document.add"
    DOCUMENT_READ = "document.read"
    DOCUMENT_OPEN = "document.open"
    DOCUMENT_DELETE = "document.delete"
    DOCUMENT_TAG = "document.tag"
    DOCUMENT_PIN = "document.pin"
    SNAPSHOT_KEEP = "snapshot.keep"
    DOCUMENT_TEND = "document.tend"
    SPACE_TEND = "space.tend"
    MODEL_USE = "model.use"
    MODEL_CHANGE = "model.change"
    HOUSE_STATUS = "house.status"
    HOUSE_ADMINISTER = "house.administer"
    HOUSE_PROVE = "house.prove"
    HOUSE_WATCH = "house.watch"
    HOUSE_WORDS = "house.words"
    POLICY_READ = "policy.read"
    POLICY_CHANGE = "policy.change"
    SPACE_CLASS = "space.class"
    DOCUMENT_CLASS = "document.class"
    SPACE_HOLD = "space.hold"
    PEOPLE_ADMINISTER = "people.administer"
    GROUP_ADMINISTER = "group.administer"
    CONVERSATION_READ = "conversation.read"
    CONVERSATION_WRITE = "conversation.write"
    CONVERSATION_EXPORT = "conversation.export"
    LINK_CREATE = "link.create"
    RIGHTS_READ = "rights.read"
    RIGHTS_REVIEW = "rights.review"
    CHARTER_CHANGE = "charter.change"
    LEGAL_SEE = "legal.see"
    LEGAL_ASK = "legal.ask"
    LEGAL_GRANT = "legal.grant"
    LEGAL_READ = "legal.read"
    CONTRACTOR_SEE = "contractor.see"
    CONTRACTOR_KEEP = "contractor.keep"
    CONTRACTOR_OPEN = "contractor.open"
    CONTRACTOR_APPROVE = "contractor.approve"
    CONTRACTOR_CLOSE = "contractor.close"
    CONSOLE_USE = "console.use"
    JOURNAL_READ_OWN = "journal.read-own"
    JOURNAL_READ = "journal.read"
    JOURNAL_KEEP = "journal.keep"
    PERSON_ERASE = "person.erase"
    PERSON_FIND = "person.find"
    PERSON_ANSWER = "person.answer"
    PERSON_EXPORT = "person.export"
    FOLDER_ADMINISTER = "folder.administer"
    KEY_ADMINISTER = "key.administer"
    KEY_USE = "key.use"
    REGISTER_READ = "register.read"
    REGISTER_CHANGE = "register.change"
    INCIDENT_KEEP = "incident.keep"
    TASK_USE = "task.use"
    TASK_ADMINISTER = "task.administer"
    WORK_READ = "work.read"
    WORK_WRITE = "work.write"
    WORK_OPEN = "work.open"
    WORK_SHARE = "work.share"


DECLARED_DIRECTORY = "declared-directory"
"""Of accounts: the house follows a directory that its owner declared."""
HELD, VISA, PAST_KEEPING = "held", "visa", "past-keeping"
"""A legal hold keeps it; the archives gave the number of a visa to destroy it; its class keeps it no longer."""
NO_SNAPSHOTS, DISK_IN_CLEAR = "no-snapshots", "disk-in-clear"
READING_OPEN = "reading-open"
"""Of a reading on a legal ground: a second person granted it, and its time is not over."""
LOWERS, RAISES = "class-lowers", "class-raises"
"""Of a change of class: out of ``sensitivity`` to a lower one; into ``sensitivity`` from a lower one."""


@dataclass(frozen=True)
class Resource:
    """What it is about. ``right``: the actor's right on ``space`` (identity's Membership tells it; for a question
    over several spaces, the lowest of them).

    ``name`` is shown to people (the space's name, mostly); ``owner``: id of the actor it belongs to. ``marks``:
    what else a rule must know of it (``NO_SNAPSHOTS``, ``DISK_IN_CLEAR``, ``LOWERS``, ``RAISES``).

    For the policy: ``sensitivity``, the class of the thing itself (a document's own, the highest that a
    conversation touched); ``model``: what would read it; ``format``: of the file it would leave as; ``terms``: what
    binds it, None for what the policy in force says of its space and of its class.
    """

    kind: str
    id: str = ""
    name: str = ""
    space: str = ""
    owner: str = ""
    right: Right = Right.NONE
    marks: frozenset[str] = frozenset()
    sensitivity: str = ""
    model: str = ""
    format: str = ""
    terms: Terms | None = None

    @property
    def shown(self) -> str:
        return self.name or self.space or self.id


@dataclass(frozen=True)
class Reason:
    """One sentence a mayor understands, in both languages, under a stable code."""

    code: str
    fr: str
    en: str

    def sentence(self, language: str = "fr") -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Decision:
    """``rule``: name of the rule that decided, for the journal."""

    allowed: bool
    reasons: tuple[Reason, ...]
    rule: str

    def sentence(self, language: str = "fr") -> str:
        return " ".join(reason.sentence(language) for reason in self.reasons)

    def require(self) -> None:
        """Raise Denied, with the reasons, unless allowed."""
        if not self.allowed:
            raise Denied(rule=self.rule, why_fr=self.sentence("fr"), why_en=self.sentence("en"))
