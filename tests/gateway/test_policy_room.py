"""The policy read and changed: tried, journalled, approved by another, brought back; dry runs; classes; holds."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from demeure.clock import SystemClock
from demeure.errors import DemeureError, InputError
from demeure.gateway import replaying, telling
from demeure.gateway.classing import Classing, Things
from demeure.gateway.policy_checked import told_gone, told_past, told_strangers
from demeure.gateway.policy_desk import PolicyDesk
from demeure.gateway.policy_room import APPLIED, DROPPED, PROPOSED, PolicyRoom
from demeure.gateway.replaying import ACTIONS
from demeure.gateway.sending import ToSend
from demeure.identity import (
    ClassUnknown,
    PersonUnknown,
    PolicyCasesFail,
    PolicyMoved,
    PolicyOwnWord,
    PolicySame,
    PolicyUnknown,
)
from demeure.journal import Draft
from demeure.policy import (
    Action,
    Actor,
    Denied,
    Force,
    PolicyWaits,
    Resource,
    Role,
    RouteTerms,
    decide,
    default_policy,
    default_policy_text,
    in_force,
    machine_actor,
    put_in_force,
    read_policy,
)
from demeure.policy.errors import PolicyContradicts
from demeure.testing.gateway import FakeRooms, FakeShelves, make_house
from demeure.testing.journal import MemoryJournal
from demeure.testing.policies import FakeRights, MemoryPolicies
from demeure.wire import Request

TEXT = default_policy_text()
CHIEF = Actor("person", "p1", "Jean", frozenset({Role.ADMINISTRATOR}))
DPO = Actor("person", "p4", "Dora", frozenset({Role.DPO}))
AGENT = Actor("person", "p2", "Anne", frozenset({Role.AGENT}))
TWO = TEXT.replace("approval = 1", "approval = 2")
STRICT = TEXT.replace('exports = "any"', 'exports = ["pdf"]')


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    put_in_force(Force(default_policy()))


class Ruled:
    """A room over memory."""

    def __init__(self) -> None:
        self.kept, self.journal, self.shelves = MemoryPolicies(), MemoryJournal(), FakeShelves()
        self.people = people = {one.id: one for one in (CHIEF, DPO, AGENT)}
        there = FakeRights(self.shelves, self.kept)
        self.room = PolicyRoom(
            self.kept, self.journal, SystemClock(), who=people.get, things=Things(there, there).called
        )
        self.classing = Classing(self.kept, there, there, self.journal)
        self.kept.load()

    def do(self, work: Any) -> Any:
        return asyncio.run(work)

    def written(self) -> list[tuple[str, str | None]]:
        return [(one.name, one.outcome) for one in self.journal.entries]


@pytest.fixture
def ruled() -> Ruled:
    return Ruled()


def test_a_change_is_in_the_journal_with_its_hash_and_holds_at_once(ruled: Ruled) -> None:
    export = Resource("conversation", owner=AGENT.id, sensitivity="interne", format="docx")
    assert decide(AGENT, Action.CONVERSATION_EXPORT, export).allowed
    made = ruled.do(ruled.room.change(CHIEF, STRICT, after=0, reason="PDF seulement"))
    assert (made.number, made.by, made.reason) == (1, CHIEF.id, "PDF seulement")
    assert decide(AGENT, Action.CONVERSATION_EXPORT, export).rule == "class-format"
    opened, closed = ruled.journal.entries
    assert (opened.name, opened.object, opened.decision) == (
        APPLIED,
        f"version=1 sha256={made.digest}",
        "administrator",
    )
    assert closed.outcome == "done" and in_force().policy.digest == made.digest
    back = ruled.do(ruled.room.rollback(DPO, 0, after=1))
    assert (back.number, back.former) == (2, 0) and in_force().policy.digest == default_policy().digest


@pytest.mark.parametrize(
    ("who", "text", "after", "refusal"),
    [
        (AGENT, STRICT, 0, Denied),
        (CHIEF, STRICT, 3, PolicyMoved),
        (CHIEF, TEXT, 0, PolicySame),
        (CHIEF, TEXT.replace("exports = []", 'exports = "any"'), 0, DemeureError),
        (CHIEF, TEXT + '\n[[case]]\nname = "x"\naction = "document.open"\nexpect = "allow"\n', 0, PolicyCasesFail),
        (CHIEF, "version = [", 0, DemeureError),
    ],
)
def test_what_may_not_be_applied_changes_nothing(
    ruled: Ruled, who: Actor, text: str, after: int, refusal: type[DemeureError]
) -> None:
    with pytest.raises(refusal) as told:
        ruled.do(ruled.room.change(who, text, after=after, file="mairie.toml"))
    assert "policy.toml" not in told.value.sentence("fr"), "its own file is named"
    assert not ruled.kept.rows and in_force().policy.digest == default_policy().digest
    assert all(outcome in (None, "refused", "failed") for _, outcome in ruled.written())


def test_two_people_are_two(ruled: Ruled) -> None:
    ruled.do(ruled.room.change(CHIEF, TWO, after=0))
    proposed = ruled.do(ruled.room.change(CHIEF, STRICT, after=1))
    assert proposed.waits and in_force().policy.approval == 2 and ruled.written()[-2][0] == PROPOSED
    with pytest.raises(PolicyOwnWord):
        ruled.do(ruled.room.approve(CHIEF, 2))
    with pytest.raises(Denied):
        ruled.do(ruled.room.approve(AGENT, 2))
    assert ruled.do(ruled.room.sheet(DPO)).may_approve and not ruled.do(ruled.room.sheet(CHIEF)).may_approve
    assert ruled.do(ruled.room.approve(DPO, 2)).approved_by == DPO.id
    assert in_force().policy.approval == 1
    for act in (ruled.room.approve, ruled.room.drop):
        with pytest.raises(PolicyMoved):
            ruled.do(act(DPO, 2))


def test_the_accounts_of_the_machine_are_one_hand(ruled: Ruled) -> None:
    ruled.do(ruled.room.change(CHIEF, TWO, after=0))
    owner, root = (machine_actor(uid, 1000, "x") for uid in (1000, 0))
    ruled.do(ruled.room.change(owner, STRICT, after=1))
    with pytest.raises(PolicyOwnWord):
        ruled.do(ruled.room.approve(root, 2))
    assert not ruled.do(ruled.room.sheet(root)).may_approve
    ruled.do(ruled.room.approve(CHIEF, 2))


def test_one_person_is_not_enough_once_two_are_wanted_and_not_yet_loaded(ruled: Ruled) -> None:
    ruled.kept.add(1, read_policy(TWO), CHIEF.id, after=0, apply=True)
    with pytest.raises(PolicyMoved):
        ruled.do(ruled.room.change(CHIEF, STRICT, after=1))
    assert ruled.kept.current().number == 1


def test_no_proposal_takes_the_place_of_one_that_waits(ruled: Ruled) -> None:
    ruled.do(ruled.room.change(CHIEF, TWO, after=0))
    ruled.do(ruled.room.change(CHIEF, STRICT, after=1))
    with pytest.raises(PolicyWaits) as refused:
        ruled.do(ruled.room.change(DPO, STRICT + "\n", after=1))
    assert "version 2" in refused.value.sentence("fr") and "drop 2" in refused.value.sentence("en")
    assert [one.number for one in ruled.kept.history() if one.waits] == [2]
    assert ruled.written()[-1] == (f"{PROPOSED}-closed", "failed")
    ruled.do(ruled.room.drop(DPO, 2))
    assert ruled.written()[-2][0] == DROPPED, "who refused it is in the journal"
    assert ruled.do(ruled.room.change(DPO, STRICT + "\n", after=1)).number == 3
    ruled.do(ruled.room.drop(CHIEF, 3))
    assert ruled.kept.waiting() is None and ruled.kept.current().number == 1


def test_a_crash_is_closed_as_the_database_says(ruled: Ruled) -> None:
    async def left(name: str, version: int, digest: str) -> None:
        about = f"version={version} sha256={digest}"
        await ruled.journal.intention(Draft("administration", name, chain="c", actor="p1", object=about))

    ruled.do(ruled.room.change(CHIEF, STRICT, after=0))
    ruled.do(left(APPLIED, 1, in_force().policy.digest))
    ruled.do(left(APPLIED, 2, "0" * 64))
    assert ruled.do(ruled.room.recover()) == 2
    assert [outcome for _, outcome in ruled.written()[-2:]] == ["done", "interrupted"]


def test_a_dry_run_tells_which_decisions_would_change(ruled: Ruled) -> None:
    async def wrote(name: str, decision: str, about: str, actor: str = "p2", space: str | None = None) -> None:
        draft = Draft("extension", name, "intention", chain=name, actor=actor, object=about, decision=decision)
        await ruled.journal.close(await ruled.journal.intention(draft), "done")

    ruled.do(wrote("file-exported", "own-conversation", "docx"))
    ruled.do(wrote("file-exported", "own-conversation", "pdf"))
    ruled.do(wrote("document-delete", "not-a-member", "d1"))  # refused by the house: whatever the policy says
    ruled.do(wrote("document-open", "reader", "d1", actor="gone"))  # nobody any more
    ruled.do(wrote("clock-step", "", "x"))
    ruled.do(wrote("model-chosen", "administrator", "petit", actor="p1"))
    rule = '[[rule]]\nname = "modeles"\nactions = ["model.change"]\nwhy = "Pas maintenant."\n'
    checked, found = ruled.do(ruled.room.simulate(DPO, TEXT + rule))
    assert not checked.failures and (found.looked, found.total) == (3, 1)
    (changed,) = found.changed
    assert (changed.action, changed.before, changed.after) == (Action.MODEL_CHANGE, True, False)
    assert changed.rule == "policy:modeles" and changed.why["fr"] == "Pas maintenant."
    assert found.names == {"p1": "Jean"}, "they are told by their names"
    ruled.do(ruled.room.change(CHIEF, TEXT + rule, after=0))
    ruled.do(wrote("model-chosen", "policy:modeles", "grand", actor="p1"))
    _, undone = ruled.do(ruled.room.simulate(DPO, TEXT))
    assert undone.counts == {("model.change", True): 1}, "what was refused would be allowed"
    with pytest.raises(Denied):
        ruled.do(ruled.room.simulate(AGENT, TEXT))
    assert ruled.kept.rows.keys() == {1}, "a dry run changes nothing"
    assert set(ACTIONS.values()) <= set(Action)


def test_a_dry_run_judges_a_question_once_however_often_it_was_put(
    ruled: Ruled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries by the hundred thousand are read in seconds, not in minutes."""
    asked, real = list[Action](), replaying.judged

    def counted(actor: Actor, action: Action, about: Resource) -> Any:
        asked.append(action)
        return real(actor, action, about)

    async def exported() -> None:
        for form in ("docx", "pdf") * 40:
            told = {"actor": "p2", "object": form, "space": "mairie", "decision": "own-conversation"}
            await ruled.journal.record(Draft("extension", "file-exported", "fact", chain="c", **told))

    monkeypatch.setattr(replaying, "judged", counted)
    ruled.do(exported())
    _, found = ruled.do(ruled.room.simulate(DPO, STRICT))
    assert (found.looked, found.total, len(asked)) == (80, 40, 4), "two formats, under two policies"


def test_a_dry_run_knows_what_is_held(ruled: Ruled) -> None:
    """What a hold refused, a change of policy would not allow."""

    async def refused() -> None:
        draft = Draft(
            "administration", "document-delete", "fact", actor="p2", space="mairie", decision="legal-hold"
        )
        await ruled.journal.record(draft)

    ruled.do(ruled.classing.hold_space(AGENT, "mairie", "Procédure"))
    ruled.do(refused())
    _, found = ruled.do(ruled.room.simulate(DPO, STRICT))
    assert (found.looked, found.total) == (1, 0)


def test_a_dry_run_counts_the_deletion_of_a_space(ruled: Ruled) -> None:
    """A space that was deleted is what its entry is about, not where it happened."""

    async def deleted() -> None:
        draft = Draft(
            "administration", "space-delete", "fact", actor="p2", object="mairie", decision="space-manager"
        )
        await ruled.journal.record(draft)

    ruled.do(deleted())
    rule = '[[rule]]\nname = "jamais"\nactions = ["space.delete"]\nclasses = ["interne"]\nwhy = "Non."\n'
    _, found = ruled.do(ruled.room.simulate(DPO, TEXT + rule))
    assert found.counts == {("space.delete", False): 1}


def test_a_dry_run_knows_that_another_default_is_for_spaces_to_come(ruled: Ruled) -> None:
    async def deleted() -> None:
        draft = Draft(
            "administration", "document-delete", "fact", actor="p2", space="mairie", decision="space-manager"
        )
        await ruled.journal.record(draft)

    ruled.do(deleted())
    rule = '[[rule]]\nname = "rien"\nactions = ["document.delete"]\nclasses = ["tres-sensible"]\nwhy = "Non."\n'
    for default in ("tres-sensible", "interne"):
        text = TEXT.replace('default = "interne"', f'default = "{default}"') + rule
        assert not ruled.do(ruled.room.simulate(DPO, text))[1].total, default
    ruled.do(ruled.classing.class_space(AGENT, "mairie", "tres-sensible"))
    assert ruled.do(ruled.room.simulate(DPO, TEXT + rule))[1].total == 1


def test_what_a_text_would_have_erased_is_told_before_it_holds(ruled: Ruled) -> None:
    def past(force: Force) -> tuple[int, int, int, int]:
        keep = force.policy.sensitivity("interne").keep
        return (3, 1, 2, 0) if keep.documents == 30 else (0, 0, 0, 12) if keep.journal == 30 else (0, 0, 0, 0)

    room = PolicyRoom(*(ruled.kept, ruled.journal, SystemClock()), who=dict, things=lambda *_: None, past=past)  # type: ignore[arg-type,return-value]
    short = TEXT.replace('documents = "unlimited"', "documents = 30")
    told = told_past(ruled.do(room.check(DPO, short)))
    assert told["fr"].endswith("la maison effacera\u00a0: 3 documents, 1 conversation, 2 travaux.")
    assert told["en"].endswith("once it holds: 3 documents, 1 conversation, 2 works.")
    withdrawn = TEXT.replace('documents = "unlimited"', 'documents = "unlimited", journal = 30')
    told = told_past(ruled.do(room.check(DPO, withdrawn)))
    assert told["fr"].startswith(
        "Contenus du journal que la maison retirera, espace par espace\u00a0: 12 semaines."
    )
    assert told["en"].startswith("Contents of the journal that the house will withdraw, space by space: 12 weeks.")
    assert set(told_past(ruled.do(room.check(DPO, STRICT))).values()) == {""}


def test_a_class_that_goes_is_told_with_what_has_it(ruled: Ruled) -> None:
    ruled.shelves.put("a.txt", space="mairie")
    ruled.do(ruled.classing.class_space(AGENT, "mairie", "confidentiel"))
    renamed = TEXT.replace('"confidentiel"', '"reserve"')
    checked = ruled.do(ruled.room.check(CHIEF, renamed))
    assert checked.gone == {"confidentiel": (1, 0)}
    assert "(1 espace) comptera comme «\u00a0Très sensible\u00a0»" in told_gone(checked)["fr"]
    assert not ruled.do(ruled.room.check(CHIEF, STRICT)).gone


def test_a_default_class_that_goes_is_told_with_the_spaces_that_have_no_other(ruled: Ruled) -> None:
    ruled.kept.unclassed = 3
    gone = TEXT.replace('"interne"', '"courant"')
    assert not ruled.do(ruled.room.check(CHIEF, gone)).gone, "another name: they take it"
    way = 'leaves = "yes"\nroutes = ["api"]'
    wider = gone.replace('leaves = "never"\nroutes = []', way, 2)
    checked = ruled.do(ruled.room.check(CHIEF, wider))
    assert checked.gone == {"interne": (3, 0)}
    assert "(3 espaces) comptera comme «\u00a0Très sensible\u00a0»" in told_gone(checked)["fr"]
    ruled.kept.unclassed = 0
    assert not ruled.do(ruled.room.check(CHIEF, wider)).gone


def test_a_version_of_before_comes_back_and_a_proposal_is_approved_though_it_would_be_refused_now(
    ruled: Ruled,
) -> None:
    former = TEXT.replace('fr = "Interne"', 'fr = "Public"')
    assert former != TEXT
    with pytest.raises(PolicyContradicts):
        ruled.do(ruled.room.change(CHIEF, former, after=0))
    ruled.kept.add(1, read_policy(former, anew=False), CHIEF.id, after=0, apply=True)
    ruled.kept.add(2, read_policy(TWO), CHIEF.id, after=1, apply=True)
    ruled.kept.load()
    with pytest.raises(PolicyContradicts):
        ruled.do(ruled.room.change(CHIEF, former, after=2))
    proposed = ruled.do(ruled.room.rollback(CHIEF, 1, after=2))
    assert proposed.waits and proposed.former == 1
    ruled.do(ruled.room.approve(DPO, 3))
    assert in_force().policy.text == former


def test_who_runs_the_machine_is_told_as_everywhere_in_the_history(ruled: Ruled) -> None:
    ruled.people["uid:0"] = machine_actor(0, 0, "uid:0")
    ruled.kept.add(1, read_policy(TEXT), "uid:0", after=0, apply=True)
    ruled.kept.load()
    sheet = ruled.do(ruled.room.sheet(CHIEF))
    assert sheet.history[0].by == "uid:0" and "uid:0" not in sheet.names
    assert telling.who("fr", "uid:0", sheet.names) == "compte n° 0 de la machine".replace("° ", "°\u00a0")


def test_the_reason_about_a_document_names_its_space(ruled: Ruled) -> None:
    held = next(iter(ruled.shelves.rows.values()), None) or ruled.shelves.put("Note.pdf", passages=1)
    space = ruled.do(ruled.shelves.readable(DPO))[held.space]
    _, found = ruled.do(ruled.room.explain(CHIEF, "p2", "document.open", f"document:{held.id}"))
    told = found.decision.sentence("fr")
    assert space in told and held.name not in told


def test_why_is_told_of_a_person_an_action_and_an_object(ruled: Ruled) -> None:
    _, found = ruled.do(ruled.room.explain(CHIEF, "p2", "conversation.export", "class:tres-sensible.pdf"))
    assert (found.house.rule, found.decision.rule, found.sensitivity) == (
        "own-conversation",
        "class-format",
        "tres-sensible",
    )
    _, space = ruled.do(ruled.room.explain(CHIEF, "p2", "space.delete", "space:mairie"))
    assert space.decision.allowed and space.right.label == "manage"
    with pytest.raises(DemeureError):
        ruled.do(ruled.room.explain(CHIEF, "p2", "space.delete", "planet:mars"))
    for action in ("ask", "document.open"):
        with pytest.raises(InputError, match="on what"):
            ruled.do(ruled.room.explain(CHIEF, "p2", action, "house"))
    with pytest.raises(ClassUnknown):  # it would be told of the highest class
        ruled.do(ruled.room.explain(CHIEF, "p2", "conversation.export", "class:tres-sensibles.pdf"))
    with pytest.raises(PersonUnknown):
        ruled.do(ruled.room.explain(CHIEF, "p9", "space.delete", "space:mairie"))


def test_a_space_rises_for_who_manages_it_and_comes_down_for_the_roles_that_its_class_names(ruled: Ruled) -> None:
    ruled.shelves.put("a.txt", space="mairie")
    ruled.do(ruled.classing.class_space(AGENT, "mairie", "tres-sensible"))
    assert ruled.do(ruled.classing.of_document(AGENT, "d1")).sensitivity.id == "tres-sensible"
    assert decide(AGENT, Action.SNAPSHOT_KEEP, Resource("document", space="mairie", right=3)).allowed is False
    with pytest.raises(Denied) as refusal:
        ruled.do(ruled.classing.class_space(AGENT, "mairie", "public"))
    assert "délégué" in refusal.value.sentence("fr")
    with pytest.raises(ClassUnknown):
        ruled.do(ruled.classing.class_space(DPO, "mairie", "secret"))
    ruled.do(ruled.classing.class_space(DPO, "mairie", "public"))
    with pytest.raises(Denied):  # who may change it no further is told that, not what was wrong with the name
        ruled.do(ruled.classing.class_space(DPO, "mairie", "secret"))
    ruled.do(ruled.classing.class_document(AGENT, "d1", "confidentiel"))
    assert ruled.kept.documents == {"d1": "confidentiel"}
    assert [one.id for one in ruled.do(ruled.classing.of_document(CHIEF, "d1")).choices] == [
        "public",
        "interne",
        "tres-sensible",
    ]
    ruled.do(ruled.classing.class_space(CHIEF, "mairie", "confidentiel"))
    ruled.do(ruled.classing.class_document(CHIEF, "d1", "public"))
    assert ruled.kept.documents == {"d1": ""}, "never lower than its space"
    assert ("space-class-closed", "refused") in ruled.written()


def test_what_is_held_is_not_destroyed_until_the_hold_is_lifted(ruled: Ruled) -> None:
    about = Resource("document", "d1", space="mairie", right=3)
    ruled.do(ruled.classing.hold_space(AGENT, "mairie", "Procédure 2026-12"))
    assert decide(AGENT, Action.DOCUMENT_DELETE, about).rule == "legal-hold"
    assert ruled.do(ruled.classing.of_space(AGENT, "mairie")).held == "Procédure 2026-12"
    ruled.do(ruled.classing.hold_space(AGENT, "mairie", ""))
    assert decide(AGENT, Action.DOCUMENT_DELETE, about).allowed
    assert [name for name, outcome in ruled.written() if outcome is None] == ["space-hold", "space-release"]


def test_what_two_raise_at_once_is_not_lowered_by_the_second(ruled: Ruled) -> None:
    ruled.shelves.put("a.txt", space="mairie")

    async def both() -> list[Any]:
        high, low = ("mairie", "tres-sensible"), ("mairie", "confidentiel")
        acts = [ruled.classing.class_space(AGENT, *one) for one in (high, low)]
        return await asyncio.gather(*acts, return_exceptions=True)

    first, second = ruled.do(both())
    assert first is True and isinstance(second, Denied) and ruled.kept.spaces == {"mairie": "tres-sensible"}


def test_a_visa_and_a_hold_of_blanks_are_none(ruled: Ruled) -> None:
    ruled.shelves.put("a.txt", space="mairie")
    ruled.do(ruled.classing.visa(CHIEF, "mairie", "", "  "))
    ruled.do(ruled.classing.hold_space(CHIEF, "mairie", " \n"))
    assert not ruled.kept.visas["mairie"] and not in_force().held


def test_a_visa_s_number_is_kept_whole_or_refused_with_the_length_it_may_have(ruled: Ruled) -> None:
    ruled.do(ruled.classing.visa(CHIEF, "mairie", "", "9" * 60))
    with pytest.raises(InputError) as told:
        ruled.do(ruled.classing.visa(CHIEF, "mairie", "", "8" * 61))
    assert "60\u00a0caractères au plus" in told.value.sentence("fr") and "61" in told.value.sentence("en")
    assert ruled.kept.visas["mairie"] == "9" * 60
    house: Any = SimpleNamespace(classing=ruled.classing, shelves=ruled.shelves)

    async def opened() -> tuple[Any, Actor]:
        return house, CHIEF

    with pytest.raises(InputError, match="60 characters at most"):  # by the terminal too, whatever is typed
        asked = {"space": "mairie", "number": "8" * 300}
        ruled.do(PolicyDesk(opened).visa(Request("policy.visa", asked, "")))


def test_a_file_does_not_leave_in_a_format_that_its_class_refuses() -> None:
    rooms = FakeRooms()
    house = make_house(rooms)
    told = ToSend("Aide", "Un texte.", spaces=("mairie",), sensitivity="tres-sensible")
    with pytest.raises(Denied) as refusal:
        asyncio.run(house.sending.file(AGENT, "fr", told, "docx"))
    assert "Très sensible" in refusal.value.sentence("fr")
    assert [(one.name, one.outcome) for one in rooms.journal.entries][-1][1] == "refused"
    assert asyncio.run(house.sending.file(AGENT, "fr", replace(told, sensitivity=""), "docx")).name == "Aide.docx"


def test_a_space_is_called_by_its_name_and_a_version_that_is_not_there_is_told(ruled: Ruled) -> None:
    async def opened() -> Any:
        return SimpleNamespace(policy=ruled.room, shelves=ruled.shelves), DPO

    desk, (space, name) = PolicyDesk(opened), next(iter(ruled.do(ruled.shelves.readable(DPO)).items()))
    asked = Request("policy.explain", {"who": "uid:0", "action": "space.delete", "object": f"space:{name}"}, "")
    by_id = Request("policy.explain", {"who": "uid:0", "action": "space.delete", "object": f"space:{space}"}, "")
    ruled.people["uid:0"] = machine_actor(0, 0, "root")
    assert space != name and ruled.do(desk.explain(asked)).data == ruled.do(desk.explain(by_id)).data
    with pytest.raises(PolicyUnknown):
        ruled.do(desk.show(Request("policy.show", {"number": 7}, "")))


def test_a_version_that_is_kept_is_checked_by_its_number(ruled: Ruled) -> None:
    async def opened() -> Any:
        return SimpleNamespace(policy=ruled.room), DPO

    def asked(number: Any) -> Any:
        return ruled.do(PolicyDesk(opened).check(Request("policy.check", {"number": number}, ""))).data

    former = TEXT.replace('fr = "Interne"', 'fr = "Public"')  # refused of a new text
    ruled.kept.add(1, read_policy(former, anew=False), CHIEF.id, after=0, apply=True)
    ruled.kept.add(2, read_policy(TEXT), CHIEF.id, after=1, apply=True)
    ruled.kept.load()
    assert any(line[0] == "+" and "Public" in line for line in asked(1)["diff"]) and asked(2)["diff"] == []
    assert asked(1)["told"] == {"fr": "", "en": ""}
    with pytest.raises(PolicyUnknown):
        asked(7)
    with pytest.raises(InputError):
        asked("1")


def test_a_dry_run_tells_what_would_leave_no_more(ruled: Ruled) -> None:
    opened = TEXT
    for one in ("public", "interne"):
        before, start, after = opened.partition(f'id = "{one}"')
        after = after.replace('leaves = "never"', 'leaves = "pseudonymised"', 1).replace(
            "routes = []", 'routes = ["loin"]', 1
        )
        opened = before + start + after
    route = RouteTerms("loin", "engine", "p", "o", "c", "France", "RGPD", frozenset({"public", "interne"}))
    room = PolicyRoom(
        *(ruled.kept, ruled.journal, SystemClock()),
        who=ruled.people.get,
        things=ruled.room.things,
        routes=lambda: {"loin": route},
    )

    async def wrote(name: str, decision: str, about: str) -> None:
        phase = "fact" if name == "route-refused" else "intention"
        draft = Draft("extension", name, phase, chain=name, actor="p2", object=about, decision=decision)
        if phase == "fact":
            await ruled.journal.record(draft)
        else:
            await ruled.journal.close(await ruled.journal.intention(draft), "done")

    said = "route loin; 12 bytes; class interne; found name 6, nir 1; policy abc"
    for _ in range(3):
        ruled.do(wrote("route-request", "leaves-pseudonymised", said))
    ruled.do(wrote("route-request", "leaves-pseudonymised", said.replace("loin", "partie")))
    ruled.do(wrote("route-refused", "leaves-never", "route loin; class confidentiel"))
    ruled.do(wrote("route-refused", "quota-day", "route loin; class interne"))
    ruled.do(room.change(CHIEF, opened, after=0))
    _, found = ruled.do(room.simulate(DPO, TEXT))
    assert found.counts == {("leave", False): 3} and found.looked == 4, "three left, one was refused"
    assert found.changed[0].rule == "leaves-never" and found.names["p2"] == "Anne"
    assert ruled.do(room.simulate(DPO, opened))[1].total == 0


def test_a_rule_that_a_conversation_escapes_by_a_higher_class_is_told() -> None:
    from demeure.gateway.policy_checked import told_escapes
    from demeure.policy import default_policy_text, read_policy

    def told(actions: str, classes: str) -> str:
        rule = f'\n[[rule]]\nname = "x"\nactions = {actions}\nclasses = {classes}\nwhy = "non"\n'
        return told_escapes(read_policy(default_policy_text() + rule))["fr"]

    said = told('["conversation.export"]', '["interne", "confidentiel"]')
    assert "Très sensible" in said and "Public" not in said and "y échappe" in said
    assert told('["conversation.export"]', '["confidentiel", "tres-sensible"]') == ""
    assert told('["ask"]', '["interne"]') == "", "each space is asked by its own class"


def test_a_dry_run_knows_the_spaces_of_a_question_over_several(ruled: Ruled) -> None:
    """Its entries are of no space; the spaces are in their object, as the assistant writes them."""
    classed = {"mairie": "interne", "rh": "confidentiel"}
    put_in_force(Force(default_policy(), classed))
    rule = '\n[[rule]]\nname = "x"\nactions = ["ask"]\nclasses = ["interne"]\nwhy = "non"\n'

    def asked(about: str, decision: str = "member") -> None:
        ruled.do(
            ruled.journal.record(
                Draft("request", "question-asked", "fact", chain="c", actor="p2", object=about, decision=decision)
            )
        )

    asked("policy=1 space=mairie space=rh", "reader")
    asked("policy=1", "reader")
    _, found = ruled.do(ruled.room.simulate(DPO, TEXT + rule))
    assert found.counts == {("ask", False): 1} and found.looked == 2 and found.changed[0].rule == "policy:x"
    put_in_force(Force(read_policy(TEXT + rule), classed))
    asked("space=mairie space=rh", "policy:x")
    assert ruled.do(ruled.room.simulate(DPO, TEXT))[1].counts == {("ask", True): 1}
    still = TEXT + rule.replace('["interne"]', '["confidentiel"]')
    assert ruled.do(ruled.room.simulate(DPO, still))[1].counts == {("ask", False): 1}, "another space refuses both"


def test_a_dry_run_judges_a_question_by_a_route_with_its_model(ruled: Ruled) -> None:
    put_in_force(Force(default_policy(), {"mairie": "interne"}, writer="petit"))
    kept_here = TEXT.replace('models = "any"', 'models = ["petit"]')
    assert kept_here != TEXT

    def asked(about: str) -> None:
        where: dict[str, Any] = {"actor": "p2", "space": "mairie", "decision": "reader"}
        ruled.do(ruled.journal.record(Draft("request", "question-asked", "fact", chain="c", object=about, **where)))

    asked("policy=1")
    assert ruled.do(ruled.room.simulate(DPO, kept_here))[1].counts == {}, "the house's own may read"
    asked("policy=1 model=grand")
    (changed,) = ruled.do(ruled.room.simulate(DPO, kept_here))[1].changed
    assert changed.before and not changed.after and changed.entry.object.endswith("model=grand")


def test_why_it_may_leave_by_a_route_is_told_with_the_rest(ruled: Ruled) -> None:
    route = RouteTerms("loin", "engine", "p", "o", "c", "France", "RGPD", frozenset({"interne"}), model="grand")
    room = PolicyRoom(
        *(ruled.kept, ruled.journal, SystemClock()),
        who=ruled.people.get,
        things=ruled.room.things,
        routes=lambda: {"loin": route},
        models=lambda routes: frozenset({"petit", *(one.model for one in routes.values())}),
    )

    async def opened() -> Any:
        return SimpleNamespace(policy=room, shelves=ruled.shelves, ways_out=ways), CHIEF

    def asked(route: str) -> Any:
        args = {"who": "", "action": "conversation.export", "object": "class:interne.pdf", "route": route}
        return ruled.do(PolicyDesk(opened).explain(Request("policy.explain", args, ""))).data["leaves"]

    rows: list[dict[str, Any]] = [{"id": "loin", "open": True, "kind": "engine"}]

    async def listed() -> list[dict[str, Any]]:
        return rows

    ways = SimpleNamespace(listed=listed)
    ruled.people[CHIEF.id] = CHIEF
    assert (
        asked("") is None
        and asked("loin")["rule"] == "leaves-never"
        and "interne" in asked("loin")["why"]["fr"].lower()
    )
    rows[0]["open"] = False
    assert asked("loin")["rule"] == "route-closed" and not asked("loin")["allowed"]
    rows[0] |= {"open": True, "kind": "relay"}
    assert asked("loin")["rule"] == "leaves-never"
    with pytest.raises(DemeureError, match="ailleurs"):
        asked("ailleurs")
    named = TEXT.replace('models = "any"', 'models = ["petit", "grand", "nexistepas"]')
    assert named != TEXT and ruled.do(room.check(DPO, named)).strangers == ("nexistepas",)
    assert ruled.do(room.check(DPO, TEXT)).strangers == ()
    assert "nexistepas" in told_strangers(("nexistepas",))["fr"] and told_strangers(())["fr"] == ""
