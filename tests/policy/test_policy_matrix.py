"""Every actor × action × right × ownership against a table written by hand, independent of the rules' code."""

import itertools

import pytest

from demeure.policy import (
    CHARTER,
    DECLARED_DIRECTORY,
    DISK_IN_CLEAR,
    LOWERS,
    NO_SNAPSHOTS,
    PAST_KEEPING,
    PUBLIC_PAGE,
    READING_OPEN,
    THE_HOUSE,
    VISITOR,
    WINDOW,
    Action,
    Actor,
    Denied,
    Resource,
    Right,
    Role,
    decide,
    machine_actor,
)
from demeure.policy.matrix import MATRIX, NEEDED, OWN_NEEDED, ROLES, Cell
from demeure.policy.powers import POWERS, ROLE_NAMES, powers, told_apart
from demeure.policy.rules import RULES
from demeure.policy.scopes import ADD, SCOPE_NAMES, SCOPES
from demeure.policy.words import ACTION_WORDS

ACTORS = {
    "visitor": VISITOR,
    "agent": Actor("person", "p1", "Anne", frozenset({Role.AGENT})),
    "referent": Actor("person", "p3", "Paul", frozenset({Role.REFERENT})),
    "dpo": Actor("person", "p4", "Dora", frozenset({Role.DPO})),
    "administrator": Actor("person", "p2", "Jean", frozenset({Role.ADMINISTRATOR})),
    "auditor": Actor("person", "p5", "Aude", frozenset({Role.AUDITOR})),
    "contractor": Actor("person", "p6", "Paulo", frozenset({Role.CONTRACTOR})),
    "elected": Actor("person", "p7", "Élise", frozenset({Role.ELECTED})),
    "machine": machine_actor(1000, 1000, "demeure"),
    "other": machine_actor(1001, 1000, "voisin"),
    "folder": Actor("folder", "folder:f1", "/srv/partage"),
    "house": THE_HOUSE,
    "application": Actor(
        *("application", "application:paie", "paie", frozenset({Role.AGENT}), "p1"),
        *(frozenset({ADD}), frozenset({"mairie"})),
    ),
}

# One line per action. A cell: "-" never, "y" always, "o" the owner only, a digit: from that right on,
# "r" own document with the right to read, "d" own document with the right to contribute, or the right to manage.
#   visitor agent referent dpo administrator auditor contractor elected machine other folder house application
TABLE = """
    page.view            -     y     y     y     y     y     -     y     y     -     -     -     -
    sign-in              y     y     y     y     y     y     y     y     y     y     y     y     y
    account.change       -     o     o     o     o     o     o     o     y     -     -     -     -
    ask                  -     1     1     1     1     -     -     1     y     -     -     -     -
    space.read           -     1     1     1     1     -     -     1     y     -     -     -     -
    space.list           -     -     -     -     y     -     -     -     y     -     -     -     -
    space.create         -     -     y     -     y     -     -     -     y     -     -     -     -
    space.appoint        -     -     -     -     y     -     -     -     y     -     -     -     -
    space.rename         -     3     3     -     3     -     -     -     y     -     -     -     -
    space.share          -     3     3     -     3     -     -     -     y     -     -     -     -
    space.delete         -     3     3     -     3     -     -     -     y     -     -     -     -
    space.words          -     3     3     -     3     -     -     -     y     -     -     -     -
    space.class          -     3     3     -     3     -     -     -     y     -     -     -     -
    space.hold           -     3     3     -     3     -     -     -     y     -     -     -     -
    document.class       -     3     3     -     3     -     -     -     y     -     -     -     -
    policy.read          -     y     y     y     y     y     -     y     y     -     -     -     -
    policy.change        -     -     -     y     y     -     -     -     y     -     -     -     -
    document.add         -     2     2     2     2     -     -     2     y     -     2     -     2
    document.read        -     1     1     1     1     -     -     1     y     -     -     -     r
    document.open        -     1     1     1     1     -     -     1     y     -     -     -     -
    document.delete      -     d     d     d     d     -     -     d     y     -     2     -     -
    document.tag         -     2     2     2     2     -     -     2     y     -     -     -     2
    document.pin         -     2     2     2     2     -     -     2     y     -     -     -     -
    snapshot.keep        -     1     1     1     1     -     -     1     y     -     -     y     -
    document.tend        -     3     3     -     3     -     -     -     y     -     -     -     3
    space.tend           -     3     3     -     3     -     -     -     y     -     -     -     -
    model.use            -     y     y     y     y     -     -     y     y     -     -     -     -
    model.change         -     -     -     -     y     -     -     -     y     -     -     -     -
    house.status         -     y     y     y     y     y     -     y     y     -     -     -     -
    house.administer     -     -     -     -     y     -     -     -     y     -     -     -     -
    house.prove          -     -     -     y     y     y     -     -     y     -     -     -     -
    house.watch          -     -     -     -     y     -     -     -     y     -     -     -     -
    house.words          -     -     y     -     y     -     -     -     y     -     -     -     -
    people.administer    -     -     -     -     y     -     -     -     y     -     -     -     -
    group.administer     -     -     -     -     y     -     -     -     y     -     -     -     -
    conversation.read    -     o     o     o     o     o     -     o     o     o     -     -     -
    conversation.write   -     o     o     o     o     o     -     o     o     o     -     -     -
    conversation.export  -     o     o     o     o     o     -     o     o     o     -     -     -
    link.create          -     -     -     -     y     -     -     -     y     -     -     -     -
    rights.read          -     -     y     y     y     y     -     -     y     -     -     -     -
    rights.review        -     -     y     -     y     -     -     -     y     -     -     -     -
    charter.change       -     -     -     y     y     -     -     -     y     -     -     -     -
    legal.see            -     -     -     y     y     y     -     y     y     -     -     -     -
    legal.ask            -     -     -     y     y     -     -     -     -     -     -     -     -
    legal.grant          -     -     -     y     -     -     -     y     -     -     -     -     -
    legal.read           -     -     -     -     -     -     -     -     -     -     -     -     -
    contractor.see       -     -     y     y     y     y     -     y     y     -     -     -     -
    contractor.keep      -     -     -     y     y     -     -     -     y     -     -     -     -
    contractor.open      -     -     -     -     y     -     -     -     y     -     -     -     -
    contractor.approve   -     -     y     y     y     -     -     y     -     -     -     -     -
    contractor.close     -     -     y     y     y     -     -     y     y     -     -     -     -
    console.use          -     -     -     -     -     -     y     -     y     -     -     -     -
    journal.read-own     -     o     o     o     o     o     -     o     o     o     -     -     -
    journal.read         -     -     -     y     y     y     -     -     y     -     -     -     -
    journal.keep         -     -     -     y     y     y     -     -     y     -     -     -     -
    person.erase         -     -     -     y     y     -     -     -     y     -     -     -     -
    person.find          -     -     -     y     y     -     -     -     y     -     -     -     -
    person.answer        -     -     -     y     y     -     -     -     y     -     -     -     -
    person.export        -     -     -     y     -     -     -     -     y     -     -     -     -
    register.read        -     -     -     y     y     y     -     -     y     -     -     -     -
    register.change      -     -     -     y     y     -     -     -     y     -     -     -     -
    incident.keep        -     -     -     y     y     -     -     -     y     -     -     -     -
    folder.administer    -     -     -     -     y     -     -     -     y     -     -     -     -
    key.administer       -     -     -     -     y     -     -     -     y     -     -     -     -
    key.use              -     -     -     -     -     -     -     -     y     -     -     -     -
    task.use             -     y     y     y     y     -     -     y     y     -     -     -     -
    task.administer      -     -     -     -     y     -     -     -     y     -     -     -     -
    work.read            -     o     o     o     o     o     -     o     o     o     -     -     -
    work.write           -     o     o     o     o     o     -     o     o     o     -     -     -
    work.open            -     1     1     1     1     -     -     1     y     -     -     -     -
    work.share           -     2     2     2     2     -     -     2     y     -     -     -     -
"""
CELLS = {line.split()[0]: dict(zip(ACTORS, line.split()[1:], strict=True)) for line in TABLE.strip().splitlines()}


def expected(cell: str, right: Right, owned: bool) -> bool:
    if cell == "r":
        return owned and right >= Right.READ
    if cell == "d":
        return right >= Right.MANAGE or (owned and right >= Right.CONTRIBUTE)
    if cell.isdigit():
        return right >= int(cell)
    return {"-": False, "y": True, "o": owned}[cell]


def test_the_table_is_about_every_action() -> None:
    assert set(CELLS) == {action.value for action in Action}


@pytest.mark.parametrize("action", list(Action), ids=str)
def test_every_decision(action: Action) -> None:
    for (who, actor), right, owned in itertools.product(ACTORS.items(), Right, (True, False)):
        owner = actor.id if owned else "someone-else"
        resource = Resource("thing", id="x1", name="Mairie", space="mairie", owner=owner, right=right)
        decision = decide(actor, action, resource)
        wanted = expected(CELLS[action.value][who], right, owned)
        assert decision.allowed is wanted, (who, action, right, owned, decision)
        assert decision.reasons and decision.rule


def test_nobody_reads_the_conversation_of_another_and_is_told_so() -> None:
    resource = Resource("conversation", owner="p1", right=Right.MANAGE)
    for name in ("administrator", "machine"):
        decision = decide(ACTORS[name], Action.CONVERSATION_READ, resource)
        assert not decision.allowed
        assert "pas même l’administrateur" in decision.sentence("fr")
        assert "not even the administrator" in decision.sentence("en")


@pytest.mark.parametrize("action", ["", "documents.read", "space.", "PAGE.VIEW", "*"])
def test_an_unknown_action_is_refused_for_everyone(action: str) -> None:
    for actor in ACTORS.values():
        decision = decide(actor, action, Resource("thing", owner=actor.id, right=Right.MANAGE))
        assert (decision.allowed, decision.rule) == (False, "default")


def test_an_owner_that_is_not_told_is_nobody() -> None:
    nameless = Actor("person", "", "?", frozenset())
    assert not decide(nameless, Action.CONVERSATION_READ, Resource("conversation", owner="")).allowed


def test_a_public_page_is_open_and_no_other_is() -> None:
    assert decide(VISITOR, Action.PAGE_VIEW, Resource(PUBLIC_PAGE, "sign-in")).allowed
    assert not decide(VISITOR, Action.PAGE_VIEW, Resource("page", "home")).allowed
    assert not decide(VISITOR, Action.DOCUMENT_OPEN, Resource(PUBLIC_PAGE, "sign-in")).allowed


def test_root_and_the_house_itself_administer_the_machine_and_nobody_else() -> None:
    assert machine_actor(0, 990, "root").administers
    assert machine_actor(990, 990, "demeure").administers
    assert not machine_actor(991, 990, "voisin").administers


def test_every_rule_can_be_reached_and_speaks_both_languages() -> None:
    reached = set()
    kinds = ("thing", "spaces", PUBLIC_PAGE)
    for actor, action, right, kind in itertools.product(ACTORS.values(), Action, Right, kinds):
        for owner, mark in itertools.product(
            (actor.id, "someone-else"),
            ("", DECLARED_DIRECTORY, NO_SNAPSHOTS, DISK_IN_CLEAR, ADD, PAST_KEEPING, READING_OPEN),
        ):
            resource = Resource(kind, owner=owner, right=right, marks=frozenset({mark}))
            reached.add(decide(actor, action, resource).rule)
        lowered = Resource("space", space="mairie", owner=owner, right=right, marks=frozenset({LOWERS}))
        reached.add(decide(actor, action, lowered).rule)
        reached.add(decide(actor, action, Resource("spaces", "mairie,rh", right=right)).rule)
    owing = Actor("person", "p9", "Zoé", frozenset({Role.AGENT}), owes=frozenset({CHARTER}))
    reached.add(decide(owing, Action.ASK, Resource("space", right=Right.READ)).rule)
    asleep = Actor("person", "p9", "Zoé", frozenset({Role.CONTRACTOR}), owes=frozenset({WINDOW}))
    reached.add(decide(asleep, Action.CONSOLE_USE, Resource("house")).rule)
    another = decide(
        ACTORS["agent"], Action.DOCUMENT_DELETE, Resource("document", "d1", "vide.txt", right=Right.CONTRIBUTE)
    )
    assert "«\u00a0vide.txt\u00a0»" in another.sentence("fr") and "l’espace « vide" not in another.sentence("fr")
    reached.add(another.rule)
    assert reached == {rule.name for rule in RULES} | {"class-lowering"}
    for rule in RULES:
        assert rule.fr.endswith(".") and rule.en.endswith("."), rule.name
        assert rule.fr != rule.en


def test_the_reason_names_the_space_and_a_name_with_braces_is_only_a_name() -> None:
    decision = decide(ACTORS["agent"], Action.ASK, Resource("space", "s1", name="{owner} {0}", space="s1"))
    assert "« {owner} {0} »" in decision.sentence("fr")


@pytest.mark.parametrize("mark", [NO_SNAPSHOTS, DISK_IN_CLEAR])
def test_a_policy_on_documents_kept_ready_binds_everybody(mark: str) -> None:
    resource = Resource("document", "d1", space="mairie", right=Right.MANAGE, marks=frozenset({mark}))
    for name, actor in ACTORS.items():
        assert not decide(actor, Action.SNAPSHOT_KEEP, resource).allowed, name
    assert decide(ACTORS["agent"], Action.ASK, resource).allowed, "asking is another matter"


def test_a_question_without_any_space_is_not_about_a_space_called_nothing() -> None:
    decision = decide(ACTORS["agent"], Action.ASK, Resource("spaces", "", right=Right.NONE))
    assert (decision.allowed, decision.rule) == (False, "no-space")
    assert "?" not in decision.sentence("fr") + decision.sentence("en")


def test_require_raises_the_reasons() -> None:
    decide(ACTORS["machine"], Action.MODEL_CHANGE, Resource("model")).require()
    with pytest.raises(Denied) as refusal:
        decide(ACTORS["agent"], Action.MODEL_CHANGE, Resource("model")).require()
    assert refusal.value.sentence("fr") == "La maison refuse. Seul un administrateur de la maison peut le faire."
    assert refusal.value.sentence("en") == "The house refuses. Only an administrator of the house may do this."
    assert (refusal.value.http_status, refusal.value.exit_code) == (403, 3)


def test_every_cell_of_the_matrix_is_what_decide_answers() -> None:
    """Role by role and action by action: the published table is the one that is applied."""
    assert set(MATRIX) == set(Action)
    for action, role in itertools.product(Action, ROLES):
        actor = Actor("person", "p1", "Anne", frozenset({role}))
        cell = MATRIX[action][role]
        for right, owned in itertools.product(Right, (True, False)):
            owner = actor.id if owned else "someone-else"
            allowed = decide(actor, action, Resource("thing", owner=owner, right=right)).allowed
            needed = OWN_NEEDED.get(action, Right.MANAGE) if owned else Right.MANAGE
            expected = {
                Cell.HOUSE: True,
                Cell.NEVER: False,
                Cell.OWN: owned,
                Cell.SPACE: right >= min(NEEDED.get(action, Right.MANAGE), needed),
            }[cell]
            assert allowed is expected or action is Action.SIGN_IN, (action, role, right, owned)


def test_several_roles_give_what_any_of_them_gives_and_an_unknown_one_gives_nothing() -> None:
    both = Actor("person", "p1", "Anne", frozenset({Role.AGENT, Role.REFERENT, "later"}))
    assert decide(both, Action.SPACE_CREATE, Resource("house")).allowed
    stranger = Actor("person", "p1", "Anne", frozenset({"later"}))
    for action in set(Action) - {Action.SIGN_IN}:
        assert not decide(stranger, action, Resource("thing", owner="x", right=Right.MANAGE)).allowed


def test_the_data_protection_officer_watches_and_decides_on_nothing() -> None:
    """The journal, the proofs, the erasure; no account, no space, no model, no document or talk of another."""
    given = {action for action in Action if MATRIX[action][Role.DPO] is Cell.HOUSE}
    assert given - {action for action in Action if MATRIX[action][Role.AGENT] is Cell.HOUSE} == {
        Action.HOUSE_PROVE,
        Action.JOURNAL_READ,
        Action.JOURNAL_KEEP,
        Action.PERSON_ERASE,
        Action.POLICY_CHANGE,
        Action.PERSON_FIND,
        Action.PERSON_ANSWER,
        Action.PERSON_EXPORT,
        Action.RIGHTS_READ,
        Action.CHARTER_CHANGE,
        Action.LEGAL_SEE,
        Action.LEGAL_ASK,
        Action.LEGAL_GRANT,
        Action.REGISTER_READ,
        Action.REGISTER_CHANGE,
        Action.INCIDENT_KEEP,
        Action.CONTRACTOR_SEE,
        Action.CONTRACTOR_KEEP,
        Action.CONTRACTOR_APPROVE,
        Action.CONTRACTOR_CLOSE,
    }
    dpo = ACTORS["dpo"]
    managing = decide(dpo, Action.SPACE_SHARE, Resource("space", "s1", name="Mairie", right=Right.MANAGE))
    assert (managing.allowed, managing.rule) == (False, "role-manages-no-space")
    assert decide(dpo, Action.PERSON_ERASE, Resource("person", "p1")).rule == "dpo"
    assert decide(ACTORS["agent"], Action.PERSON_ERASE, Resource("person")).rule == "administrators-and-dpo-only"
    for action in (Action.DOCUMENT_READ, Action.DOCUMENT_OPEN, Action.ASK):
        assert not decide(dpo, action, Resource("document", owner="p1", right=Right.NONE)).allowed


def test_what_is_told_of_each_role_is_what_the_matrix_gives_it() -> None:
    """Every action that tells roles apart has its words; every role has its name in both languages."""
    managing = {
        Action.SPACE_RENAME,
        Action.SPACE_DELETE,
        Action.SPACE_WORDS,
        Action.SPACE_TEND,
        Action.DOCUMENT_TEND,
        Action.SPACE_CLASS,
        Action.DOCUMENT_CLASS,
        Action.SPACE_HOLD,
    }
    assert set(POWERS) | managing == told_apart(), "what manages a space is told with sharing"
    assert set(ROLE_NAMES) == set(ROLES) == set(Role)
    for role in ROLES:
        told = powers(role)
        for action, words in POWERS.items():
            assert (words in told) is (MATRIX[action][role] is not Cell.NEVER), (role, action)
    assert all(fr and en and fr != en for fr, en in POWERS.values())
    assert set(ACTION_WORDS) == set(Action) and all(fr and en and fr != en for fr, en in ACTION_WORDS.values())


def test_who_controls_and_who_repairs_read_no_contents_whatever_they_were_given() -> None:
    """An auditor and a contractor: no space decides for them; an elected member reads and manages nothing."""
    for name, told in (("auditor", "role-opens-no-space"), ("contractor", "contractor-console")):
        for action in (Action.ASK, Action.SPACE_READ, Action.DOCUMENT_READ, Action.DOCUMENT_ADD, Action.WORK_OPEN):
            decision = decide(ACTORS[name], action, Resource("space", "s1", space="s1", right=Right.MANAGE))
            assert (decision.allowed, decision.rule) == (False, told), (name, action)
        reads = decide(ACTORS[name], Action.MODEL_USE, Resource("model")).rule
        assert reads == ("role-reads-nothing" if name == "auditor" else told)
    assert decide(ACTORS["elected"], Action.ASK, Resource("space", "s1", right=Right.READ)).allowed
    assert not decide(ACTORS["elected"], Action.SPACE_SHARE, Resource("space", "s1", right=Right.MANAGE)).allowed


def test_a_reading_on_a_legal_ground_is_opened_by_a_grant_and_for_whoever_asked() -> None:
    """No role gives it, the machine's owner cannot ask for it nor grant it."""
    open_one = {"marks": frozenset({READING_OPEN})}
    for name, actor in ACTORS.items():
        mine = decide(actor, Action.LEGAL_READ, Resource("reading", owner=actor.id, **open_one)).allowed
        assert mine is (name in PERSONS and name != "contractor"), name  # whose console is all there is
        assert not decide(actor, Action.LEGAL_READ, Resource("reading", owner=actor.id)).allowed, name
        assert not decide(actor, Action.LEGAL_READ, Resource("reading", owner="x", **open_one)).allowed, name
    for action in (Action.LEGAL_ASK, Action.LEGAL_GRANT):
        assert decide(ACTORS["machine"], action, Resource("house")).rule == "legal-reading-by-people"


PERSONS = {name for name, actor in ACTORS.items() if actor.kind == "person"}


def test_a_key_does_what_it_was_given_for_and_what_its_owner_may() -> None:
    assert set(SCOPES) == set(SCOPE_NAMES)
    key, space = ACTORS["application"], {"space": "mairie", "name": "Mairie"}
    way = Resource("way", marks=frozenset({ADD}))
    assert decide(key, Action.KEY_USE, way).rule == "application-way"
    assert not decide(key, Action.KEY_USE, Resource("way", marks=frozenset({"ask"}))).allowed
    assert not decide(ACTORS["administrator"], Action.KEY_USE, way).allowed, "people have no key"
    for action in set(Action) - SCOPES[ADD] - {Action.KEY_USE, Action.SIGN_IN}:
        everything = Resource("document", owner=key.id, right=Right.MANAGE, **space)
        assert decide(key, action, everything).rule == "application-out-of-scope", action
    adding = [decide(key, Action.DOCUMENT_ADD, Resource("document", right=right, **space)) for right in Right]
    assert [decision.allowed for decision in adding] == [False, False, True, True], "the right of its owner"
    ownerless = Actor("application", "application:x", "x", frozenset(), "p9", frozenset({ADD}))
    assert not decide(ownerless, Action.DOCUMENT_ADD, Resource("document", right=Right.MANAGE, **space)).allowed
    for scopes in (frozenset(), frozenset({"later"})):
        nothing = Actor("application", "application:x", "x", frozenset({Role.AGENT}), "p1", scopes)
        assert not decide(nothing, Action.DOCUMENT_ADD, Resource("document", right=Right.MANAGE, **space)).allowed
    foreign = decide(ACTORS["agent"], Action.ASK, Resource("spaces", "9f3a", right=Right.NONE))
    assert foreign.rule == "not-in-these-spaces" and "9f3a" not in foreign.sentence("fr"), (
        "an id means nothing to anybody"
    )
