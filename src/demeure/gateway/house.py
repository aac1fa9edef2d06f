"""The house as the gateway sees it: one frozen object made of plain parts, and the ports that those parts obey."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from demeure.assistant import Event, Going, Source, Through
from demeure.assistant.tasks import Listing, Playback, Tasks
from demeure.backup import Standing, nothing_declared
from demeure.clock import Clock, SystemClock
from demeure.engine import FairQueue
from demeure.gateway.applications import Applications
from demeure.gateway.catalogue import Cataloguing, DocumentRow, Finds
from demeure.gateway.classing import Classing
from demeure.gateway.directory_room import DirectoryRoom
from demeure.gateway.exits import Exits, Told
from demeure.gateway.followed import Following
from demeure.gateway.gauge import Gauge
from demeure.gateway.hook_room import HookRoom
from demeure.gateway.journal_room import JournalRoom
from demeure.gateway.model_room import ModelRoom
from demeure.gateway.papers import Papers
from demeure.gateway.people_ports import Account, Directory, Reception
from demeure.gateway.policy_room import PolicyRoom
from demeure.gateway.proofs import Proofs
from demeure.gateway.provider_room import ProviderRoom
from demeure.gateway.proving import Proving
from demeure.gateway.pulse import Pulse
from demeure.gateway.rate import Attempts
from demeure.gateway.register_room import RegisterRoom
from demeure.gateway.rendering import Rendering
from demeure.gateway.safeguards import Safeguards
from demeure.gateway.sending import Sending
from demeure.gateway.tended import Compares, Examines, Keeping, Tends
from demeure.gateway.threshold import Certificate, Threshold, no_authority
from demeure.gateway.vault_room import Vaults
from demeure.gateway.ways_out import WaysOut
from demeure.gateway.wordbook import Wordbook
from demeure.host import Audit
from demeure.journal import Journal
from demeure.library import Document, Marked, View
from demeure.persons import PersonRoom
from demeure.policy import Actor, Decision, Resource
from demeure.release.standing import Release, nothing_installed
from demeure.settings import Settings
from demeure.supervision import Supervision
from demeure.workshop import PageImage

Decide = Callable[[Actor, str, Resource], Decision]


@dataclass(frozen=True)
class Space:
    """A space the actor may see. ``documents``: how many it holds; ``may_add``: the actor may add and remove;
    ``manages``: the actor decides who sees it; ``gathers``: questions that find no answer there are shown to who
    does."""

    id: str
    name: str
    documents: int
    may_add: bool = True
    manages: bool = False
    gathers: bool = False


@dataclass(frozen=True)
class Added:
    """What became of an upload. ``new``: False when the same bytes were already there (as ``document``)."""

    document: DocumentRow
    new: bool


@dataclass(frozen=True)
class Past:
    """One of a list. ``title``: its first question, or its name. ``excerpt``: (before, the word found, after)."""

    conversation: str
    title: str
    updated_at: datetime
    excerpt: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class About:
    """A conversation. ``spaces``: ids of those chosen last; empty: all one may read. ``sensitivity``: the highest
    class that it touched, empty when it touched none."""

    conversation: str
    title: str
    spaces: tuple[str, ...]
    sensitivity: str = ""


@dataclass(frozen=True)
class Exchange:
    """A question and what was answered. ``outcome``: done, interrupted, failed, or open while it is written.
    ``chain`` and ``journal``: its entries, and the index of the first. ``details``: see assistant.events.Closed.
    ``again``: the message that this one tries again. ``ended_at``: when its last word was kept.
    ``withdrawn``: its words and some sources are not shown, the right to read their space having been withdrawn."""

    message: str
    question: str
    text: str
    outcome: str
    sources: tuple[Source, ...]
    chain: str = ""
    journal: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    again: str = ""
    ended_at: datetime | None = None
    withdrawn: bool = False


class Shelves(Protocol):
    """The documents and their spaces. Rights are checked inside too; what is not visible does not exist."""

    async def spaces(self, actor: Actor) -> list[Space]: ...

    async def readable(self, actor: Actor) -> dict[str, str]:
        """Space → name, of those one may read: what a question needs to know, without counting documents."""
        ...

    async def create_space(self, actor: Actor, name: str) -> Space: ...

    async def delete_space(self, actor: Actor, space: str) -> None:
        """Erase the space, its documents and its key."""
        ...

    async def documents(self, actor: Actor, space: str) -> list[DocumentRow]:
        """Newest first."""
        ...

    async def document(self, actor: Actor, document: str) -> DocumentRow:
        """Raises the library's own error when it does not exist or is not visible."""
        ...

    async def add(
        self,
        actor: Actor,
        space: str,
        name: str,
        stream: AsyncIterator[bytes],
        *,
        door: str = "unknown",
        path: str = "",
    ) -> Added:
        """Durable on return. When ``stream`` raises, nothing is kept and the error goes through."""
        ...

    async def delete(self, actor: Actor, document: str) -> None: ...


class Viewer(Protocol):
    """Looking at a place of a document. Rights are asked at every call, every look is written before it is given;
    what the actor may not see does not exist (the library's DocumentUnknown)."""

    async def view(
        self, actor: Actor, document: str, *, page: int | None = None, passage: int | None = None
    ) -> View:
        """The text about a page, about a passage, or (neither) the beginning. Raises DocumentUnknown, PageAbsent,
        PassageUnknown."""
        ...

    async def image(self, actor: Actor, document: str, page: int, width: int) -> PageImage:
        """The picture of a page. Raises DocumentUnknown, PageAbsent, DocumentUnreadable, JobFailed and the store's
        errors about an original."""
        ...

    async def original(self, actor: Actor, document: str) -> tuple[Document, Iterator[bytes]]:
        """The file as it was brought (a blocking iterator)."""
        ...

    async def orders(self, actor: Actor, document: str) -> list[str]:
        """The first sentences that are meant for an assistant; empty when there is none."""
        ...

    async def marks(self, actor: Actor, document: str, first: int = 0) -> Marked:
        """Personal data of it and why they are marked, from part ``first`` on."""
        ...

    async def card(self, actor: Actor, document: str) -> tuple[Document, str, str]:
        """The document, the name of its space, of who brought it (empty: the machine)."""
        ...


class Asking(Protocol):
    """See ``demeure.assistant``: closing its generator stops the engine and closes the entry; see Going."""

    def ask(
        self,
        actor: Actor,
        question: str,
        spaces: Sequence[str],
        conversation: str | None = None,
        language: str = "fr",
        *,
        chosen: Sequence[str] | None = None,
        again: str = "",
        after: str | None = None,
        documents: Sequence[str] = (),
        through: Through | None = None,
    ) -> AsyncGenerator[Event]: ...


class Memory(Protocol):
    """Conversations of one person; another person's do not exist."""

    async def recent(self, actor: Actor, limit: int, skip: int = 0) -> list[Past]:
        """Newest first."""
        ...

    async def search(self, actor: Actor, said: str, limit: int) -> list[Past]:
        """Those that hold every word of ``said``, newest first, with an excerpt."""
        ...

    async def about(self, actor: Actor, conversation: str) -> About:
        """Raises the assistant's ConversationUnknown."""
        ...

    async def conversation(self, actor: Actor, conversation: str) -> list[Exchange]:
        """Oldest first. Raises the assistant's ConversationUnknown."""
        ...

    async def rename(self, actor: Actor, conversation: str, title: str) -> None:
        """Journalled. Raises the assistant's ConversationUnknown and TitleEmpty."""
        ...

    async def delete(self, actor: Actor, conversation: str) -> None:
        """Journalled; nothing of it is left in the house's database. Raises the assistant's ConversationUnknown."""
        ...

    async def review(self, actor: Actor, conversation: str, message: str, at: datetime) -> None:
        """« I have read it again », in the actor's name. Journalled. Raises the assistant's ConversationUnknown."""
        ...


class Porter(Protocol):
    """The supervisor, asked through the doors."""

    async def status(self) -> dict[str, Any]:
        """The JSON of ``demeure status``."""
        ...

    async def reload_engines(self) -> None:
        """Read the active models again; restart the engines whose model changed."""
        ...

    async def run_errand(self, errand: str) -> None:
        """Have the launcher start a command of its own beside the house: « backup », « rehearse »…"""

    async def prove(self) -> None:
        """Have a proof of the walls started outside them; it tells its end through the control door."""


@dataclass(frozen=True)
class ModelLine:
    """One model. Sizes in bytes; ``needed`` memory of it against what is ``available`` once the house is served.
    ``used_for``: chat, embed or nothing. ``looked``: running, same, altered, failed, or empty when not verified in
    this life of the house; ``share``: hundredths read; ``looked_at``: when that reading ended."""

    id: str
    kind: str
    title_fr: str
    title_en: str
    licence: str
    size: int
    needed: int
    available: int
    installed: bool
    used_for: str = ""
    sha256: str = ""
    looked: str = ""
    share: int = 0
    looked_at: datetime | None = None


@dataclass(frozen=True)
class Inventory:
    """The models, and the machine: memory in bytes, cores. ``bench``: what « demeure bench machine » found here,
    None when it was never run or cannot be read."""

    lines: tuple[ModelLine, ...]
    memory: int
    cores: int
    bench: Mapping[str, Any] | None = None


class ModelShelf(Protocol):
    """The models of this instance. What changes anything is decided and journalled inside."""

    async def inventory(self) -> Inventory: ...

    async def use(self, actor: Actor, slot: str, model: str, *, anyway: bool = False) -> None:
        """Give the place to the model; its engine restarts. Raises Denied, the models' own errors; ModelFalls and
        ModelUnmeasured unless ``anyway``, which the journal tells."""

    async def verify(self, actor: Actor, model: str) -> None:
        """Begin to read its file to the end, or do nothing when that is under way. Raises as ``use``."""

    async def read_apart(self, actor: Actor, found: Mapping[str, str]) -> None:
        """A command read files to the end: model → the SHA-256 found, empty when it could not be. Raises Denied."""


@dataclass(frozen=True)
class House:
    """All that a page needs. Made once by ``role.compose`` (or by a test, from fakes)."""

    settings: Settings
    clock: Clock
    reception: Reception
    account: Account
    directory: Directory
    applications: Applications
    shelves: Shelves
    viewer: Viewer
    catalogue: Cataloguing
    folders: Following
    finder: Finds
    tending: Tends
    comparing: Compares
    health: Examines
    assistant: Asking
    dossiers: Keeping
    memory: Memory
    tasks: Tasks
    works: Listing
    playback: Playback
    journal: Journal
    records: JournalRoom
    persons: PersonRoom
    proving: Proving
    porter: Porter
    decide: Decide
    pulse: Pulse
    rendering: Rendering
    papers: Papers
    sending: Sending
    words: Wordbook
    attempts: Attempts
    models: ModelShelf
    model_room: ModelRoom
    gauge: Gauge
    policy: PolicyRoom
    classing: Classing
    port: int
    """The port really listened on: part of the Host header and of the cookie's name."""
    ladder: str = "A"
    patience: float = 30.0
    """Seconds a reader may take to accept bytes, or a sender to send some."""
    threshold: Threshold | None = None
    """The certificate that pages are served under; None: plain HTTP, on loopback."""
    certificate: Certificate = no_authority
    ways_out: WaysOut | None = None
    directories: DirectoryRoom | None = None
    providers: ProviderRoom | None = None
    hooks: HookRoom | None = None
    queue: FairQueue | None = None
    vaults: Vaults | None = None
    """Routes, directories, providers, webhooks, the queue of the chat engine's places, keys; None: a test's."""
    safeguards: Safeguards | None = None
    """What protects accounts beside the password; None: of a test that has none."""
    registers: RegisterRoom | None = None
    """The registers of accountability; None: of a test that has none."""
    backups: Callable[[], Standing] = nothing_declared
    """How the backups stand (blocking)."""
    release: Callable[[], Release | None] = nothing_installed
    """What runs, as an installation wrote it (blocking)."""
    audit: Callable[[], Audit | None] = lambda: None
    """The last audit of the machine around (blocking), if any."""
    going: Going = field(default_factory=Going)
    """Answers on their way, whoever watches."""
    supervision: Supervision = field(default_factory=lambda: Supervision(SystemClock()))
    """What the house measures of itself."""
    exits: Exits = field(default_factory=Exits)
    """What was last seen of the sockets that nobody declared."""

    @property
    def proofs(self) -> Proofs:
        """The last proof of the walls."""
        return self.proving.proofs

    @property
    def told(self) -> Told:
        """What may be told now of what leaves: the one answer of every page. Reads the files of routes."""
        routes = self.ways_out.opened() if self.ways_out is not None else ()
        return self.exits.told(self.proofs.standing(self.clock.now()), routes)

    @property
    def address(self) -> str:
        """Where people find the first page: ``https://demeure.mairie.lan:8420``."""
        if self.threshold is not None:
            return f"https://{self.threshold.address}" + ("" if self.port == 443 else f":{self.port}")
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"http://{host}:{self.port}"
