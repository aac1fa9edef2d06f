"""What each command of ``demeure`` asks of the house, read from its source: the operations of the control door that
its function, and the functions of ``demeure.cli`` that it calls, name."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from demeure import cli
from demeure.cli.main import cli as root
from demeure.gateway.control import OPERATIONS

_HERE = Path(cli.__file__).parent
_DOOR = ("call", "stream", "tell_if_open")
"""Functions whose argument is an operation, whatever its word: « status » alone means many things."""
Place = tuple[str, str]
"""A module of ``demeure.cli``, and a function or a class of it."""
Tree = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def asked() -> dict[str, list[str]]:
    """Command line → its operations, by name; none: it works on the files of the machine alone."""
    known = {path.stem: _Module(path) for path in _HERE.glob("*.py")}
    found = {}
    for words, command in _commands(root, click.Context(root, obj={"language": "fr"})):
        assert command.callback is not None
        callback = inspect.unwrap(command.callback)
        module = known[callback.__module__.removeprefix("demeure.cli.")]
        found[words] = sorted(_reached(known, module, module.at[callback.__code__.co_firstlineno]))
    return found


def _commands(group: click.Group, context: click.Context, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        words = f"{before} {name}".strip()
        if not isinstance(command, click.Group):
            yield words, command
            continue
        if command.invoke_without_command:
            yield words, command
        inside = click.Context(command, info_name=name, parent=context)
        yield from _commands(command, inside, words)
        if (any_name := command.get_command(inside, "NAME")) is not None:  # « task NAME »: of any task
            yield f"{words} NAME", any_name


class _Module:
    """``defined``: its functions and classes; ``at``: every function, by its first line; ``brought``: name → where
    in ``demeure.cli`` it comes from."""

    def __init__(self, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.name, self.defined = path.stem, {one.name: one for one in tree.body if isinstance(one, Tree)}
        functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
        self.at = {min([one.lineno, *(each.lineno for each in one.decorator_list)]): one for one in functions}
        self.brought: dict[str, Place] = {}
        for one in ast.walk(tree):
            if isinstance(one, ast.ImportFrom) and (one.module or "").startswith("demeure.cli"):
                module = (one.module or "").removeprefix("demeure.cli").lstrip(".")
                for name in one.names:
                    self.brought[name.asname or name.name] = (module or name.name, name.name if module else "")


def _reached(known: dict[str, _Module], module: _Module, start: Tree) -> set[str]:
    waiting: list[tuple[_Module, Tree]] = [(module, start)]
    seen, operations = set[int](), set[str]()
    while waiting:
        here, tree = waiting.pop()
        if id(tree) in seen:
            continue
        seen.add(id(tree))
        own = {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}
        own |= {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        for node in _inside(tree):
            operations |= set(_named(node))
            if isinstance(node, ast.Name) and node.id in own:
                continue
            name, inner = _called(here, node)
            if name in known and inner in known[name].defined:
                waiting.append((known[name], known[name].defined[inner]))
    return operations


def _called(here: _Module, node: ast.AST) -> Place:
    """What a name of ``here`` stands for; ("", "") for nothing of these modules."""
    if isinstance(node, ast.Name):
        return here.brought.get(node.id, (here.name, node.id))
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module, whole = here.brought.get(node.value.id, ("", "-"))
        return ("", "") if whole else (module, node.attr)
    return "", ""


def _inside(tree: Tree) -> Iterator[ast.AST]:
    """What it does: without what decorates it, and the words that it compares with."""
    waiting: list[ast.AST] = [one for one in ast.iter_child_nodes(tree) if one not in tree.decorator_list]
    while waiting:
        node = waiting.pop()
        yield node
        compared = isinstance(node, ast.Compare)
        waiting += [one for one in ast.iter_child_nodes(node) if not (compared and isinstance(one, ast.Constant))]


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
        yield from {node.value} & set(OPERATIONS)
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in _DOOR:
        yield from {one.value for one in node.args if isinstance(one, ast.Constant)} & set(OPERATIONS)
