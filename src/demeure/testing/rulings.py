"""Random policies and requests, and a reference interpreter of what a policy means, written apart from the
product's code: it reads the file's tables as they are, one request after the other, without preparing anything.
"""

import random
import tomllib
from collections.abc import Iterator
from typing import Any

from demeure.policy import (
    HELD,
    LOWERS,
    MATRIX,
    NEEDED,
    OWN_NEEDED,
    RAISES,
    READING_ROLES,
    ROLES,
    Action,
    Actor,
    Cell,
    Force,
    Resource,
    Right,
    read_policy,
)
from demeure.policy.text import FORMATS

MODELS = ("petit", "grand", "autre")
SPACES = ("s1", "s2", "s3")
NEVER = {"sign-in", "page.view", "account.change", "policy.read", "policy.change", "contractor.close"}


# -- the reference: 60 lines --------------------------------------------------------------------------------


def reference(data: dict[str, Any], world: dict[str, Any], actor: Actor, action: str, about: Resource) -> str:
    """``data``: the policy as TOML gives it; ``world``: classes of spaces, spaces held, disk in clear, the model
    that writes. Answers allow, or the name of what refuses: house, legal-hold, archives-visa, policy:NAME,
    class-…"""
    order = [one["id"] for one in data["class"]]
    touched = _touched(data, world, about)
    kept = max((data["class"][order.index(name)] for name in touched), key=data["class"].index) if touched else None
    if not _house(actor, action, about, kept):
        return "house"
    others = [data["class"][order.index(name)] for name in touched] if about.kind == "spaces" else []
    for each in (kept, *(one for one in others if one is not kept)):
        if (said := _policy(data, world, actor, action, about, each)) != "allow":
            return said
    return "allow"


def _policy(
    data: dict[str, Any],
    world: dict[str, Any],
    actor: Actor,
    action: str,
    about: Resource,
    kept: dict[str, Any] | None,
) -> str:
    for rule in data.get("rule", []):
        for_them = "roles" not in rule or set(rule["roles"]) & actor.roles
        for_it = "classes" not in rule or (kept is not None and kept["id"] in rule["classes"])
        if action in rule["actions"] and for_them and for_it:
            return f"policy:{rule['name']}"
    return "allow" if kept is None else _class(data, world, actor, action, about, kept)


def _touched(data: dict[str, Any], world: dict[str, Any], about: Resource) -> list[str]:
    spaces = about.id.split(",") if about.kind == "spaces" else [about.space]
    touched = [world["classes"].get(space, data["default"]) for space in spaces if space]
    return touched + ([about.sensitivity] if about.sensitivity else [])


def _house(actor: Actor, action: str, about: Resource, kept: dict[str, Any] | None) -> bool:
    if action == "sign-in":
        return True
    cells = {MATRIX[Action(action)][role] for role in ROLES if role in actor.roles}
    mine = about.owner == actor.id
    if action in NEEDED and Cell.SPACE in cells:
        needed = min(NEEDED[Action(action)], OWN_NEEDED.get(Action(action), Right.MANAGE) if mine else Right.MANAGE)
        if about.right >= needed:
            return True
    if action in ("space.class", "document.class") and LOWERS in about.marks and kept is not None:
        return about.right >= Right.READ and bool(set(kept["approves"]) & actor.roles)
    return Cell.HOUSE in cells or (Cell.OWN in cells and mine)


def _class(
    data: dict[str, Any], world: dict[str, Any], actor: Actor, action: str, about: Resource, kept: dict[str, Any]
) -> str:
    destroys = action in ("document.delete", "space.delete")
    classing = action in ("space.class", "document.class")
    model = about.model or (world["writer"] if action == "ask" else "")
    if destroys and (HELD in about.marks or about.space in world["held"]):
        return "legal-hold"
    if destroys and data["archives"]:
        return "archives-visa"
    reads = ("ask", "model.use", "document.read", "space.read", "document.open", "document.add")
    if action in reads and actor.most is not None and data["class"].index(kept) > actor.most:
        return "key-class"
    if action == "snapshot.keep" and not kept["snapshots"]:
        return "class-no-snapshots"
    rises = RAISES in about.marks or (not classing or LOWERS not in about.marks)
    takes = action in ("document.add", "snapshot.keep") and (RAISES in about.marks or LOWERS not in about.marks)
    if kept["disk"] == "encrypted" and world["clear"] and (takes or (classing and rises)):
        return "class-disk"
    if action in ("ask", "model.use", "document.read") and model and not _holds(kept["models"], model):
        return "class-model"
    leaves = action in ("conversation.export", "work.read", "work.open") and about.format
    if leaves and not _holds(kept["exports"], about.format):
        return "class-format"
    if classing and LOWERS in about.marks and not set(kept["approves"]) & actor.roles:
        return "class-lowering"
    return "allow"


def _holds(listed: Any, one: str) -> bool:
    return listed == "any" or one in listed


# -- random policies and requests --------------------------------------------------------------------------------


def policy_text(dice: random.Random) -> str:
    """A policy that can be read: each class allows no more than the one under it."""
    lines = ["version = 1", f"archives = {str(dice.random() < 0.1).lower()}"]
    names = [f"c{at}" for at in range(dice.randint(1, 5))]
    lines.insert(1, f'default = "{dice.choice(names)}"')
    models, exports = _some(dice, MODELS), _some(dice, FORMATS)
    disk, snapshots = "any", True
    for name in names:
        disk = dice.choice(("any", "encrypted")) if disk == "any" else disk
        snapshots = snapshots and dice.random() < 0.7
        models, exports = _fewer(dice, models, MODELS), _fewer(dice, exports, FORMATS)
        approves = dice.sample([role.value for role in sorted(READING_ROLES)], dice.randint(1, 3))
        lines += [
            "[[class]]",
            f'id = "{name}"',
            f'name = "{name}"',
            f"models = {_told(models)}",
            'leaves = "never"',
        ]
        lines += [f'disk = "{disk}"', f"snapshots = {str(snapshots).lower()}", f"exports = {_told(exports)}"]
        lines += ['keep = { conversations = 30, documents = "unlimited" }', 'journal = "contents"']
        lines += [f"approves = {_told(approves)}"]
    for at in range(dice.randint(0, 4)):
        actions = dice.sample(sorted({action.value for action in Action} - NEVER), dice.randint(1, 6))
        lines += ["[[rule]]", f'name = "r{at}"', 'why = "non"', f"actions = {_told(actions)}"]
        if dice.random() < 0.7:
            lines.append(f"roles = {_told(dice.sample([role.value for role in ROLES], dice.randint(1, 2)))}")
        if dice.random() < 0.7:
            lines.append(f"classes = {_told(dice.sample(names, dice.randint(1, len(names))))}")
    return "\n".join(lines) + "\n"


def _some(dice: random.Random, among: tuple[str, ...]) -> list[str] | None:
    return None if dice.random() < 0.5 else dice.sample(among, dice.randint(0, len(among)))


def _fewer(dice: random.Random, before: list[str] | None, among: tuple[str, ...]) -> list[str] | None:
    if before is None:
        return _some(dice, among)
    return before if dice.random() < 0.6 else dice.sample(before, dice.randint(0, len(before)))


def _told(names: list[str] | None) -> str:
    return '"any"' if names is None else "[" + ", ".join(f'"{name}"' for name in names) + "]"


def worlds(dice: random.Random, text: str) -> tuple[dict[str, Any], dict[str, Any], Force]:
    """(the policy as data, the world, the same as the product holds it)."""
    data = tomllib.loads(text)
    order = [one["id"] for one in data["class"]]
    world: dict[str, Any] = {
        "classes": {space: dice.choice(order) for space in SPACES if dice.random() < 0.7},
        "held": frozenset(space for space in SPACES if dice.random() < 0.2),
        "clear": dice.random() < 0.5,
        "writer": dice.choice(("", *MODELS)),
    }
    policy = read_policy(text)
    return data, world, Force(policy, world["classes"], world["clear"], world["writer"], world["held"])


def requests(dice: random.Random, data: dict[str, Any], count: int) -> Iterator[tuple[Actor, str, Resource]]:
    """Somebody, something, about something."""
    order = [one["id"] for one in data["class"]]
    for _ in range(count):
        roles = frozenset(dice.sample([role.value for role in ROLES], dice.randint(1, 2)))
        kind = dice.choice(("document", "space", "spaces", "conversation", "house"))
        space = dice.choice(("", *SPACES)) if kind != "house" else ""
        several = ",".join(dice.sample(SPACES, dice.randint(1, 3))) if kind == "spaces" else "x"
        marks = frozenset(mark for mark in (HELD, LOWERS, RAISES) if dice.random() < 0.15)
        about = Resource(
            *(kind, several, "?", "" if kind == "spaces" else space, dice.choice(("p1", "p2"))),
            right=dice.choice(list(Right)),
            marks=marks,
            sensitivity=dice.choice(("", "", *order)),
            model=dice.choice(("", *MODELS)),
            format=dice.choice(("", *FORMATS)),
        )
        most = dice.randrange(len(order)) if dice.random() < 0.2 else None
        yield Actor("person", "p1", "Anne", roles, most=most), dice.choice(list(Action)).value, about
