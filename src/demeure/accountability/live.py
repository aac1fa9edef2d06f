"""Lines of documents that are read from the house: each names where it was read. Pure; French, as the documents."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from demeure.accountability.facts import ClassFact, CompanyFact, Facts, ModelFact, RouteFact, SpaceFact
from demeure.accountability.measures import named
from demeure.errors import counted
from demeure.settings import OWN_ROOM

Line = tuple[str, str]
"""(the line, where it was read)."""
Read = Callable[[Facts, Any], list[Line]]
_ALL: dict[str, Read] = {}
COLON = "\u00a0: "


def line(name: str) -> Callable[[Read], Read]:
    """Register lines under the name that documents.toml uses."""

    def kept(read: Read) -> Read:
        assert name not in _ALL, name
        _ALL[name] = read
        return read

    return kept


def read(name: str, facts: Facts, item: Any) -> list[Line]:
    """The lines of that name. ``item``: what the section is about, None when it is about the house."""
    return _ALL[name](facts, item)


def names() -> frozenset[str]:
    return frozenset(_ALL)


def _or(value: str, absent: str = "à compléter") -> str:
    return value or absent


# -- the house ------------------------------------------------------------------------------------------------


@line("organisation")
def _organisation(facts: Facts, _item: Any) -> list[Line]:
    return [(f"Organisation{COLON}{_or(facts.organisation)}", "réglages")]


@line("machine")
def _machine(facts: Facts, _item: Any) -> list[Line]:
    where = f"tenue par l’hébergeur {facts.hosted_by}" if facts.hosted_by else "dont le lieu n’est pas déclaré"
    if facts.hosted_by == OWN_ROOM:
        where = "dans les locaux de l’organisation"
    return [(f"Outil{COLON}Demeure {facts.version}, sur une machine {where}", "réglages")]


@line("hosting")
def _hosting(facts: Facts, _item: Any) -> list[Line]:
    if facts.hosted_by == OWN_ROOM:
        return [("La machine est tenue par l’organisation, dans ses locaux", "réglages")]
    if facts.hosted_by:
        return [(f"La machine est tenue par l’hébergeur {facts.hosted_by}", "réglages")]
    return [(f"Qui tient la machine{COLON}non déclaré (réglage hosted_by)", "réglages")]


@line("pages")
def _pages(facts: Facts, _item: Any) -> list[Line]:
    return [(f"Adresse des pages{COLON}{_or(facts.address)}", "réglages")]


@line("accounts")
def _accounts(facts: Facts, _item: Any) -> list[Line]:
    if facts.people is None:
        return []
    roles: dict[str, int] = {}
    for one in facts.people:
        roles[one.role] = roles.get(one.role, 0) + 1
    said = ", ".join(f"{_ROLES.get(role, role)} {count}" for role, count in sorted(roles.items()))
    shown = f"{len(facts.people)} ({said})" if said else "0"
    lines = [(f"Comptes ouverts où l’on peut entrer{COLON}{shown}", "comptes")]
    if facts.people_awaited:
        lines.append((f"Comptes ouverts encore sans mot de passe{COLON}{facts.people_awaited}", "comptes"))
    return lines


_ROLES = {
    "administrator": "administration",
    "referent": "référents",
    "dpo": "protection des données",
    "auditor": "audit",
    "contractor": "prestataires",
    "elected": "élus",
    "agent": "agents",
}


@line("contractors")
def _contractors(facts: Facts, _item: Any) -> list[Line]:
    if facts.people is None:
        return []
    there = [one.name for one in facts.people if one.role == "contractor"]
    lines = [(f"Comptes de prestataires{COLON}{', '.join(there) if there else 'aucun'}", "comptes")]
    came = facts.more.get("windows")
    if isinstance(came, Mapping):
        lines.append((f"Fenêtres d’intervention ouvertes en un an{COLON}{windows_told(came)}", "prestataires"))
    return lines


def windows_told(came: Mapping[str, Any]) -> str:
    """« 3, la dernière le 12/11/2026, rapports signés : 2 »; of {opened, signed, open, last}."""
    if not came["opened"]:
        return "aucune"
    told = f"{came['opened']}, la dernière le {_french(came['last'])}, rapports signés{COLON}{came['signed']}"
    return f"{told}, encore ouvertes{COLON}{came['open']}" if came.get("open") else told


def _french(moment: str) -> str:
    """« 12/11/2026 » of a day or a moment in ISO; what is neither, as it is."""
    try:
        return f"{date.fromisoformat(moment[:10]):%d/%m/%Y}"
    except ValueError:
        return moment


@line("journal")
def _journal(facts: Facts, _item: Any) -> list[Line]:
    kept = [f"{one.name} {counted(one.journal, 'jour', 'jours')}" for one in facts.classes if one.journal]
    told = ", ".join(kept) if kept else "pas de terme fixé par la politique"
    return [(f"Contenus gardés au journal, par classe{COLON}{told}", "politique")]


@line("spaces")
def _spaces(facts: Facts, _item: Any) -> list[Line]:
    if facts.spaces is None:
        return []
    named = ", ".join(f"«\u00a0{one.name}\u00a0»" for one in facts.spaces)
    return [(f"Espaces de documents{COLON}{named or 'aucun'}", "espaces")]


@line("models")
def _models(facts: Facts, _item: Any) -> list[Line]:
    if facts.models is None:
        return []
    named = ", ".join(f"{one.name} ({_USES.get(one.used_for, one.used_for)})" for one in facts.models)
    return [(f"Modèles en service{COLON}{named or 'aucun'}", "modèles")]


_USES = {"chat": "répondre", "embed": "chercher", "speech": "entendre", "rerank": "classer"}


@line("keeping-by-class")
def _keeping_by_class(facts: Facts, _item: Any) -> list[Line]:
    return [(f"Classe «\u00a0{one.name}\u00a0»{COLON}{_keep(one)}", "politique") for one in facts.classes]


def _keep(one: ClassFact) -> str:
    def told(days: int | None) -> str:
        return "sans terme" if days is None else counted(days, "jour", "jours")

    return f"conversations {told(one.conversations)}, documents {told(one.documents)}, journal {told(one.journal)}"


@line("requests")
def _requests(facts: Facts, _item: Any) -> list[Line]:
    if facts.requests_open is None:
        return []
    return [(f"Demandes de personnes en cours{COLON}{facts.requests_open}", "demandes")]


@line("incidents")
def _incidents(facts: Facts, _item: Any) -> list[Line]:
    if facts.incidents_open is None:
        return []
    return [(f"Incidents en cours{COLON}{facts.incidents_open}", "incidents")]


@line("routes")
def _routes(facts: Facts, _item: Any) -> list[Line]:
    if facts.routes is None:
        return []
    opened = [f"{one.id} ({one.host}, {_or(one.country, 'pays non dit')})" for one in facts.routes if one.open]
    shut = [one.id for one in facts.routes if not one.open]
    lines = [(f"Routes ouvertes vers l’extérieur{COLON}{', '.join(opened) if opened else 'aucune'}", "routes")]
    return lines + ([(f"Routes déclarées et fermées{COLON}{', '.join(shut)}", "routes")] if shut else [])


# -- a space --------------------------------------------------------------------------------------------------


@line("space-documents")
def _space_documents(_facts: Facts, item: SpaceFact) -> list[Line]:
    return [
        (f"Documents de l’espace «\u00a0{item.name}\u00a0», interrogés et rédigés à l’aide d’un modèle", "espaces")
    ]


@line("space-who")
def _space_who(_facts: Facts, item: SpaceFact) -> list[Line]:
    who = counted(item.people, "personne", "personnes")
    who += f" et {counted(item.groups, 'groupe', 'groupes')}" if item.groups else ""
    return [(f"Destinataires dans la maison{COLON}{who}", "droits")]


@line("space-class")
def _space_class(facts: Facts, item: SpaceFact) -> list[Line]:
    found = facts.class_of(item.sensitivity)
    return [(f"Classe de sensibilité{COLON}{found.name if found else 'inconnue de la politique'}", "politique")]


@line("space-keeping")
def _space_keeping(facts: Facts, item: SpaceFact) -> list[Line]:
    found = facts.class_of(item.sensitivity)
    return [(f"Délais d’effacement{COLON}{_keep(found) if found else 'inconnus'}", "politique")]


@line("space-out")
def _space_out(facts: Facts, item: SpaceFact) -> list[Line]:
    if facts.routes is None:
        return [(f"Transferts hors de la maison{COLON}inconnus", "routes")]
    found = facts.class_of(item.sensitivity)
    opened = [one.id for one in facts.routes if one.open]
    if not opened:
        check = "routes-closed"
        return [(f"Transferts hors de la maison{COLON}aucun (contrôle{COLON}{named(check)})", check)]
    if found is not None and found.leaves == "never":
        said = "aucun, la politique les refuse à cette classe"
    else:
        said = f"selon la politique, par {', '.join(opened)} (voir les transferts)"
    return [(f"Transferts hors de la maison{COLON}{said}", "politique et routes")]


@line("space-held")
def _space_held(_facts: Facts, item: SpaceFact) -> list[Line]:
    return [(f"Gel juridique{COLON}{'oui' if item.held else 'non'}", "espaces")]


# -- a model, a route -----------------------------------------------------------------------------------------


@line("model-what")
def _model_what(_facts: Facts, item: ModelFact) -> list[Line]:
    return [(f"Emploi{COLON}{_USES.get(item.used_for, item.used_for)}", "modèles")]


@line("model-licence")
def _model_licence(_facts: Facts, item: ModelFact) -> list[Line]:
    return [(f"Licence{COLON}{_or(item.licence, 'inconnue')}", "modèles")]


@line("model-file")
def _model_file(_facts: Facts, item: ModelFact) -> list[Line]:
    return [(f"Empreinte du fichier (SHA-256){COLON}{_or(item.sha256, 'inconnue')}", "modèles")]


@line("route-what")
def _route_what(_facts: Facts, item: RouteFact) -> list[Line]:
    return [(f"Objet{COLON}{_or(item.purpose)}\u00a0; responsable{COLON}{_or(item.owner)}", "routes")]


@line("route-where")
def _route_where(_facts: Facts, item: RouteFact) -> list[Line]:
    place = (
        f"{item.host}, pays {_or(item.country, 'non dit')}, droit {_or(item.law.removeprefix('droit '), 'non dit')}"
    )
    return [(f"Destinataire{COLON}{place}\u00a0; {'ouverte' if item.open else 'fermée'}", "routes")]


@line("route-contract")
def _route_contract(_facts: Facts, item: RouteFact) -> list[Line]:
    return [
        (f"Contrat{COLON}{_or(item.contract)}\u00a0; terme{COLON}{_or(_french(item.expiry), 'non dit')}", "routes")
    ]


@line("route-sent")
def _route_sent(_facts: Facts, item: RouteFact) -> list[Line]:
    return [(f"Messages passés depuis le premier compte{COLON}{item.sent}", "sas")]


# -- a company --------------------------------------------------------------------------------------


@line("company-where")
def _company_where(_facts: Facts, item: CompanyFact) -> list[Line]:
    return [(f"Pays{COLON}{_or(item.country)}\u00a0; droit applicable{COLON}{_or(item.law)}", "prestataires")]


@line("company-contract")
def _company_contract(_facts: Facts, item: CompanyFact) -> list[Line]:
    since, until = _or(_french(item.begins)), _french(item.ends)
    term = f"du {since} au {until}" if until else f"depuis le {since}, sans terme"
    annex = f"signée le {_french(item.annex)}" if item.annex else "aucune"
    contract = f"Contrat{COLON}{_or(item.contract)}, {term}"
    return [(f"{contract}\u00a0; annexe de l’article 28{COLON}{annex}", "prestataires")]


@line("company-people")
def _company_people(_facts: Facts, item: CompanyFact) -> list[Line]:
    opened, signed, last = item.came
    told = windows_told({"opened": opened, "signed": signed, "last": last})
    return [
        (f"Personnes qui ont un compte{COLON}{item.workers}", "prestataires"),
        (f"Fenêtres d’intervention ouvertes en un an{COLON}{told}", "prestataires"),
    ]
