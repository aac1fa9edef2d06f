"""What each operation of the control door asks of policy, as data: ``docs/rights.md`` lists them, the door applies
them before anything runs. A new operation without a line here does not open."""

from collections.abc import AsyncIterator, Awaitable, Mapping

from demeure.policy import Action, Actor, Resource, decide
from demeure.wire import Handler, Reply, Request

_A = Action
_BY_ACTION: Mapping[Action, str] = {
    _A.HOUSE_STATUS: "status doctor journal.head",
    _A.ASK: "ask documents.bring search documents.wait mcp.message spaces.questions",
    _A.SPACE_READ: "spaces.list documents.list",
    _A.SPACE_CREATE: "spaces.create",
    _A.SPACE_DELETE: "spaces.delete",
    _A.SPACE_SHARE: "spaces.give",
    _A.SPACE_CLASS: "spaces.class",
    _A.SPACE_TEND: "documents.health",
    _A.SPACE_HOLD: "policy.hold policy.visa",
    _A.DOCUMENT_ADD: "documents.add documents.replace",
    _A.DOCUMENT_READ: (
        "documents.show documents.marks documents.versions documents.compare personal.hide personal.restore"
    ),
    _A.DOCUMENT_DELETE: "documents.delete",
    _A.DOCUMENT_TAG: "documents.tag",
    _A.DOCUMENT_PIN: "documents.ready",
    _A.DOCUMENT_TEND: "documents.care",
    _A.DOCUMENT_CLASS: "documents.class",
    _A.CONVERSATION_EXPORT: "files.answer",
    _A.HOUSE_WORDS: "words.add words.export words.import words.list words.remove words.text words.write",
    _A.TASK_USE: "tasks.file tasks.list tasks.run tasks.section tasks.show",
    _A.TASK_ADMINISTER: "tasks.add",
    _A.WORK_READ: "tasks.send tasks.work tasks.works",
    _A.WORK_WRITE: "tasks.review",
    _A.MODEL_CHANGE: "engines.reload models.decided models.read",
    _A.HOUSE_ADMINISTER: (
        "backup.begin backup.changed backup.end backup.there-names backup.there-read backup.there-remove "
        "backup.there-write directory.changed hooks.changed hooks.list hooks.test provider.changed release.changed "
        "routes.changed routes.clock routes.mail routes.stamp routes.test spaces.rekey tls.begin tls.renew"
    ),
    _A.HOUSE_PROVE: "prove.begin prove.end prove.evidence",
    _A.JOURNAL_READ: "journal.chain journal.show journal.verified",
    _A.JOURNAL_KEEP: (
        "evidence.parts evidence.summary journal.attest journal.checkpoint journal.checkpoint-sheet "
        "journal.export journal.proof journal.prune "
        "journal.receipt journal.timestamp-keep journal.witness-keep journal.witness-request journal.witness-sign"
    ),
    _A.PERSON_ERASE: "journal.erase persons.erase",
    _A.PERSON_FIND: "persons.find",
    _A.PERSON_ANSWER: (
        "persons.choose persons.close persons.extend persons.letter persons.list persons.open persons.refuse "
        "persons.search persons.show"
    ),
    _A.PERSON_EXPORT: "persons.export",
    _A.POLICY_READ: "policy.explain policy.history policy.show",
    _A.POLICY_CHANGE: "policy.apply policy.approve policy.check policy.drop policy.rollback policy.simulate",
    _A.PEOPLE_ADMINISTER: (
        "directory.check directory.release directory.status directory.sync provider.check provider.list "
        "people.add people.close people.import people.link people.list people.reopen people.role "
        "people.second-reset people.sessions people.sessions-end"
    ),
    _A.GROUP_ADMINISTER: "groups.add groups.create groups.delete groups.list groups.remove",
    _A.LINK_CREATE: "link.create",
    _A.RIGHTS_READ: "people.rights",
    _A.LEGAL_SEE: "people.readings",
    _A.CONTRACTOR_SEE: "contractor.list contractor.replay contractor.report evidence.windows",
    _A.CONTRACTOR_KEEP: "contractor.add contractor.person",
    _A.CONTRACTOR_OPEN: "contractor.extend contractor.open",
    _A.CONTRACTOR_CLOSE: "contractor.close",
    _A.CONSOLE_USE: "contractor.enter contractor.run",  # the machine holds the door; the room asks who types
    _A.CHARTER_CHANGE: "charter.show charter.write",
    _A.REGISTER_READ: (
        "courses.list registers.checks registers.file registers.list registers.show registers.text registers.texts"
    ),
    _A.REGISTER_CHANGE: "registers.put-back registers.sign registers.write",
    _A.INCIDENT_KEEP: (
        "incidents.close incidents.file incidents.fill incidents.list incidents.open incidents.show incidents.tell"
    ),
    _A.KEY_ADMINISTER: "keys.add keys.limit keys.list keys.revoke keys.rotate",
    _A.FOLDER_ADMINISTER: (
        "sources.add sources.change sources.confirm sources.list sources.pause sources.remove sources.resume "
        "sources.scan sources.show"
    ),
}

COMMAND_ACTIONS: Mapping[str, Action] = {
    operation: action for action, operations in _BY_ACTION.items() for operation in operations.split()
}
"""Operation on the wire → the action that the door decides."""


def guarded(operation: str, actor: Actor, handler: Handler) -> Handler:
    """``handler``, once policy let ``actor`` have it. The rooms decide again, on the thing itself."""

    def decided(request: Request) -> Awaitable[Reply] | AsyncIterator[Reply]:
        asked = Resource("command", name=operation, owner=actor.id)
        decide(actor, COMMAND_ACTIONS[operation], asked).require()
        return handler(request)

    return decided
