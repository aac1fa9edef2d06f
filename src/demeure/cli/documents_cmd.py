"""``demeure documents``: bring documents in, see their state, take them out."""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import click

from demeure.cli import documents_care
from demeure.cli.terminal import JSON, print_json, printable, said, shown, standing_line, table

PIECE = 1 << 20
LOOKED_AT = 100
SENDERS = 4
"""Files on their way at once: one is written to the disk while another is journalled."""

STATES = {
    "received": ("reçu", "received"),
    "reading": ("lecture", "reading"),
    "searchable": ("cherchable", "searchable"),
    "ready": ("prêt", "ready"),
    "failed": ("illisible", "failed"),
}

REFUSED = ("refusé", "refused")
STILL = 8  # looks at states of which none changed, before the disk is thought of
FULL = (
    "Le disque est plein\u00a0: ce qui est reçu est gardé, et sera lu dès qu’il y aura de la place.",
    "The disk is full: what was received is kept, and will be read once there is room.",
)


@click.group("documents")
def command() -> None:
    """Ajoute, liste, montre, supprime des documents."""


@command.command("add")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--space", required=True, help="Espace (nom ou identifiant).")
@click.option("--wait/--no-wait", default=True, help="Attendre que les documents soient cherchables.")
@JSON
@click.pass_obj
def add(obj: dict[str, Any], paths: tuple[Path, ...], space: str, wait: bool, as_json: bool) -> None:
    """Ajoute des fichiers, ou tous ceux d’un dossier. Code 1 si l’un d’eux est illisible."""
    rows = asyncio.run(_add(obj, found_in(paths), space, wait))
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            if row.get("new") is False:
                click.echo(already(row, obj["language"]))
        _show(rows, obj["language"])
    sys.exit(1 if any(r["state"] == "failed" or r.get("refused") for r in rows) else 0)


def found(paths: tuple[Path, ...]) -> list[Path]:
    """The files named, folders opened but the hidden ones. Raises FileMissing, FileOfAHouse."""
    from demeure.cli.errors import FileMissing, FileOfAHouse

    files: list[Path] = []
    for path in paths:
        kind = _kind(path)
        if kind == stat.S_IFDIR:
            inside = (p for p in path.rglob("*") if not _hidden(p.relative_to(path)))
            files += sorted(p for p in inside if _kind(p) == stat.S_IFREG)
        elif kind == stat.S_IFREG:
            files.append(path)
        else:
            raise FileMissing(path=str(path))
    houses = {folder for folder in {p.resolve().parent for p in files} if _of_a_house(folder)}
    if houses:
        raise FileOfAHouse(path=str(min(houses)))
    return files


def _kind(path: Path) -> int:
    """What stands there, links followed: S_IFREG, S_IFDIR…; 0: nothing that we may look at."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except OSError:
        return 0


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _of_a_house(folder: Path) -> bool:
    """An instance's folder, or one below: its keys must not become a document that people read."""
    return any(_kind(place / "keys" / "house.key") for place in (folder, *folder.parents))


def found_in(paths: tuple[Path, ...]) -> list[tuple[Path, str]]:
    """The files, and where each stood in the folder that was named (empty for a file named by itself)."""
    return [
        (path, str(path.relative_to(named.parent)) if _kind(named) == stat.S_IFDIR and named.name else "")
        for named in paths
        for path in found((named,))
    ]


async def _add(obj: dict[str, Any], files: list[tuple[Path, str]], space: str, wait: bool) -> list[dict[str, Any]]:
    from demeure.cli.house import reach, require_spaces

    async with reach(obj["instance"], obj["language"]) as door:
        await require_spaces(door, [space])
        rows = await _sent(door, files, space, obj["language"])
        if not wait:
            return rows
        return await settled(door, rows, full=lambda: click.echo(said(obj["language"], *FULL), err=True))


async def _sent(door: Any, files: list[tuple[Path, str]], space: str, language: str) -> list[dict[str, Any]]:
    """A row for each, in order; what stops one stops them all."""
    room = asyncio.Semaphore(SENDERS)

    async def one(path: Path, where: str) -> dict[str, Any]:
        async with room:
            return await send(door, path, space, language, where)

    sending = [asyncio.create_task(one(path, where)) for path, where in files]
    try:
        return list(await asyncio.gather(*sending))
    finally:
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)


async def send(door: Any, path: Path, space: str, language: str, where: str = "") -> dict[str, Any]:
    """Add one file (``where``: its path in the folder that was brought); a refusal becomes a row with its reason,
    so that the others go on."""
    from demeure.cli.errors import FileMissing
    from demeure.errors import DemeureError

    asked = {"space": space, "name": decoded(path.name), "path": decoded(where)}
    try:
        answer = (await door.call("documents.add", asked, _pieces(path))).data
    except OSError:
        refusal: DemeureError = FileMissing(path=printable(decoded(str(path))))
    except DemeureError as problem:
        if problem.code() in ("SpaceUnknown", "ChannelClosed", "JournalUnavailable"):
            raise
        refusal = problem
    else:
        return dict(answer["document"]) | {"new": answer["new"], "sent": printable(asked["name"])}
    name = printable(asked["name"])
    return {"name": name, "state": "failed", "refused": refusal.sentence(language), "id": None}


def already(row: dict[str, Any], language: str) -> str:
    """« copie.pdf » : déjà là, sous le nom « tarifs.pdf »."""
    sent, name = row["sent"], row["name"]
    if sent == name:
        return said(language, f"«\u00a0{name}\u00a0»\u00a0: déjà là.", f"“{name}”: already there.")
    return said(
        language,
        f"«\u00a0{sent}\u00a0»\u00a0: déjà là, sous le nom «\u00a0{name}\u00a0».",
        f"“{sent}”: already there, as “{name}”.",
    )


def decoded(name: str) -> str:
    """A file's name as text; one that is not UTF-8 comes from an old Windows disk or archive."""
    raw = os.fsencode(name)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as source:
        while piece := await asyncio.to_thread(source.read, PIECE):
            yield piece


async def settled(
    door: Any,
    rows: list[dict[str, Any]],
    until: tuple[str, ...] = ("searchable", "ready", "failed"),
    full: Callable[[], None] | None = None,
) -> list[dict[str, Any]]:
    """The same rows, once each has reached one of the states ``until``; one that is deleted meanwhile stays as it
    was. ``full``: called when the disk is, and nothing goes on: they are waited for no longer."""
    known = {row["id"]: row for row in rows if row["id"]}
    waited = [one for one, row in known.items() if row["state"] not in until]
    pause, still = 0.2, 0
    while waited:
        before = len(waited)
        asked, rest = waited[:LOOKED_AT], waited[LOOKED_AT:]
        shown = (await door.call("documents.show", {"documents": asked})).data["documents"]
        known |= {row["id"]: row for row in shown}
        left = [row["id"] for row in shown if row["state"] not in until]
        waited = left + rest
        still = still + 1 if len(waited) == before else 0
        if full is not None and still and still % STILL == 0 and await _full(door):
            full()
            break
        if left:
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, 2.0)  # whoever brings thousands is not to keep the house from reading them
    return [row | known.get(row["id"], {}) for row in rows]


async def _full(door: Any) -> bool:
    return bool((await door.call("status")).data["journal"] == "reserve")


@command.command("list")
@click.option("--space", default=None, help="Espace (défaut : tous).")
@click.option("--tag", default="", help="Seulement ceux qui portent cette étiquette.")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], space: str | None, tag: str, as_json: bool) -> None:
    """Liste les documents, leur état et leurs étiquettes."""
    rows, names = asyncio.run(_list(obj, space, tag))
    if as_json:
        print_json(rows)
    else:
        _show(rows, obj["language"], names)


async def _list(obj: dict[str, Any], space: str | None, tag: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The documents, and the name of each space by its id."""
    from demeure.cli.house import reach, require_spaces

    async with reach(obj["instance"], obj["language"]) as door:
        await require_spaces(door, [space] if space else [])
        rows = (await door.call("documents.list", {"space": space, "tag": tag})).data["documents"]
        spaces = (await door.call("spaces.list")).data["spaces"]
        return rows, {one["id"]: one["name"] for one in spaces}


@command.command("show")
@click.argument("document")
@JSON
@click.pass_obj
def show(obj: dict[str, Any], document: str, as_json: bool) -> None:
    """Montre un document (JSON)."""
    del as_json  # it always is
    print_json(asyncio.run(_call(obj, "documents.show", {"document": document}))["document"])


@command.command("delete")
@click.argument("document")
@JSON
@click.pass_obj
def delete(obj: dict[str, Any], document: str, as_json: bool) -> None:
    """Supprime un document : original, texte, passages, vecteurs."""
    answer = asyncio.run(_call(obj, "documents.delete", {"document": document}))
    shown(obj, answer, as_json, f"Document supprimé : {document}", f"Document deleted: {document}")


@command.command("tag")
@click.argument("documents", nargs=-1, required=True)
@click.option("--add", "put", multiple=True, help="Étiquette à mettre (répétable).")
@click.option("--remove", "off", multiple=True, help="Étiquette à retirer (répétable).")
@JSON
@click.pass_obj
def tag(
    obj: dict[str, Any], documents: tuple[str, ...], put: tuple[str, ...], off: tuple[str, ...], as_json: bool
) -> None:
    """Étiquette des documents d’un même espace : tous, ou aucun."""
    args = {"documents": list(documents), "add": list(put), "remove": list(off)}
    answer = asyncio.run(_call(obj, "documents.tag", args))
    count = answer["documents"]
    shown(obj, answer, as_json, f"Étiquettes à jour : {count}", f"Tags up to date: {count}")


@command.command("ready")
@click.argument("document")
@click.option("--space", "spaces", multiple=True, help="Espace du document (répétable ; défaut : tous).")
@click.option("--keep/--let-go", "keep", default=None, help="Garder prêt, ou ne plus le garder.")
@JSON
@click.pass_obj
def ready(obj: dict[str, Any], document: str, spaces: tuple[str, ...], keep: bool | None, as_json: bool) -> None:
    """Dit si un document est prêt pour les questions ; --keep le garde prêt."""
    args = {"document": document, "spaces": list(spaces), "keep": keep}
    answer = asyncio.run(_call(obj, "documents.ready", args))
    if as_json:
        print_json(answer)
        return
    language = obj["language"]
    click.echo(READY[answer["state"]][language == "en"].format(share=answer["share"]))
    if answer["why"]:
        click.echo(answer["why"][language])
    if answer["size"]:
        click.echo(said(language, *KEPT).format(size=answer["size"] >> 20, seconds=round(answer["seconds"])))


READY = {
    "ready": ("Prêt : la réponse commence aussitôt.", "Ready: answers start at once."),
    "preparing": ("En préparation : {share} % lus.", "Being prepared: {share}% read."),
    "waiting": ("À préparer, dès que personne n’attend.", "Will be prepared as soon as nobody is waiting."),
    "no": ("Lu en entier à la première question, puis gardé prêt.", "Read whole at the first question, then kept."),
    "impossible": ("Ne peut pas être gardé prêt.", "Cannot be kept ready."),
}
KEPT = (
    "Gardé chiffré ({size} Mo) ; chaque question épargne environ {seconds} s de lecture.",
    "Kept encrypted ({size} MB); saves about {seconds} s of reading on each question.",
)


async def _call(obj: dict[str, Any], op: str, args: dict[str, Any]) -> dict[str, Any]:
    from demeure.cli.house import reach

    async with reach(obj["instance"], obj["language"]) as door:
        return dict((await door.call(op, args)).data)


def _show(rows: list[dict[str, Any]], language: str, spaces: dict[str, str] | None = None) -> None:
    """``spaces``: name by id, to say where each document is."""
    if not rows:
        none = (
            "Aucun document : demeure documents add FICHIERS --space ESPACE.",
            "No document: demeure documents add PATHS --space SPACE.",
        )
        click.echo(said(language, *none))
        return
    heads = said(
        language,
        "document,espace,état,pages,passages,étiquettes,identifiant,raison,remarqué",
        "document,space,state,pages,passages,tags,id,reason,noticed",
    ).split(",")
    cells = [_row(r, language, (spaces or {}).get(r.get("space", ""), "")) for r in rows]
    kept = [n for n, _ in enumerate(heads) if n not in (1, 5, 7, 8) or any(row[n] for row in cells)]
    table([heads[n] for n in kept], [[row[n] for n in kept] for row in cells])


def _row(row: dict[str, Any], language: str, space: str) -> tuple[object, ...]:
    told = REFUSED if row.get("refused") else STATES.get(row["state"], (row["state"], row["state"]))
    state = told[language == "en"]
    reason = row.get("refused") or row.get(f"reason_{language}") or row.get("reason") or ""
    return (
        row["name"],
        space,
        state,
        row.get("pages"),
        row.get("passages"),
        ", ".join(row.get("tags") or ()),
        row.get("id"),
        reason,
        _noticed(row, language),
    )


def _noticed(row: dict[str, Any], language: str) -> str:
    """What its reading noticed, and what the antivirus did not see."""
    from demeure.workshop import telling

    told = telling(row.get("flags") or {}, language, more=True)
    unseen = (row.get("antivirus") or {}).get("verdict") == "unseen"
    words = said(language, "pas vu par l’antivirus", "not seen by the antivirus") if unseen else ""
    return "; ".join(filter(None, (told, words, *_standing(row, language))))


def _standing(row: dict[str, Any], language: str) -> list[str]:
    return [standing_line(language, one) for one in row.get("standing") or ()]


documents_care.add_to(command)
