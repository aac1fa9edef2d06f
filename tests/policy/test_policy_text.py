"""The organisation's policy as a file: what it says, what is refused and at which line, what leaves and how."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from demeure.airlock import keep, made
from demeure.cli.main import cli
from demeure.errors import DemeureError
from demeure.policy import (
    LOWERS,
    RAISES,
    Action,
    Actor,
    Force,
    Hours,
    Resource,
    Right,
    Role,
    RouteTerms,
    decide,
    default_policy,
    default_policy_text,
    in_force,
    judged,
    leaving,
    read_policy,
    tried,
)
from demeure.policy.errors import PolicyEntryWrong
from demeure.policy.text import FORMATS
from demeure.workshop import FILE_TYPES

TEXT = default_policy_text()
AGENT = Actor("person", "p1", "Anne", frozenset({Role.AGENT}))
DPO = Actor("person", "p4", "Dora", frozenset({Role.DPO}))
RULE = """
[[rule]]
name = "agents-effacent-rien"
roles = ["agent"]
actions = ["document.delete"]
classes = ["confidentiel", "tres-sensible"]
why = { fr = "Pas ici.", en = "Not here." }
"""


def within(class_id: str, old: str, new: str) -> str:
    """The default policy with one line of one class changed."""
    before, start, after = TEXT.partition(f'id = "{class_id}"')
    assert old in after
    return before + start + after.replace(old, new, 1)


def line(text: str, class_id: str, entry: str) -> int:
    lines = text.split("\n")
    start = lines.index(f'id = "{class_id}"')
    return next(at for at in range(start, len(lines)) if lines[at].startswith(entry)) + 1


def test_a_new_house_has_four_classes_and_lets_nothing_leave() -> None:
    policy = default_policy()
    assert [one.id for one in policy.classes] == ["public", "interne", "confidentiel", "tres-sensible"]
    assert {one.leaves for one in policy.classes} == {"never"} and not any(one.routes for one in policy.classes)
    assert policy.default == "interne" and policy.approval == 1 and len(policy.digest) == 64
    assert set(FORMATS) == set(FILE_TYPES)
    assert read_policy(TEXT + "\n").digest != policy.digest, "another text is another version"


WRONG = [
    ("public", "routes = []", 'routes = ["dehors"]', "routes", "leaves"),
    ("tres-sensible", 'leaves = "never"', 'leaves = "yes"', "leaves", "route"),
    ("tres-sensible", "snapshots = false", "snapshot = false", "snapshot", "models"),
    ("tres-sensible", 'disk = "encrypted"', 'disk = "cipher"', "disk", "encrypted"),
    ("tres-sensible", "exports = []", 'exports = ["doc"]', "exports", "docx"),
    ("tres-sensible", 'approves = ["dpo"]', "approves = []", "approves", "abaisser"),
    ("tres-sensible", 'approves = ["dpo"]', 'approves = ["maire"]', "approves", "maire"),
    ("tres-sensible", 'approves = ["dpo"]', 'approves = ["auditor", "contractor"]', "approves", "abaisser"),
    ("confidentiel", 'disk = "any"', 'disk = "any"\nwider = ["disk"]', "wider", "dit permettre plus"),
    ("interne", 'exports = "any"', 'exports = ["pdf"]', "exports", "au-dessus"),
    ("interne", 'documents = "unlimited"', "documents = 0", "keep", "36500"),
    ("interne", 'documents = "unlimited"', 'documents = "toujours"', "keep", "unlimited"),
    ("interne", "snapshots = true", "", "id", "snapshots"),
    ("interne", 'id = "interne"', 'id = "public"', "id", "public"),
    ("interne", 'fr = "Interne"', 'fr = "Public"', "name", "même nom"),
    ("interne", 'en = "Internal"', 'en = "Public"', "name", "même nom"),
    ("public", "snapshots = true", 'snapshots = true\nwider = ["exports"]', "wider", "plus basse"),
]


@pytest.mark.parametrize(("which", "old", "new", "entry", "said"), WRONG)
def test_what_is_wrong_is_told_with_its_line(which: str, old: str, new: str, entry: str, said: str) -> None:
    text = TEXT.replace(f'id = "{which}"', new, 1) if old.startswith("id") else within(which, old, new)
    with pytest.raises(DemeureError) as refusal:
        read_policy(text)
    at = int(refusal.value.params["line"])
    assert text.split("\n")[at - 1].startswith((entry, "[[class]]")), (at, refusal.value.sentence("fr"))
    french, english = refusal.value.sentence("fr"), refusal.value.sentence("en")
    assert said in french and f"ligne {at}" in french and f"line {at}" in english and "?" not in english
    if old == 'exports = "any"':  # the class above is the one that allows more
        assert at == line(text, "confidentiel", "exports")


def test_what_was_applied_before_it_was_refused_is_still_read() -> None:
    for old, new in (('fr = "Interne"', 'fr = "Public"'), ('approves = ["dpo"]', 'approves = ["auditor"]')):
        text = TEXT.replace(old, new)
        assert read_policy(text, anew=False).text == text
        with pytest.raises(DemeureError):
            read_policy(text)


def test_a_higher_class_may_allow_more_when_it_says_so() -> None:
    text = within("interne", 'exports = "any"', 'exports = ["pdf"]')
    lines = text.split("\n")
    lines.insert(line(text, "confidentiel", "exports"), 'wider = ["exports"]')
    assert read_policy("\n".join(lines)).sensitivity("confidentiel").wider == {"exports"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("document.delete", "document.destroy", "document.destroy"),
        ("document.delete", "sign-in", "sign-in"),
        ("document.delete", "policy.read", "policy.read"),  # who may not read it could not change it either
        ('["agent"]', '["maire"]', "maire"),
        ('["agent"]', "[]", "vide"),
        ('"confidentiel", "tres-sensible"', '"secret"', "secret"),
        ('name = "agents-effacent-rien"', "", "name"),
        ("why = {", "because = {", "because"),
        ('why = { fr = "', 'why = { fr = "\\u001b[2J', "ligne"),
        ('classes = ["confidentiel"', 'classes = ["confidentiel", "confidentiel"', "différents"),
    ],
)
def test_a_rule_that_is_not_understood_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(DemeureError) as refusal:
        read_policy(TEXT + RULE.replace(old, new, 1))
    first = TEXT.count("\n") + 1
    assert said in refusal.value.sentence("fr") and first < int(refusal.value.params["line"]) <= first + 7


@pytest.mark.parametrize(
    "text", ["", "version = 1", "version = [", "\x00", "\ud800", "a" * 200_000, "[[class]]\nid = 3"]
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(DemeureError) as refusal:
        read_policy(text)
    assert refusal.value.http_status == 400 and refusal.value.params["line"]


def test_a_route_that_does_not_exist_is_refused_when_they_are_known() -> None:
    text = within("public", 'leaves = "never"\nroutes = []', 'leaves = "yes"\nroutes = ["prefecture"]')
    assert read_policy(text).classes[0].routes == {"prefecture"}
    with pytest.raises(DemeureError, match="prefecture"):
        read_policy(text, routes=frozenset({"smtp"}))
    assert read_policy(text, routes=frozenset({"prefecture"}))


def test_a_rule_refuses_more_and_never_shows_what_is_hidden() -> None:
    force = Force(read_policy(TEXT + RULE), {"rh": "confidentiel"})
    for space, own, right, rule in [
        ("rh", "", Right.MANAGE, "policy:agents-effacent-rien"),
        ("mairie", "", Right.MANAGE, "space-manager"),
        ("mairie", "tres-sensible", Right.MANAGE, "policy:agents-effacent-rien"),
        ("rh", "public", Right.MANAGE, "policy:agents-effacent-rien"),  # a document is never lower than its space
        ("rh", "", Right.NONE, "not-a-member"),
    ]:
        about = Resource("document", "d1", space=space, right=right, sensitivity=own)
        assert judged(AGENT, Action.DOCUMENT_DELETE, replace(about, terms=force.terms(about))).rule == rule
    both = Resource("spaces", "mairie,rh", right=Right.READ)
    assert force.terms(both).sensitivity == force.policy.sensitivity("confidentiel")


def test_the_limits_of_a_class() -> None:
    export = Resource("conversation", owner="p1", sensitivity="tres-sensible", format="pdf")
    assert decide(AGENT, Action.CONVERSATION_EXPORT, export).rule == "class-format"
    assert decide(AGENT, Action.CONVERSATION_EXPORT, replace(export, sensitivity="confidentiel")).allowed
    assert decide(AGENT, Action.CONVERSATION_READ, export).allowed, "reading is another matter"
    kept = Resource("document", "d1", space="s", right=Right.READ, sensitivity="tres-sensible")
    assert decide(AGENT, Action.SNAPSHOT_KEEP, kept).rule == "class-no-snapshots"
    policy = read_policy(within("tres-sensible", 'models = "any"', 'models = ["petit"]'))
    asked = replace(kept, terms=policy.terms("tres-sensible"), model="grand")
    assert judged(AGENT, Action.ASK, asked).rule == "class-model"
    assert judged(AGENT, Action.ASK, replace(asked, model="petit")).allowed


def test_a_disk_in_clear_takes_nothing_more_of_a_class_that_needs_an_encrypted_one() -> None:
    clear, encrypted = (Force(default_policy(), in_clear=state) for state in (True, False))
    adding = Resource("document", space="s", right=Right.MANAGE, sensitivity="tres-sensible")
    for force, allowed in ((clear, False), (encrypted, True)):
        bound = replace(adding, terms=force.terms(adding))
        assert judged(AGENT, Action.DOCUMENT_ADD, bound).allowed is allowed
        raised = replace(bound, marks=frozenset({RAISES}))
        assert judged(AGENT, Action.DOCUMENT_CLASS, raised).allowed is allowed
        assert judged(AGENT, Action.DOCUMENT_OPEN, bound).allowed, "what is there can still be read"


def test_lowering_is_for_those_that_the_class_names() -> None:
    lowered = Resource("space", "s", space="s", right=Right.MANAGE, sensitivity="tres-sensible")
    lowered = replace(lowered, marks=frozenset({LOWERS}))
    refusal = decide(AGENT, Action.SPACE_CLASS, lowered)
    assert refusal.rule == "class-lowering" and "délégué à la protection" in refusal.sentence("fr")
    assert decide(DPO, Action.SPACE_CLASS, replace(lowered, right=Right.READ)).rule == "class-approver"
    assert not decide(DPO, Action.SPACE_CLASS, replace(lowered, right=Right.NONE)).allowed
    assert decide(AGENT, Action.SPACE_CLASS, replace(lowered, marks=frozenset({RAISES}))).allowed


def test_a_class_that_is_no_longer_there_counts_as_the_highest() -> None:
    assert in_force().policy.highest("public", "disparue").id == "tres-sensible"


OPEN = within("public", 'leaves = "never"\nroutes = []', 'leaves = "yes"\nroutes = ["api", "autre"]')
OPEN = OPEN.replace('leaves = "never"\nroutes = []', 'leaves = "pseudonymised"\nroutes = ["api"]', 1)
ROUTE = RouteTerms(
    "api", "openai", "essais", "Jean", "C-1", "FR", "FR", frozenset({"public", "interne"}), date(2026, 12, 31)
)
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("which", "route", "when", "rule"),
    [
        ("public", ROUTE, NOON, "leaves"),
        ("interne", ROUTE, NOON, "leaves-pseudonymised"),
        ("confidentiel", ROUTE, NOON, "leaves-never"),
        ("public", replace(ROUTE, id="smtp"), NOON, "route-not-of-class"),
        ("interne", replace(ROUTE, id="autre"), NOON, "route-not-of-class"),
        ("public", replace(ROUTE, classes=frozenset({"interne"})), NOON, "class-not-of-route"),
        ("public", ROUTE, NOON.replace(year=2027), "route-expired"),
        ("public", replace(ROUTE, model="big"), NOON, "leaves"),
        ("public", ROUTE, NOON.replace(month=12, day=31, hour=23, minute=59), "leaves"),
        ("public", replace(ROUTE, hours=Hours(frozenset({0, 1}))), NOON, "route-out-of-hours"),
        ("public", replace(ROUTE, hours=Hours(start=720, end=721)), NOON, "leaves"),
        ("public", replace(ROUTE, hours=Hours(start=600, end=720)), NOON, "route-out-of-hours"),
        # a night that began on Wednesday still holds early on Thursday, not late on it
        ("public", replace(ROUTE, hours=Hours(frozenset({2}), 1320, 360)), NOON.replace(hour=5), "leaves"),
        (
            "public",
            replace(ROUTE, hours=Hours(frozenset({2}), 1320, 360)),
            NOON.replace(hour=23),
            "route-out-of-hours",
        ),
    ],
)
def test_what_leaves_is_what_the_class_and_the_route_both_say(
    which: str, route: RouteTerms, when: datetime, rule: str
) -> None:
    found = leaving(read_policy(OPEN).terms(which), route, when)
    assert (found.rule, found.allowed) == (rule, rule.startswith("leaves") and rule != "leaves-never")
    assert found.pseudonymise is (rule == "leaves-pseudonymised")
    assert found.sentence("fr").endswith(".") and "{" not in found.sentence("en")


def test_what_has_no_class_does_not_leave() -> None:
    assert leaving(read_policy(OPEN).terms(), ROUTE, NOON).rule == "leaves-unclassed"


def test_a_test_case_holds_by_night_as_by_day() -> None:
    case = '\n[[case]]\nname = "La préfecture"\nroute = "api"\nclass = "public"\nexpect = "allow"\n'
    routes = {"api": replace(ROUTE, hours=Hours(start=600, end=720))}
    policy = read_policy(OPEN + case)
    assert not tried(policy, routes, NOON) and not tried(policy, routes, NOON.replace(hour=3))
    assert tried(policy, routes, NOON.replace(year=2027))


def test_a_model_that_may_not_read_a_class_is_not_sent_it() -> None:
    text = OPEN.replace('models = "any"', 'models = ["small"]')
    terms = read_policy(text).terms("public")
    assert leaving(terms, replace(ROUTE, model="big"), NOON).rule == "route-model"
    assert leaving(terms, replace(ROUTE, model="small"), NOON).allowed


def test_a_file_is_checked_with_the_routes_that_are_declared(tmp_path: Path) -> None:
    text = within("public", 'leaves = "never"\nroutes = []', 'leaves = "yes"\nroutes = ["prefecture"]')
    text += '\n[[case]]\nname = "x"\nroute = "prefecture"\nclass = "public"\nexpect = "allow"\n'
    file = tmp_path / "policy.toml"
    file.write_text(text)
    told = dict.fromkeys(("purpose", "owner", "contract", "country", "law"), "x")
    more = {"addresses": ["127.0.0.1"], "networks": ["127.0.0.1/32"], "host": "h.test", "port": 443, "model": "big"}
    keep(tmp_path, made({"id": "prefecture", "kind": "engine", "classes": ["public"], **told, **more}))
    words = ["--instance", str(tmp_path), "policy", "check", str(file)]
    empty = CliRunner().invoke(cli, ["--instance", str(tmp_path / "new"), "policy", "check", str(file)])
    assert "pas encore" not in empty.output and "personne n’a encore déclarées" in empty.output, empty.output
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0 and "4 sur 4" in done.output, done.output
    file.write_text(text.replace('routes = ["prefecture"]', 'routes = ["prefectures"]'))
    assert isinstance(CliRunner().invoke(cli, words).exception, PolicyEntryWrong)
