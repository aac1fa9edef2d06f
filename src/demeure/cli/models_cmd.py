"""``demeure models``: works on the instance's folder directly; a running house is told when its models change."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from demeure.cli.calling import tell_if_open
from demeure.cli.instance import own, readable
from demeure.cli.models_advise import advise, fetched_as
from demeure.cli.terminal import JSON, listed, print_json, said, weight

if TYPE_CHECKING:
    from demeure.engine.models import Installed, ModelStore, Phases, Slot
    from demeure.errors import DemeureError

AGAIN = (
    "Les documents sont encodés de nouveau, en arrière-plan ; en attendant, on les cherche par les mots.",
    "Documents are embedded again, in the background; meanwhile they are searched by their words.",
)
KINDS = click.Choice(["chat", "embed"])  # the slots; language data of recognition serves as soon as it is there


@click.group("models")
def command() -> None:
    """Liste, va chercher, vérifie, choisit les modèles."""


command.add_command(advise)


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les modèles connus et installés, et dit s’ils tiennent dans cette machine."""
    language, rows = obj["language"], _store(obj, writing=False).list()
    if as_json:
        print_json([row.as_json() for row in rows])
        return
    yes, no = said(language, "oui", "yes"), said(language, "non", "no")
    lines = []
    for row in rows:
        state = said(language, "utilisé", "in use") if row.active else said(language, "installé", "installed")
        if not row.present:
            done = 100 * row.partial // row.bytes if row.bytes else 0
            gone = said(language, "choisi, absent", "chosen, missing") if row.active else "-"
            state = f"{done} %" if row.partial else gone
        fit = f"{yes if row.fit.fits else no} ({weight(row.fit.needed, language)})"
        title = row.title_en if language == "en" else row.title_fr
        lines.append((row.id, row.kind, weight(row.bytes, language), fit, state, row.licence, title))
    heads = said(
        language,
        "modèle,place,taille,tient ici,état,licence,nom",
        "model,slot,size,fits here,state,licence,name",
    )
    listed(language, heads, lines, "Aucun modèle connu ni installé.", "No model is known or installed.")


@command.command("pull")
@click.argument("models", nargs=-1, required=True)
@JSON
@click.pass_obj
def pull(obj: dict[str, Any], models: tuple[str, ...], as_json: bool) -> None:
    """Va chercher des modèles du catalogue, source après source, et les vérifie."""
    store = _store(obj)
    models = tuple(map(fetched_as, models))
    for model_id in models:  # an unknown name is refused before anything is fetched
        store.catalogue.get(model_id)
    rows: list[Installed] = []
    try:
        for model_id in models:
            rows.append(_pulled(store, model_id, obj["language"], quiet=as_json))
            _awaited(obj, store, rows[-1])
    finally:  # what came is told, also when the next one does not come
        if as_json and rows:
            print_json([row.as_json() for row in rows])
        elif rows:
            _suggest(store, rows, obj["language"])


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--kind", type=KINDS, default=None, help="chat ou embed ; sinon d’après le fichier.")
@JSON
@click.pass_obj
def import_(obj: dict[str, Any], file: Path, kind: str | None, as_json: bool) -> None:
    """Apporte un fichier GGUF (clé USB) : copié, vérifié, inscrit."""
    language, store = obj["language"], _store(obj)
    with _phases(file.name, language, quiet=as_json) as phases:
        row = store.import_(file, cast("Any", kind), phases)
    if as_json:
        print_json(row.as_json())
    else:
        click.echo(said(language, f"{row.id} : installé, {row.sha256}", f"{row.id}: installed, {row.sha256}"))
        _suggest(store, [row], language)
    _awaited(obj, store, row)


@command.command("use")
@click.argument("slot", type=click.Choice(["chat", "embed", "speech"]))
@click.argument("model")
@click.option("--context", type=click.IntRange(min=256), default=None, help="Jetons de contexte, partagés.")
@click.option("--slots", type=click.IntRange(1, 64), default=None, help="Réponses en même temps.")
@click.option(
    "--anyway",
    is_flag=True,
    help="Le prendre même s’il n’est pas mesuré ou fait moins bien sur vos cas (journalisé).",
)
@JSON
@click.pass_obj
def use(
    obj: dict[str, Any], slot: str, model: str, context: int | None, slots: int | None, anyway: bool, as_json: bool
) -> None:
    """Choisit le modèle d’une place : chat (réponses), embed (recherche par le sens) ou speech (écoute)."""
    store = _store(obj)
    former = store.active()[slot]["sha256"] if slot in store.active() else None
    against = _kept_from(store, obj["instance"], slot, model)
    if against is not None and not anyway:
        taken_anyway = ("Pour le prendre quand même : --anyway.", "To take it all the same: --anyway.")
        click.echo(said(obj["language"], *taken_anyway), err=True)
        raise against
    if against is not None:
        _decided(obj, f"{slot} {model}", against)
    chosen = _use(store, obj["instance"], cast("Slot", slot), model, context, slots)
    taken = _reload(obj["instance"])
    if as_json:
        print_json({slot: chosen, "reloaded": taken})
        return
    language = obj["language"]
    effect = said(language, "au prochain démarrage de la maison", "when the house starts next")
    if taken:
        effect = said(language, "la maison le charge maintenant", "the house is loading it now")
    click.echo(said(language, f"{slot} : {model} ; {effect}.", f"{slot}: {model}; {effect}."))
    if slot == "embed" and former not in (None, chosen["sha256"]):
        click.echo(said(language, *AGAIN))


@command.command("back")
@click.argument("slot", type=click.Choice(["chat", "embed", "speech"]))
@JSON
@click.pass_obj
def back(obj: dict[str, Any], slot: str, as_json: bool) -> None:
    """Reprend le modèle d’avant dans cette place : chat, embed ou speech."""
    store = _store(obj)
    chosen = dict(store.back(cast("Slot", slot)))
    taken = _reload(obj["instance"])
    if as_json:
        print_json({slot: chosen, "reloaded": taken})
        return
    language, model = obj["language"], chosen["id"]
    click.echo(said(language, f"{slot} : {model} de nouveau.", f"{slot}: {model} again."))
    if slot == "embed":
        click.echo(said(language, *AGAIN))


@command.command("remove")
@click.argument("model")
@JSON
@click.pass_obj
def remove(obj: dict[str, Any], model: str, as_json: bool) -> None:
    """Efface un modèle qui n’est pas utilisé."""
    freed = _store(obj).remove(model)
    if as_json:
        print_json({"removed": model, "freed": freed})
    else:
        words = weight(freed, obj["language"])
        click.echo(said(obj["language"], f"{model} : effacé, {words} rendus.", f"{model}: erased, {words} freed."))


@command.command("verify")
@click.argument("model", required=False)
@JSON
@click.pass_obj
def verify(obj: dict[str, Any], model: str | None, as_json: bool) -> None:
    """Recalcule le SHA-256 d’un modèle, ou de tous ; code 1 si l’un d’eux a changé."""
    language = obj["language"]
    with _phases("", language, quiet=as_json) as phases:
        rows = _store(obj, writing=False).verify(model, phases)
    tell_if_open(obj, "models.read", {"found": {row.id: row.found for row in rows}})
    if as_json:
        print_json([{**row.__dict__, "ok": row.ok} for row in rows])
    for row in rows if not as_json else ():
        wrong = said(language, "ABSENT", "MISSING") if not row.found else said(language, "CHANGÉ", "ALTERED")
        if row.unreadable:
            wrong = said(language, f"ILLISIBLE, {row.unreadable}", f"UNREADABLE, {row.unreadable_en}")
        click.echo(f"{row.id}: {'ok' if row.ok else wrong} {row.found}")
    if not as_json and not rows:
        click.echo(said(language, "Aucun modèle installé.", "No model installed."))
    if not all(row.ok for row in rows):
        sys.exit(1)


def pull_missing(instance: Path, models: Sequence[tuple[str, str]], language: str) -> None:
    """For each (slot, model): fetch it if it is not here, and use it if the slot is empty. Prints its progress."""
    obj = {"instance": instance, "language": language}
    store = _store(obj)
    for slot, model_id in models:
        if slot in store.active():
            store.get(store.active()[slot]["id"])
            continue
        _pulled(store, model_id, language)
        _use(store, instance, cast("Slot", slot), model_id, None, None)


def pull_if_possible(instance: Path, models: Sequence[str], language: str) -> None:
    """Fetch what is not here and what the house can do without; a failure is said and nothing else."""
    from demeure.engine.models.errors import NoSourceWorked

    store = _store({"instance": instance, "language": language})
    for model_id in models:
        try:
            _pulled(store, model_id, language)
        except NoSourceWorked as problem:
            click.echo(problem.sentence(language), err=True)


def _store(obj: dict[str, Any], *, writing: bool = True) -> "ModelStore":
    from demeure.engine.models import ModelStore

    (own if writing else readable)(obj["instance"])
    return ModelStore(obj["instance"] / "models", tell=lambda problem: _source_failed(problem, obj["language"]))


def _source_failed(problem: "DemeureError", language: str) -> None:
    """Above the bar, if there is one: Rich stands in for sys.stderr, which ``click.echo`` would go round."""
    another = said(
        language, "Une autre source est essayée, s’il y en a.", "Another source is tried, if there is one."
    )
    sys.stderr.write(f"{problem.sentence(language)} {another}\n")


def _use(
    store: "ModelStore", instance: Path, slot: "Slot", model: str, context: int | None, slots: int | None
) -> dict[str, Any]:
    """Context and places not given come from demeure.toml (chat)."""
    from demeure.settings import load

    if slot == "chat":
        settings = load(instance / "demeure.toml")
        context, slots = context or settings.engine_context, slots or settings.engine_slots
    return dict(store.use(slot, model, context=context, slots=slots))


def _pulled(store: "ModelStore", model_id: str, language: str, *, quiet: bool = False) -> "Installed":
    from demeure.engine.models import AlreadyInstalled

    with _phases(model_id, language, quiet=quiet) as phases:
        result = store.pull(model_id, phases)
    if isinstance(result, AlreadyInstalled):
        if not quiet:
            click.echo(said(language, f"{model_id} : déjà là.", f"{model_id}: already here."))
        return result.model
    if not quiet:
        click.echo(
            said(
                language,
                f"{model_id} : installé depuis {result.source}, SHA-256 {result.sha256}",
                f"{model_id}: installed from {result.source}, SHA-256 {result.sha256}",
            )
        )
    return result


def _suggest(store: "ModelStore", rows: "Sequence[Installed]", language: str) -> None:
    """Say how to use what has just come, where its slot is empty."""
    for kind, row in {row.kind: row for row in rows if row.kind in ("chat", "embed")}.items():
        if kind not in store.active():
            words = f"demeure models use {kind} {row.id}"
            click.echo(said(language, f"Pour s’en servir : {words}", f"To use it: {words}"))


def _awaited(obj: dict[str, Any], store: "ModelStore", row: "Installed") -> None:
    """A house that is open, and whose engines had given up for want of a file that is now here, loads it. Another
    file under the name that was chosen is told so. What is installed stays so: nothing is raised."""
    from demeure.errors import DemeureError

    language = obj["language"]
    try:
        chosen = {slot: one["sha256"] for slot, one in store.active().items() if one["id"] == row.id}
        for slot in sorted(slot for slot, sha256 in chosen.items() if sha256 != row.sha256):
            fr = "Ce n’est pas le fichier qui avait été choisi\u00a0; pour prendre celui-ci\u00a0: "
            en = "This is not the file that was chosen; to take this one: "
            click.echo(said(language, fr, en) + f"demeure models use {slot} {row.id}", err=True)
        if row.sha256 in chosen.values() and _reload(obj["instance"]):
            fr, en = "La maison le charge, s’il lui manquait.", "The house loads it, if it was missing."
            click.echo(said(language, fr, en), err=True)
    except DemeureError as problem:
        fr, en = (
            f"{row.id} est installé, mais la maison n’a pas été prévenue. ",
            f"{row.id} is installed, but the house was not told. ",
        )
        click.echo(said(language, fr, en) + problem.sentence(language), err=True)


def _kept_from(store: "ModelStore", instance: Path, slot: str, model: str) -> "DemeureError | None":
    """Why the organisation's own cases speak against that model in that place; None when nothing does."""
    from demeure.assistant.tasks.errors import ModelFalls, ModelUnmeasured
    from demeure.assistant.tasks.measured import promotion

    former = store.active().get(cast("Slot", slot))
    if slot != "chat" or former is None:
        return None
    try:
        promotion(instance, (former["id"], former["sha256"]), (model, store.get(model).sha256))
    except (ModelFalls, ModelUnmeasured) as problem:
        return problem
    return None


def _decided(obj: dict[str, Any], what: str, against: "DemeureError") -> None:
    """Somebody took it all the same: the journal says so, with what spoke against it; also when no house runs."""
    from demeure.cli.calling import call

    call(obj, "models.decided", {"chosen": what, "against": against.sentence("fr")}, create=True)


def _reload(instance: Path) -> bool:
    """Tell a running house to load what was chosen. False when none runs."""
    import asyncio

    from demeure.cli.door import Door, HouseDown

    async def ask() -> None:
        async with Door(instance) as door:
            await door.call("engines.reload")

    try:
        asyncio.run(ask())
    except HouseDown:
        return False
    return True


PHASES = {
    "fetch": ("réception", "receiving"),
    "copy": ("copie", "copying"),
    "check": ("vérification", "checking"),
    "convert": ("conversion", "converting"),
}


@contextlib.contextmanager
def _phases(name: str, language: str, *, quiet: bool) -> "Iterator[Phases]":
    """Each phase of ``name`` is a bar on a terminal, a line every tenth elsewhere, nothing when quiet; always on
    standard error. Within a phase the figures only grow. Without a ``name`` a phase is called by its own."""
    from demeure.engine.models import silent

    def label(phase: str) -> str:
        return f"{name}, {said(language, *PHASES[phase])}" if name else phase

    if quiet:
        yield silent
        return
    if not sys.stderr.isatty():
        yield lambda phase: _Tenths(label(phase), language)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    figures = TextColumn("{task.fields[figures]}")
    columns = (TextColumn("{task.description}"), BarColumn(), figures, TimeRemainingColumn(compact=True))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def begin(phase: str) -> Callable[[int, int], None]:
            for former in bars.task_ids:
                bars.remove_task(former)
            task = bars.add_task(label(phase), total=None, figures="")
            return lambda done, total: bars.update(
                task, completed=done, total=total or None, figures=_figures(done, total, language)
            )

        yield begin


def _figures(done: int, total: int, language: str) -> str:
    """« 412 sur 1117 Mo »; what has come when the end is not known; empty before it begins."""
    unit, of = said(language, "Mo", "MB"), said(language, "sur", "of")
    if total:
        return f"{done / 1e6:.0f} {of} {total / 1e6:.0f} {unit}"
    return f"{done / 1e6:.0f} {unit}" if done else ""


class _Tenths:
    """Plain lines: « starter-chat, réception : 40 % ». A phase of unknown length says its name once."""

    def __init__(self, label: str, language: str) -> None:
        self._label, self._language, self._last = label, language, -1

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 0
        if tenth > self._last:
            self._last = tenth
            figure = said(self._language, f" : {tenth * 10} %", f": {tenth * 10}%") if total else ""
            click.echo(self._label + figure, err=True)
