"""After a crash: what this process left open in the journal gets its closing before anything new begins."""

import asyncio

from demeure.assistant import Conversations, History, close_interrupted, finish_deletions
from demeure.assistant.tasks import Tasks
from demeure.errors import DemeureError
from demeure.folders import ACTS as FOLDER_ACTS
from demeure.gateway.applications import KEY_ACTS
from demeure.gateway.charter_room import CHARTER_ACTS
from demeure.gateway.classing import CLASSED
from demeure.gateway.contractor_room import CONTRACTOR_ACTS
from demeure.gateway.course_room import FOLLOWED
from demeure.gateway.directory import ACTS
from demeure.gateway.directory_room import ACTS as DIRECTORY_ACTS
from demeure.gateway.directory_room import FOLLOWED as DIRECTORY_FOLLOWED
from demeure.gateway.hook_room import ACTS as HOOK_ACTS
from demeure.gateway.incident_room import INCIDENT_ACTS
from demeure.gateway.journal_room import ERASED, JournalRoom
from demeure.gateway.legal_room import LEGAL_ACTS
from demeure.gateway.model_room import MODEL_ACTS
from demeure.gateway.policy_room import PolicyRoom
from demeure.gateway.provider_keeping import ACTS as PROVIDER_ACTS
from demeure.gateway.proving import PROVED
from demeure.gateway.register_room import REGISTER_ACTS
from demeure.gateway.retention import Keeping
from demeure.gateway.second_room import SECOND_ACTS
from demeure.gateway.sending import EXPORTED
from demeure.journal import Journal
from demeure.library import Catalogue, Library, Tending
from demeure.logs import note
from demeure.persons import ACTS as PERSON_ACTS
from demeure.words import ACTS as WORD_ACTS

SNAPSHOT_MADE = "snapshot-make"
OWN = (
    *(SNAPSHOT_MADE, "document-pin", "document-unpin"),
    *("signed-in", "link-presented", "link-created", "engines-reloaded", *ACTS),
    *("tls-certificate-presented", "model-chosen", "model-verified", "proof-asked", PROVED),
    *("space-gaps", EXPORTED, *FOLDER_ACTS, *WORD_ACTS, *KEY_ACTS, *CLASSED, *PERSON_ACTS, *LEGAL_ACTS),
    *(*SECOND_ACTS, *CHARTER_ACTS, *MODEL_ACTS, *CONTRACTOR_ACTS, *REGISTER_ACTS, *INCIDENT_ACTS, FOLLOWED),
    *(DIRECTORY_FOLLOWED, *DIRECTORY_ACTS.values(), *PROVIDER_ACTS.values(), *HOOK_ACTS.values()),
)
"""Intentions that the gateway itself writes; the assistant and the library know how to end theirs."""
_AGAIN_SECONDS = 0.5


async def recover(
    journal: Journal,
    conversations: Conversations,
    library: Library,
    history: History,
    catalogue: Catalogue | None = None,
    records: JournalRoom | None = None,
    tending: Tending | None = None,
    tasks: Tasks | None = None,
    policy: PolicyRoom | None = None,
    keeping: Keeping | None = None,
) -> int:
    """Answers with the text delivered so far, half-done additions and deletions, our own. Returns the closings.

    Tries again while the journal or a database does not answer: nothing is served meanwhile but the state.
    """
    while True:
        try:
            closed = await close_interrupted(journal, conversations)
            closed += await library.recover()
            closed += await finish_deletions(journal, history)
            closed += await tasks.close_interrupted() if tasks is not None else 0
            closed += await catalogue.recover() if catalogue is not None else 0
            closed += await tending.recover() if tending is not None else 0
            closed += await finish_erasures(journal, records) if records is not None else 0
            closed += await policy.recover() if policy is not None else 0
            closed += await keeping.recover() if keeping is not None else 0
            return closed + await close_own(journal)
        except DemeureError as problem:
            note("gateway", f"recovery waits: {problem.code()}")
            await asyncio.sleep(_AGAIN_SECONDS)


async def finish_erasures(journal: Journal, records: JournalRoom) -> int:
    """An erasure that was written is carried out, whatever became of who asked."""
    closed = 0
    for intention in await journal.open_intentions():
        if intention.entry.name == ERASED:
            await records.finish_erasure(intention)
            closed += 1
    return closed


async def close_own(journal: Journal) -> int:
    """Whether the link was used or the engines told, the process died before it could be said: interrupted."""
    closed = 0
    for intention in await journal.open_intentions():
        if intention.entry.name in OWN:
            await journal.close(intention, "interrupted")
            closed += 1
    return closed
