"""Every entry that the code can write is told in French and in English: its source is walked for their names."""

import ast
import importlib
import itertools
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import demeure
from demeure.directories.planning import Plan
from demeure.errors import known_errors
from demeure.gateway import telling
from demeure.gateway.pages.journal import KIND_WORDS
from demeure.gateway.proof_desk import VERDICTS
from demeure.identity import PersonUnknown
from demeure.identity.key_limits import QUOTA_FIELDS
from demeure.journal.wanted import Wanted
from demeure.policy.limits import LIMITS
from demeure.policy.routes import LEAVING
from demeure.policy.rules import RULES
from demeure.policy.subject import Right, Role

HERE = Path(demeure.__file__).parent
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
APART = {"journal/client.py", "journal/entry.py", "testing/journal_evidence.py"}
"""Where a draft is the closing of another, or comes from outside as it is."""

ELSEWHERE = {"airlock", "proof", "store", "identity", "engine", "confinement", "testing", "install"}
"""Rooms whose texts with « word= » are addresses, commands and records: none of them is what an entry is about."""
NOT_THERE = {"cn", "q", "space"}
"""A name in a directory, fields of addresses."""
ENDS = ("", ".backup-made", ".directory-followed")

Function = ast.FunctionDef | ast.AsyncFunctionDef
AROUND = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass
class Module:
    """``within``: each node → the functions and classes around it, innermost first; ``given``: each of these →
    what is assigned inside it."""

    path: str
    tree: ast.Module
    names: dict[str, ast.expr] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    within: dict[ast.AST, tuple[ast.AST, ...]] = field(default_factory=dict)
    given: dict[ast.AST, dict[str, list[tuple[ast.AST, ast.expr]]]] = field(default_factory=dict)


def read() -> list[Module]:
    modules = []
    for path in sorted(HERE.rglob("*.py")):
        module = Module(path.relative_to(HERE).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        around(module, module.tree, ())
        for node in module.tree.body:
            module.names |= assigned(node)
            if isinstance(node, ast.ImportFrom) and node.module:
                module.imports |= {one.asname or one.name: node.module for one in node.names}
        modules.append(module)
    return modules


def around(module: Module, node: ast.AST, inside: tuple[ast.AST, ...]) -> None:
    """Fill ``within`` and ``given``, from ``node`` down."""
    for name, value in assigned(node).items() if inside else ():
        for one in inside:
            module.given.setdefault(one, {}).setdefault(name, []).append((inside[0], value))
    if isinstance(node, (ast.Call, *AROUND)):
        module.within[node] = inside
    inner = (node, *inside) if isinstance(node, AROUND) else inside
    for child in ast.iter_child_nodes(node):
        around(module, child, inner)


def assigned(node: ast.AST) -> dict[str, ast.expr]:
    """Name (or ``self.name``) → what an assignment gives it."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return {ast.unparse(node.target): node.value}
    if not isinstance(node, ast.Assign):
        return {}
    found: dict[str, ast.expr] = {}
    for target in node.targets:
        if not isinstance(target, ast.Tuple):
            found[ast.unparse(target)] = node.value
            continue
        values = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
        for position, one in enumerate(target.elts):
            given = [spread(value)[position] for value in values if len(spread(value)) == len(target.elts)]
            if given:
                whole = given[0] if len(given) == 1 else ast.IfExp(ast.Constant(True), given[0], given[1])
                found[ast.unparse(one)] = whole
    return found


def spread(value: ast.expr) -> list[ast.expr]:
    """The elements of a tuple, ``*(…)`` among them opened."""
    if not isinstance(value, ast.Tuple):
        return []
    inside = [spread(one.value) if isinstance(one, ast.Starred) else [one] for one in value.elts]
    return list(itertools.chain.from_iterable(inside))


class Names:
    """The values that the names of drafts may have."""

    def __init__(self) -> None:
        self.modules = read()
        self.by_name = {dotted(module.path): module for module in self.modules}
        self.calls: dict[str, list[tuple[Module, ast.Call]]] = {}
        for module in self.modules:
            for node in module.within:
                if isinstance(node, ast.Call):
                    self.calls.setdefault(called(node), []).append((module, node))

    def written(self) -> Iterator[tuple[str, set[str]]]:
        """(where, the names) of each draft."""
        for module, call in self.calls["Draft"]:
            if module.path not in APART:
                name = argument(call, "name", 1)
                assert name is not None, f"{module.path}:{call.lineno}"
                yield f"{module.path}:{call.lineno}", self.values(module, call, name, 0)
        for module, call in self.calls["close"]:
            name = argument(call, "name", None)
            if name is not None and module.path not in APART:
                yield f"{module.path}:{call.lineno}", self.values(module, call, name, 0)

    def values(self, module: Module, at: ast.AST, value: ast.expr, depth: int) -> set[str]:
        """What ``value`` may be, where it stands in the code."""
        if depth > 6:
            return set()
        deeper = depth + 1
        if isinstance(value, ast.Constant):
            return {value.value} if isinstance(value.value, str) and NAME.fullmatch(value.value) else set()
        if isinstance(value, ast.FormattedValue):
            return self.values(module, at, value.value, deeper)
        if isinstance(value, ast.JoinedStr):
            parts = [self.part(module, at, one, deeper) for one in value.values]
            return {"".join(chosen) for chosen in itertools.product(*parts)}
        if isinstance(value, ast.IfExp):
            return self.values(module, at, value.body, deeper) | self.values(module, at, value.orelse, deeper)
        if isinstance(value, ast.Subscript):
            _, table = self.constant(module, ast.unparse(value.value))
            rows = table.values if isinstance(table, ast.Dict) else []
            return set().union(*[self.values(module, at, row, deeper) for row in rows])
        return self.named(module, at, ast.unparse(value), deeper)

    def part(self, module: Module, at: ast.AST, value: ast.expr, depth: int) -> set[str]:
        if isinstance(value, ast.Constant):
            return {str(value.value)}
        return self.values(module, at, value, depth)

    def named(self, module: Module, at: ast.AST, name: str, depth: int) -> set[str]:
        """A variable: assigned nearby, a parameter of the function around, a field of the class, a constant."""
        found: set[str] = set()
        for outer in (*((at,) if isinstance(at, AROUND) else ()), *module.within.get(at, ())):
            if not isinstance(outer, ast.ClassDef) or "." in name:
                for place, value in module.given.get(outer, {}).get(name, []):
                    found |= self.values(module, place, value, depth) if ast.unparse(value) != name else set()
            if isinstance(outer, AROUND[:2]):
                found |= self.parameter(module, outer, name, depth)
        if not found:
            where, constant = self.constant(module, name)
            found = self.values(where, where.tree, constant, depth) if constant is not None else set()
        return found

    def constant(self, module: Module, name: str) -> tuple[Module, ast.expr | None]:
        """Of this file, or of the one that it was imported from."""
        while name not in module.names and module.imports.get(name) in self.by_name:
            module = self.by_name[module.imports[name]]
        return module, module.names.get(name)

    def parameter(self, module: Module, function: Function, name: str, depth: int) -> set[str]:
        """What callers give. A name with an underscore is called in its own file only."""
        every = [*function.args.posonlyargs, *function.args.args]
        names = [one.arg for one in every if one.arg not in ("self", "cls")]
        if name not in (*names, *(one.arg for one in function.args.kwonlyargs)):
            return set()
        classes = [one for one in module.within.get(function, ()) if isinstance(one, ast.ClassDef)]
        own = classes[0].name if function.name == "__init__" and classes else function.name
        position = names.index(name) if name in names else None
        found: set[str] = set()
        for where, call in self.calls.get(own, []):
            if own.startswith("_") and where.path != module.path:
                continue
            given = argument(call, name, position)
            if given is not None:
                found |= self.values(where, call, given, depth)
        return found if own.startswith("_") else {one for one in found if "-" in one}


def dotted(path: str) -> str:
    return ".".join(["demeure", *path.removesuffix(".py").removesuffix("/__init__").split("/")])


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def argument(call: ast.Call, name: str, position: int | None) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    given: list[ast.expr] = []
    for one in call.args:
        given += spread(one.value) if isinstance(one, ast.Starred) else [one]
    return given[position] if position is not None and position < len(given) else None


@pytest.fixture(scope="module")
def written() -> dict[str, set[str]]:
    return dict(Names().written())


def test_the_names_of_every_draft_are_found(written: dict[str, set[str]]) -> None:
    assert len(written) > 50
    assert [where for where, names in written.items() if not names] == []
    every = set().union(*written.values())
    assert {"control-opened", "document-reindex", "version-proposed", "journal-chain-read-refused"} <= every
    assert {"attested", "snapshot-prepare", "draft-opened", "question-closed", "person-role"} <= every


def test_every_entry_that_can_be_written_is_told_in_both_languages(written: dict[str, set[str]]) -> None:
    every = set().union(*written.values())
    closings = {f"{name.removesuffix('-opened')}-closed" for name in every if not name.endswith("-refused")}
    untold = sorted(name for name in every | closings if not telling.known(name))
    assert untold == [], "a sentence in gateway/locale/journal.toml, both languages"
    for name in every:
        french, english = (telling.said(language, name) for language in ("fr", "en"))
        assert name not in (french, english) and french[0].isupper() and english[0].isupper()


def test_the_table_says_the_same_in_both_languages() -> None:
    for key, pair in telling.table().table.items():
        assert pair.keys() == {"fr", "en"} and all(pair.values()), key
        fields = [set(re.findall(r"\{(\w+)\}", said)) for said in pair.values()]
        assert fields[0] == fields[1], key
        assert not re.search(r" [:;!?»]|« ", pair["fr"]), f"{key}: a no-break space"


def test_every_rule_and_every_word_of_the_house_is_told() -> None:
    for rule in RULES:
        assert telling.why("fr", rule.name) != rule.name, rule.name
    for name in (*(limit.name for limit in LIMITS), *LEAVING):
        assert telling.why("fr", name) != name, name
    assert "la-nuit" in telling.why("fr", "policy:la-nuit") != "policy:la-nuit"
    for role in Role:
        assert f"value.role.{role.value}" in telling.table().table
    for right in Right:
        assert f"value.share.{right.label}" in telling.table().table


def test_what_an_entry_is_about_is_told_in_words() -> None:
    about = telling.about
    assert about("fr", "control-opened", "root uid 0") == "compte root de la machine (n°\u00a00)"
    odd = about("fr", "control-opened", "uid 0, or root: not told apart here")
    assert odd == "compte n°\u00a00 de la machine", "root is not « or root »"
    odd = about("fr", "control-opened", "uid 990, or root: not told apart here")
    assert odd == "compte n°\u00a0990 de la machine, ou root\u00a0: non distingués ici"
    assert (
        about("en", "house-started", "ladder=A accepted-unconfined=no")
        == "level A, allowed to start without walls: no"
    )
    proved = about("fr", "walls-proved-closed", f"blocked ladder=A blocked=900 open=0 statement={'a' * 128}")
    assert proved == f"rien n’est sorti, niveau A, 900 bloqués, 0 ouverts, déclaration {'a' * 16}…"
    assert about("fr", "passages-found", "s/p1=aa s/p2=bb") == "2 passages engagés"
    facts = f"ladder=A accepted-unconfined=no gateway={'0' * 16}:0 engine-chat={'1' * 16}:2"
    assert "2 processus relevés, 2 écarts avec leurs profils" in about("fr", "box-facts", facts)
    assert (
        about("fr", "journal-read", "actor=p1 said=deux mots", {"p1": "Alice"})
        == "qui\u00a0: Alice, mots deux mots"
    )
    assert about("fr", "attempt-refused", "role=worker library=? what=connect count=3").endswith("3 fois")
    assert about("en", "document-add", "0123abcd") == "0123abcd"


def test_what_left_by_a_route_is_told_in_words() -> None:
    left = "route far; 2423 bytes; class interne; found name 6, phone 1; policy 0123; out 2423 bytes; back 5 bytes"
    told = telling.about("fr", "route-request", left)
    assert told.startswith(
        "route far, 2423 octets, classe interne, relevé\u00a0: 6 noms de personne, 1 téléphone, "
    )
    assert told.endswith("politique 0123, 2423 octets sortis, 5 octets revenus")
    assert telling.about("en", "route-refused", "route far; class -") == "route far"
    nothing = telling.about(
        "fr", "route-request", "route far; 9 bytes; class -; found -; out 0 bytes; back 0 bytes"
    )
    assert nothing == "route far, 9 octets, rien n’est sorti, 0 octets revenus"
    assert telling.about("en", "route-request", "route far; 9 bytes; of tomorrow").endswith("9 bytes, of tomorrow")
    assert telling.about("fr", "question-asked", "policy=1 space=a space=b", {"a": "Mairie"}).endswith(
        "espace Mairie, espace b"
    )


def test_who_is_told_in_words() -> None:
    assert telling.who("fr", "p1", {"p1": "Alice"}) == "Alice" and telling.who("fr", "p1") == "p1"
    assert telling.who("fr", "") == telling.who("fr", "worker") == "La maison"
    assert telling.who("en", "uid:1000") == "account no. 1000 of the machine"
    assert telling.who("fr", "visitor") == "personne non identifiée"
    assert telling.who("fr", "application:agenda") == "application agenda"
    assert telling.why("fr", "prove_hours=23") == "la maison d’elle-même, toutes les 23 h"


def test_why_is_told_in_words() -> None:
    assert telling.why("fr", "own-conversation") == "sa propre conversation"
    assert telling.why("en", "30 s") == "for 30 s"
    more = telling.why("fr", "revoked, and 3 more since the last entry")
    assert more == "clé retirée, et 3 de plus depuis la ligne précédente"
    assert PersonUnknown.code() and "…" in telling.why("fr", "SignInLocked")
    assert telling.why("fr", "PermissionError") == "erreur PermissionError", "of no room: labelled at least"
    assert telling.why("fr", "SignInRefused") not in ("", "SignInRefused")
    assert telling.why("fr", "a rule of tomorrow") == "a rule of tomorrow"


def worded() -> set[str]:
    """Every « word= » that a text with a field of the code begins with or holds after a space."""
    found: set[str] = set()
    for path in sorted(HERE.rglob("*.py")):
        if path.relative_to(HERE).parts[0] in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.JoinedStr):
                continue
            for before, value in itertools.pairwise([ast.Constant(""), *node.values]):
                said = before.value if isinstance(before, ast.Constant) and isinstance(before.value, str) else ""
                if isinstance(value, ast.FormattedValue) and (word := re.search(r"(?:^|\s)([a-z][a-z-]*)=$", said)):
                    found.add(word[1])
    return found


def test_every_word_of_what_an_entry_is_about_is_told() -> None:
    counted = {*Plan().counts(), *(name.replace("_", "-") for name in QUOTA_FIELDS), *VERDICTS}
    every = (
        (worded() - NOT_THERE) | counted | set(Wanted.FIELDS) | {"found", "done", "told", "kept", "held", "failed"}
    )
    assert len(every) > 50 and {"sound", "faults", "was", "week", "released"} <= every
    untold = sorted(one for one in every if not any(f"word.{one}{end}" in telling.table().table for end in ENDS))
    assert untold == [], "a word in gateway/locale/journal.toml, both languages"


def test_every_kind_that_is_sought_is_told() -> None:
    for kind in KIND_WORDS:
        assert f"value.kind.{kind}" in telling.table().table, kind


def test_an_error_is_told_as_a_sentence_whatever_it_lacks() -> None:
    for module in pkgutil.walk_packages(demeure.__path__, "demeure."):
        if module.name.endswith("errors"):
            importlib.import_module(module.name)
    assert len(known_errors()) > 400 and telling.why("fr", "Denied") == "La maison refuse"
    for code, language in itertools.product(known_errors(), ("fr", "en")):
        why = telling.why(language, code)
        assert " " in why and telling.about(language, "backup-made", code) == why, code
        assert not re.search(r"[ \u00a0]\?", why), code


def test_words_of_backups_directories_and_accounts_are_told() -> None:
    about = telling.about
    assert about("fr", "backup-checked", "nas sound=3 faults=0") == "nas, saines\u00a0: 3, défauts\u00a0: 0"
    made = about("fr", "backup-made", f"4 nas bytes=9 added=5 sha256={'a' * 64}")
    assert made.startswith("n° 4 nas, 9 octets, 5 octets ajoutés, SHA-256 ")
    assert about("en", "directory-followed", "ad added=2 role=1") == "ad, 2 added, changes of role: 1"
    was = about("fr", "person-role", "p1 agent was=dpo")
    assert was == "p1 agent, auparavant\u00a0: délégué à la protection des données"
    read = about("fr", "journal-read", "kind=sign-in name=document-add")
    assert read == "genre\u00a0: connexion, nom Document ajouté"
    assert about("fr", "backup-made", "NoRecipient").startswith("Aucune clé de secours")
    assert telling.why("fr", "schedule") == "l’heure prévue est venue"


def test_words_are_sought_in_the_sentences_too() -> None:
    sought = telling.sought("supprimé alice")
    assert sought is not None
    first, second = sought.split()
    assert first.startswith("supprimé|") and "document-delete" in first.split("|") and second == "alice"
    assert {"legal-opened", "legal-closed"} <= set(str(telling.sought("faite")).split("|")), "and how it ended"
    assert "refused" in str(telling.sought("refusé")).split("|"), "the word of the column"
    assert telling.sought(None) is None
