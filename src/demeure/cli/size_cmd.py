"""``demeure size``: what machine and what model so many people need, and what they would wait. Nothing is
started."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.terminal import JSON, print_json, said, table, weight

if TYPE_CHECKING:
    from demeure.sizing import Machine, Plan, Profile, Wanted

VERDICTS = {
    "fits": ("suffit", "enough"),
    "tight": ("juste", "tight"),
    "short": ("trop lent", "too slow"),
    "too-large": ("trop grand", "too large"),
}
PARTS = {
    "weights": ("poids du modèle", "weights of the model"),
    "context": ("contexte des réponses", "context of the answers"),
    "engine": ("moteur", "engine"),
    "prompts": ("questions gardées", "prompts kept"),
    "search": ("recherche par le sens", "search by meaning"),
    "house": ("la maison et le système", "the house and the system"),
    "models": ("modèles", "models"),
    "originals": ("documents", "documents"),
    "index": ("index et vecteurs", "index and vectors"),
    "ready": ("documents gardés prêts", "documents kept ready"),
    "journal": ("journal, trois ans", "journal, three years"),
}


KINDS = {
    "cpu": ("processeur", "processor"),
    "apu": ("processeur et son circuit graphique", "processor and its graphics"),
    "apple": ("processeur Apple, mémoire commune", "Apple processor, shared memory"),
    "gpu": ("carte graphique", "graphics card"),
    "unified": ("circuit graphique à mémoire commune", "graphics with shared memory"),
}


@click.command("size")
@click.option("--people", type=click.IntRange(1, 20_000), default=None, help="Nombre de personnes.")
@click.option("--uses", default="mairie", help="Profil d’usage : mairie, pme, service-public, ou un fichier TOML.")
@click.option(
    "--machine", "machine_id", default=None, help="Une machine de la table, ou « this » : cette machine, mesurée."
)
@click.option("--model", "model_id", default=None, help="Un modèle du catalogue (demeure models advise).")
@click.option(
    "--quantisation", type=click.Choice(["q4_k_m", "q8_0", "f16"]), default="q4_k_m", help="Quantification."
)
@click.option("--years", type=click.IntRange(0, 10), default=3, help="Années de croissance comptées (défaut : 3).")
@click.option(
    "--first", type=click.FloatRange(0.1, 600), default=5.0, help="Premier mot voulu, en secondes (défaut : 5)."
)
@click.option(
    "--speed", type=click.FloatRange(0.5, 500), default=8.0, help="Jetons par seconde voulus (défaut : 8)."
)
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="Une hypothèse : documents=8000, questions.each=10…"
)
@click.option("--europe", is_flag=True, help="Éditeur en Europe seulement.")
@click.option("--licence", "licences", multiple=True, help="Licence permise ; plusieurs fois.")
@click.option("--print-profile", is_flag=True, help="Écrit le profil, à changer dans un fichier.")
@JSON
@click.pass_obj
def command(
    obj: dict[str, Any],
    people: int | None,
    uses: str,
    machine_id: str | None,
    model_id: str | None,
    quantisation: str,
    years: int,
    first: float,
    speed: float,
    given: tuple[str, ...],
    europe: bool,
    licences: tuple[str, ...],
    print_profile: bool,
    as_json: bool,
) -> None:
    """Dimensionne : de l’usage à la machine, au modèle, à la mémoire, au disque et à l’attente."""
    from demeure.errors import InputError
    from demeure.sizing import Targets, Wanted, as_toml, open_model, planned, proposed, shape

    profile = _profile(uses, people, given)
    if print_profile:
        click.echo(as_toml(profile), nl=False)
        return
    if first != first or speed != speed:  # nan is within any bounds
        raise InputError(detail="--first, --speed")
    targets = Targets(first, speed)
    wanted = Wanted(licences=frozenset(licences), europe=europe, french=True)
    if model_id or machine_id:
        here = _machine(obj["instance"], machine_id)
        name = model_id or _usual(here, wanted)
        plans = [planned(profile, here, shape(open_model(name), quantisation), targets, years=years)]
    else:
        own = measured_here(obj["instance"])
        plans = proposed(profile, wanted, targets, years=years, own=own)
    if as_json:
        print_json({"profile": profile.as_json(), "years": years, "plans": [one.as_json() for one in plans]})
        return
    _show(profile, plans, years, obj["language"])


def _profile(uses: str, people: int | None, given: tuple[str, ...]) -> "Profile":
    from demeure.sizing import changed, profile, read_profile
    from demeure.sizing.errors import ProfileChangeWrong

    place = Path(uses)
    base = read_profile(_text(place), place.name) if place.is_file() else profile(uses)
    figures = {"people": people} if people else {}
    for one in given:
        name, _, value = one.partition("=")
        if not (value.isascii() and value.isdecimal() and len(value) < 12):
            told = {"expected": "un nombre entier", "expected_en": "a whole number"}
            raise ProfileChangeWrong(entry=name.strip()[:40], **told)
        figures[name.strip()] = int(value)
    return changed(base, figures)


def _text(place: Path) -> str:
    from demeure.cli.errors import FileMissing

    try:
        return place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise FileMissing(path=place) from problem


def measured_here(instance: Path) -> "Machine | None":
    """This machine, when « demeure bench machine » measured it for this instance."""
    from demeure.cli.bench_cmd import read_record
    from demeure.engine.models import this_machine
    from demeure.sizing import this_machine as sized

    record = read_record(instance)
    found = this_machine()
    return None if record is None else sized(found.memory, found.cores, record)


def _machine(instance: Path, name: str | None) -> "Machine":
    from demeure.errors import InputError
    from demeure.sizing import THIS, machine

    if name not in (None, THIS):
        return machine(str(name))
    found = measured_here(instance)
    if found is None:
        raise InputError(
            detail="cette machine n’est pas mesurée : demeure bench machine",
            detail_en="this machine is not measured: demeure bench machine",
        )
    return found


def _usual(machine: "Machine", wanted: "Wanted") -> str:
    """The best ranked model that fits."""
    from demeure.errors import InputError
    from demeure.sizing import advised

    kept = next((one for one in advised(machine.memory, wanted) if one.kept), None)
    if kept is None:
        raise InputError(detail="aucun modèle ne convient", detail_en="no model suits")
    return kept.model.id


def _show(profile: "Profile", plans: "list[Plan]", years: int, language: str) -> None:
    grown = profile.after(years)
    day, peak = f"{grown.requests:.0f}", f"{grown.peak:.0f}"
    fr = f"{profile.name('fr')} : {profile.people} personnes, {grown.people} dans {years} ans, "
    fr += f"{day} demandes par jour, {peak} à l’heure de pointe."
    en = f"{profile.name('en')}: {profile.people} people, {grown.people} in {years} years, "
    en += f"{day} requests a day, {peak} in the busiest hour."
    click.echo(said(language, fr, en))
    if not plans:
        fr = (
            "Aucune machine de la table ne suffit avec un modèle permis : relâchez une cible (--first, --speed) ou "
        )
        fr += "une condition (demeure models advise --all dit ce qui est permis)."
        en = "No machine of the table suffices with an allowed model: relax a target (--first, --speed) or a "
        en += "condition (demeure models advise --all says what is allowed)."
        click.echo(said(language, fr, en))
        return
    heads = said(
        language,
        "machine,,modèle,mémoire,à la fois,premier mot p95,jetons/s p10,verdict",
        "machine,,model,memory,at once,first word p95,tokens/s p10,verdict",
    )
    table(heads.split(","), [_row(one, language) for one in plans])
    fr = "p50 : une fois sur deux ; p95 : 19 fois sur 20, au plus ; p10 : 9 fois sur 10, au moins. Un jeton : "
    en = "p50: every other time; p95: 19 times in 20 at most; p10: 9 times in 10 at least. A token: "
    click.echo(said(language, fr + "un mot ou un morceau de mot.", en + "a word or a piece of one."))
    for one in plans[:1]:
        click.echo("")
        parts, disk = _sizes(one.parts, language), _sizes(one.disk, language)
        click.echo(said(language, f"Mémoire : {parts}.", f"Memory: {parts}."))
        click.echo(said(language, f"Disque : {disk}.", f"Disk: {disk}."))
        for line in _day(one, language):
            click.echo(line)
    _assumed(profile, language)
    if any(one.machine.outdated for one in plans):
        fr = "« à mesurer de nouveau » : mesuré ici avec les formules d’avant. Refaire : demeure bench machine."
        en = "“to be measured again”: measured here, with the formulas of before. Again: demeure bench machine."
        click.echo(said(language, fr, en))
    if any(not one.machine.measured for one in plans):
        fr = "« non mesuré » : d’après des chiffres publiés (docs/sizing-fr.md). Mesurer : demeure bench machine."
        en = (
            "“not measured”: computed from published figures (docs/sizing.md). For this one: demeure bench machine."
        )
        click.echo(said(language, fr, en))


def _sizes(parts: dict[str, int], language: str) -> str:
    return ", ".join(f"{said(language, *PARTS[name])} {weight(size, language)}" for name, size in parts.items())


def _row(one: "Plan", language: str) -> tuple[str, ...]:
    decimal = said(language, ",", ".")
    known = said(language, "non mesuré", "not measured")
    if one.machine.measured:
        known = said(language, "mesuré", "measured")
    if one.machine.outdated:
        known = said(language, "à mesurer de nouveau", "to be measured again")
    first = f"{one.people.peak_first_p95:.1f} s".replace(".", decimal) if one.people else "-"
    speed = f"{one.people.speed_p10:.0f}" if one.people else "-"
    memory = f"{weight(one.needed, language)} / {weight(one.available, language)}"
    verdict = said(language, *VERDICTS[one.verdict])
    model = f"{one.shape.id} {one.shape.quantisation.upper()}".strip()
    return one.machine.name(language), known, model, memory, str(one.slots), first, speed, verdict


def _day(one: "Plan", language: str) -> list[str]:
    """Percentiles of the simulated days, and a plot of the wait hour by hour."""
    kind, cores = said(language, *KINDS[one.machine.kind]), one.machine.cores
    what = f"{kind}, {cores} {said(language, 'cœurs', 'cores')}" if cores else kind
    lines = [said(language, f"Calcul : {what}.", f"Computing: {what}.")]
    if one.people is None:
        return lines

    def second(value: float) -> str:
        return f"{value:.1f} s".replace(".", said(language, ",", "."))

    day, share = one.people, f"{one.people.queued * 100:.0f}"
    fr = f"Journée simulée : premier mot p50 {second(day.first_p50)}, p95 {second(day.first_p95)} ; "
    fr += f"à {day.busiest} h, p95 {second(day.peak_first_p95)}. Attente d’une place p95 {second(day.queue_p95)} "
    fr += f"({share} % en attendent une). Réponse entière p95 {second(day.answer_p95)}."
    en = f"Simulated day: first word p50 {second(day.first_p50)}, p95 {second(day.first_p95)}; "
    en += f"at {day.busiest}:00, p95 {second(day.peak_first_p95)}. Wait for a place p95 {second(day.queue_p95)} "
    en += f"({share}% wait for one). Whole answer p95 {second(day.answer_p95)}."
    top = max([wait for _, _, wait in one.hours] + [one.targets.first])
    for hour, count, wait in one.hours:
        bar = "#" * max(1, round(30 * wait / top))
        above = " *" if wait > one.targets.first else ""
        clock = said(language, f"{hour:2} h ", f"{hour:2}:00")
        lines.append(f"  {clock} {bar:<30} {second(wait)}  ({count}){above}")
    wanted = second(one.targets.first)
    fr_plot = f"Premier mot p95, heure par heure (demandes des jours simulés) ; voulu : {wanted}, * au-delà :"
    en_plot = f"First word p95, hour by hour (requests of the simulated days); wanted: {wanted}, * above it:"
    return [lines[0], said(language, fr, en), said(language, fr_plot, en_plot), *lines[1:]]


def _assumed(profile: "Profile", language: str) -> None:
    """What was assumed of each use, and how to change it."""
    heads = said(
        language,
        "hypothèses,part des personnes,par jour,lus,dont gardés,écrits",
        "assumptions,share of people,a day,read,of them kept,written",
    )
    click.echo("")
    uses, sign = profile.uses, said(language, " %", "%")
    table(
        heads.split(","),
        [(one.id, f"{one.share}{sign}", *map(str, (one.each, one.prompt, one.kept, one.answer))) for one in uses],
    )
    change = f"--set {uses[0].id}.each=10 --set documents={profile.documents}"
    fr = f"Jetons lus et écrits par demande. Changer : {change}, ou --print-profile."
    en = f"Tokens read and written by request. To change: {change}, or --print-profile."
    click.echo(said(language, fr, en))
