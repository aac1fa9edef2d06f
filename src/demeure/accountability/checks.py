"""The checks that measures cite: each reads the facts of now: held, failed or unknown, and since when. Pure."""

from collections.abc import Mapping

from demeure.accountability.checking import (
    ALL,
    FAILED,
    HELD,
    MONTH_DAYS,
    UNKNOWN,
    YEAR_DAYS,
    Result,
    Seen,
    none_of,
    past,
    proves,
    recent,
    settled,
)
from demeure.accountability.courses import still_counts
from demeure.accountability.facts import Facts
from demeure.settings import OWN_ROOM


def names() -> frozenset[str]:
    """Every check id."""
    return frozenset(ALL)


def run(facts: Facts) -> Mapping[str, Result]:
    """All of them, by id."""
    return {name: Result(name, *look(facts)) for name, look in ALL.items()}


# -- walls ----------------------------------------------------------------------------------------------------


@proves("proof-closed")
def _proof_closed(facts: Facts) -> Seen:
    """Nothing got out when the walls were last tried."""
    if facts.proof is None:
        return UNKNOWN, None, "jamais essayé"
    told = "rien n’est sorti" if facts.proof.open == 0 else f"essais sortis\u00a0: {facts.proof.open}"
    return settled(facts.proof.verdict == "blocked" and facts.proof.open == 0, facts, told, facts.proof.at)


@proves("proof-recent")
def _proof_recent(facts: Facts) -> Seen:
    """That try still counts."""
    if facts.proof is None:
        return FAILED, facts.now, "jamais essayé"
    told = f"essai du {facts.proof.at:%d/%m/%Y}"
    return settled(facts.now < facts.proof.expires, facts, told, facts.proof.at)


@proves("walls-whole")
def _walls_whole(facts: Facts) -> Seen:
    """The machine gives every wall (level A)."""
    return settled(facts.ladder == "A" if facts.ladder else None, facts, f"niveau {facts.ladder}")


@proves("boxes-as-told")
def _boxes(facts: Facts) -> Seen:
    """Each live process is what its profile says."""
    return none_of(facts.differences, facts, "écarts")


@proves("flows-declared")
def _flows(facts: Facts) -> Seen:
    """No live connection that nobody declared."""
    return none_of(facts.undeclared, facts, "liaisons non déclarées")


@proves("routes-closed")
def _routes_closed(facts: Facts) -> Seen:
    """No way out is open."""
    opened = None if facts.routes is None else sum(one.open for one in facts.routes)
    return none_of(opened, facts, "routes ouvertes")


@proves("routes-contracts")
def _routes_contracts(facts: Facts) -> Seen:
    """Each open way out names its contract, its country and the law that applies, and its term is not past."""
    if facts.routes is None:
        return UNKNOWN, None, ""
    opened = [one for one in facts.routes if one.open]
    wanting = sum(not (one.contract and one.country and one.law) or past(one.expiry, facts) for one in opened)
    return none_of(wanting, facts, "routes sans contrat, pays ou droit applicable, ou au-delà de leur terme")


@proves("antivirus-answers")
def _antivirus(facts: Facts) -> Seen:
    """The antivirus that settings name answers."""
    if not facts.antivirus:
        return FAILED, facts.now, "aucun antivirus n’est réglé"
    return settled(facts.antivirus_answers, facts)


# -- journal --------------------------------------------------------------------------------------------------


@proves("journal-writes")
def _journal_writes(facts: Facts) -> Seen:
    """The journal writes, and not on its reserve."""
    told = {"reserve": "écrit sur sa réserve", "silent": "ne répond pas"}.get(facts.journal_state, "")
    return settled(facts.journal_state == "ok" if facts.journal_state else None, facts, told)


@proves("journal-verified")
def _journal_verified(facts: Facts) -> Seen:
    """The whole journal was computed again within a month."""
    return recent(facts.journal_verified, facts)


@proves("journal-witness")
def _journal_witness(facts: Facts) -> Seen:
    """Another body holds a checkpoint of the journal that it cosigned within a month."""
    if facts.witness_size is None:
        return UNKNOWN, None, ""
    if facts.witness_size == 0:
        return FAILED, facts.now, "aucun"
    if facts.witness_at is None:
        return UNKNOWN, None, "sa signature ne se lit pas"
    told = f"jusqu’à l’entrée {facts.witness_size}, signé le {facts.witness_at:%d/%m/%Y}"
    return settled((facts.now - facts.witness_at).days <= MONTH_DAYS, facts, told, facts.witness_at)


# -- backups --------------------------------------------------------------------------------------------------


@proves("backup-recent")
def _backup(facts: Facts) -> Seen:
    """A backup was made in time at a declared place."""
    if not facts.backup:
        return UNKNOWN, None, ""
    words = {"undeclared": "rien n’est déclaré", "never": "jamais fait", "late": "en retard"}
    return settled(facts.backup == "good", facts, words.get(facts.backup, ""), facts.backup_at)


@proves("drill-recent")
def _drill(facts: Facts) -> Seen:
    """A restoration was tried in time, and worked."""
    if not facts.drill:
        return UNKNOWN, None, ""
    words = {"undeclared": "rien n’est déclaré", "never": "jamais fait", "late": "en retard"}
    return settled(facts.drill == "good", facts, words.get(facts.drill, ""), facts.drill_at)


@proves("holders-two")
def _holders(facts: Facts) -> Seen:
    """Recovery keys were made for two people at least, and a sheet opened a backup within the year: whoever has the
    sheets now, nothing here sees."""
    if facts.holders is None or facts.holders < 2:
        return settled(None if facts.holders is None else False, facts, f"détenteurs\u00a0: {facts.holders}")
    if facts.sheet_at is None:
        return UNKNOWN, None, "aucune feuille de secours n’a encore ouvert une sauvegarde"
    told = f"feuille de secours essayée le {facts.sheet_at:%d/%m/%Y}"
    return settled((facts.now - facts.sheet_at).days <= YEAR_DAYS, facts, told, facts.sheet_at)


@proves("disk-encrypted")
def _disk(facts: Facts) -> Seen:
    """The disk under the house is seen encrypted."""
    seen = {"encrypted": True, "clear": False}.get(facts.disk)
    return settled(seen, facts, "" if seen else "vu en clair")


# -- people ---------------------------------------------------------------------------------------------------


@proves("tls-valid")
def _tls(facts: Facts) -> Seen:
    """Pages are served under a certificate that is not over, or to this machine alone."""
    if facts.tls == "local":
        return HELD, facts.now, "pages servies à cette machine seule"
    if not facts.tls or facts.tls_ends is None:
        return UNKNOWN, None, ""
    return settled(facts.now < facts.tls_ends, facts, f"certificat jusqu’au {facts.tls_ends:%d/%m/%Y}")


@proves("second-proof")
def _second(facts: Facts) -> Seen:
    """Everybody whose role asks for a second proof of identity holds one; without such a role, administrators."""
    if facts.people is None:
        return UNKNOWN, None, ""
    asked = [one for one in facts.people if one.role in (facts.second_roles or {"administrator"})]
    if not asked:
        return UNKNOWN, None, "aucun compte ne l’exige"
    return none_of(sum(not one.second for one in asked), facts, "comptes sans seconde preuve d’identité")


@proves("rights-reviewed")
def _reviewed(facts: Facts) -> Seen:
    """The rights of everybody were read again and signed in time."""
    if facts.review_late is None:
        return UNKNOWN, None, ""
    if facts.review_at is None:
        return FAILED, facts.now, "jamais relus"
    return settled(not facts.review_late, facts, f"revue du {facts.review_at:%d/%m/%Y}", facts.review_at)


@proves("charter-accepted")
def _charter(facts: Facts) -> Seen:
    """A charter of use is in force, and everybody accepted it."""
    if facts.charter is None:
        return UNKNOWN, None, ""
    if facts.charter == 0:
        return FAILED, facts.now, "aucune charte"
    return none_of(facts.charter_waiting, facts, "personnes qui ne l’ont pas acceptée")


@proves("course-followed")
def _course(facts: Facts) -> Seen:
    """Everybody passed every course of their role, as it is taught now, within the year."""
    if facts.people is None:
        return UNKNOWN, None, ""
    if not facts.people:
        return FAILED, facts.now, "personne n’a encore de compte"
    wanting = sum(not still_counts(one.trained, facts.now) for one in facts.people)
    return none_of(wanting, facts, "personnes sans formation de moins d’un an")


@proves("rights-decided")
def _decided(facts: Facts) -> Seen:
    """The policy in force, asked now, refuses a document to whoever has no right on its space."""
    return settled(facts.strangers_refused, facts)


@proves("keys-end")
def _keys(facts: Facts) -> Seen:
    """Every key of an application ends within the year."""
    return none_of(facts.keys_long, facts, "clés de plus d’un an")


# -- policy, data ---------------------------------------------------------------------------------------------


@proves("policy-applied")
def _policy(facts: Facts) -> Seen:
    """The organisation put a policy of its own in force."""
    number = facts.policy_number
    told = f"version {number}" if number else "politique d’une maison neuve"
    return settled(None if number is None else number > 0, facts, told)


@proves("keeping-set")
def _keeping(facts: Facts) -> Seen:
    """Each class that a space has says how long conversations are kept."""
    if facts.spaces is None:
        return UNKNOWN, None, ""
    used = {space.sensitivity for space in facts.spaces}
    wanting = [one.id for one in facts.classes if one.id in used and one.conversations is None]
    return none_of(len(wanting), facts, "classes sans durée de conservation")


@proves("spaces-classed")
def _classed(facts: Facts) -> Seen:
    """Each space has a class that the policy knows."""
    if facts.spaces is None:
        return UNKNOWN, None, ""
    wanting = sum(facts.class_of(space.sensitivity) is None for space in facts.spaces)
    return none_of(wanting, facts, "espaces sans classe connue")


@proves("requests-in-time")
def _requests(facts: Facts) -> Seen:
    """No request of a person waits past its time; none was closed after it, in a year."""
    return none_of(facts.requests_late, facts, "demandes au-delà du délai, sur un an")


@proves("incidents-in-time")
def _incidents(facts: Facts) -> Seen:
    """No incident waits past the time to tell the authority; none was told after it, in a year."""
    return none_of(facts.incidents_late, facts, "incidents au-delà du délai, sur un an")


@proves("archives-visa")
def _visa(facts: Facts) -> Seen:
    """The policy lets nothing be destroyed without a visa number."""
    return settled(facts.archives, facts, "" if facts.archives else "la politique ne le demande pas")


# -- models ---------------------------------------------------------------------------------------------------


@proves("models-licensed")
def _licences(facts: Facts) -> Seen:
    """Each model in use has a known licence."""
    if facts.models is None:
        return UNKNOWN, None, ""
    if not facts.models:
        return UNKNOWN, None, "aucun modèle en service"
    return none_of(sum(not one.licence for one in facts.models), facts, "modèles sans licence connue")


@proves("models-whole")
def _whole(facts: Facts) -> Seen:
    """The files of the models in use were read to the end in this life of the house, and are as recorded. Dated by
    the oldest of these readings."""
    if not facts.models:
        return UNKNOWN, None, "aucun modèle en service" if facts.models is not None else ""
    if any(one.looked in ("altered", "failed") for one in facts.models):
        return FAILED, facts.now, "un fichier n’est plus le même"
    read = [one.looked_at for one in facts.models if one.looked == "same" and one.looked_at is not None]
    if len(read) < len(facts.models):
        return UNKNOWN, None, ""
    return HELD, min(read), ""


@proves("files-marked")
def _marked(facts: Facts) -> Seen:
    """The words and the facts that go into a file that a model helped to write name the model. No file is made:
    what a format makes of them is tested with the product."""
    return settled(facts.marked, facts)


# -- what other rooms bring -----------------------------------------------------------------------------------


@proves("sbom-listed")
def _sbom(facts: Facts) -> Seen:
    """The libraries installed are those, in these versions, that the release (SBOM) or the sources (locks) list."""
    differences = facts.more.get("components_differ")
    if not isinstance(differences, int):
        return UNKNOWN, None, "aucune liste n’a été laissée par l’installation"
    listed = f"la liste {'des sources (verrous)' if facts.more.get('components_of_locks') else 'de la livraison'}"
    if differences == 0:
        return HELD, facts.now, f"d’après {listed}"
    return none_of(differences, facts, f"composants qui diffèrent de {listed}")


@proves("contracts-annexed")
def _annexed(facts: Facts) -> Seen:
    """Each company that works on the house has a contract that is not over, with the annex of article 28; the host
    that settings name is one of them, and every account of a contractor is of one. Unknown while settings name
    nobody: the measure speaks of the host too."""
    if facts.companies is None:
        return UNKNOWN, None, "aucun registre des sociétés"
    wanting = sum(not (one.contract and one.annex) or past(one.ends, facts) for one in facts.companies)
    if wanting:
        return none_of(wanting, facts, "sociétés sans contrat en cours ou sans annexe")
    known = {account for one in facts.companies for account in one.accounts}
    if alone := sum(one.role == "contractor" and one.id not in known for one in facts.people or ()):
        return none_of(alone, facts, "comptes de prestataires sans société au registre")
    host = facts.hosted_by.strip().casefold()
    if not host:
        return UNKNOWN, None, "qui tient la machine n’est pas déclaré (réglage hosted_by)"
    if host != OWN_ROOM and not any(host == one.name.strip().casefold() for one in facts.companies):
        told = "l’hébergeur des réglages n’est pas au registre des sociétés"
        return (UNKNOWN, None, told) if facts.companies else (FAILED, facts.now, told)
    return HELD, facts.now, "" if facts.companies else "aucune société"


@proves("contractors-closed")
def _contractors(facts: Facts) -> Seen:
    """No window of a contractor is open past its end."""
    over = facts.more.get("windows_over")
    return none_of(over if isinstance(over, int) else None, facts, "fenêtres d’intervention au-delà de leur terme")
