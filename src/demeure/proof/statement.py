"""What a proof says, as an in-toto statement (predicate test-result): signed by the journal, carried by people.

A red proof makes a red statement: nothing here depends on the verdict.
"""

import hashlib
import json
import platform
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import demeure
from demeure.clock import iso
from demeure.delivery import digests
from demeure.engine.models import ModelStore
from demeure.journal.statement import program_digests
from demeure.journal.verify_statement import FORMAT, PREDICATE, RESULTS, TYPE, VALID_SECONDS, tests
from demeure.proof.prove import Proof
from demeure.settings import OWN_ROOM, Settings

NOT_PROVEN = {
    "fr": (
        (
            "rien sur root, le noyau et ses défauts, le matériel, les bibliothèques installées"
            " : qui tient la machine peut les changer ;"
        ),
        "rien sur ce qui s’est passé avant l’essai ; la preuve vaut 24 heures au plus ;",
        "qu’aucune autre issue n’existe : ce sont nos essais, décrits dans docs/prove-fr.md ;",
        "rien sur les canaux cachés : durées, tailles, charge de la machine ;",
        "rien sur ce que des personnes emportent : une photo d’écran, une clé USB, une page imprimée.",
    ),
    "en": (
        (
            "nothing about root, the kernel and its bugs, the hardware, installed libraries: whoever holds the "
            "machine can change them;"
        ),
        "nothing about what happened before the attempt; the proof is worth 24 hours at most;",
        "that no other way out exists: these are our attempts, described in docs/prove.md;",
        "nothing about covert channels: timing, sizes, load of the machine;",
        "nothing about what people carry away: a picture of the screen, a USB key, a printed page.",
    ),
}
DIFFERS = {
    "fr": (
        "l’hébergeur tient le matériel, la console et l’hyperviseur s’il y en a un ;",
        "il peut lire la mémoire et les clés qui s’y trouvent, sans laisser de trace ici ;",
        "les disques éteints, leurs copies et instantanés sont chez lui : seul leur chiffrement les protège ;",
        "entre les personnes et les pages, tout passe par son réseau : seul TLS le protège ;",
        "le droit qui s’applique à lui s’applique aussi à ce qu’il tient.",
    ),
    "en": (
        "the provider holds the hardware, the console, and the hypervisor if there is one;",
        "it can read the memory and the keys in it, and leave no trace here;",
        "disks that are off, their copies and snapshots are with it: only their encryption protects them;",
        "between people and pages, everything crosses its network: only TLS protects it;",
        "the law that applies to it applies to what it holds.",
    ),
}
_RESULT = {verdict: result for result, verdict in RESULTS.items()}


def made(proof: Proof, instance: Path, settings: Settings, vkey: str, times: tuple[datetime, datetime]) -> bytes:
    """The statement's exact bytes. ``times``: when the proof began, and now."""
    began, issued = times
    product, models = digests(), _models(instance)
    digest = hashlib.sha256("".join(f"{told}  {name}\n" for name, told in product.items()).encode()).hexdigest()
    subject = [
        {"name": "demeure", "digest": {"sha256": digest}},
        {"name": "journal-key", "digest": {"sha256": hashlib.sha256(vkey.encode()).hexdigest()}},
        *({"name": f"model/{row['id']}", "digest": {"sha256": row["sha256"]}} for row in models),
    ]
    told: dict[str, Any] = {
        "format": FORMAT,
        "instance": {"name": settings.organisation, "vkey": vkey},
        "started_at": iso(began),
        "issued_at": iso(issued),
        "expires_at": iso(issued + timedelta(seconds=VALID_SECONDS)),
        "verdict": proof.verdict,
        "ladder": proof.ladder,
        "counts": proof.counts(),
        "problem": proof.problem,
        "late": proof.late,
        "probes": [result.as_json() for result in proof.results],
        "facts": {fact.name: fact.as_json() for fact in proof.facts},
        "mutations": [noticed.as_json() | {"ok": noticed.ok} for noticed in proof.mutations],
        "machine": machine(),
        "hosting": hosting(settings.hosted_by),
        "product": {"version": demeure.__version__, "sha256": digest, "files": product},
        "models": models,
        "not_proven": NOT_PROVEN,
        "files": program_digests(),
    }
    lists = tests(told["probes"])
    predicate = {"result": _RESULT[proof.verdict], "configuration": subject, **lists, "demeure": told}
    statement = {"_type": TYPE, "subject": subject, "predicateType": PREDICATE, "predicate": predicate}
    return (json.dumps(statement, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _models(instance: Path) -> list[dict[str, str]]:
    rows = ModelStore(instance / "models").list() if instance.is_dir() else ()
    return [{"id": row.id, "sha256": row.installed.sha256} for row in rows if row.installed]


def machine() -> dict[str, Any]:
    """What the kernel says of the ground. ``virtual``: the processor says that a hypervisor holds it."""
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    flags = next((line.split() for line in told.splitlines() if line.startswith("flags")), [])
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return {
        "kernel": platform.release(),
        "boot": boot,
        "processor": platform.machine(),
        "virtual": "hypervisor" in flags,
    }


def hosting(provider: str) -> dict[str, Any]:
    """Who holds the machine, as declared (``hosted_by``: a provider, OWN_ROOM, or none said), and what differs
    when a provider does. ``provider``: empty for the two others."""
    french = f"L’organisation déclare que la machine est tenue par un hébergeur, {provider}"
    english = f"The organisation declares that the machine is held by a provider, {provider}"
    if not provider:
        french = "Qui tient la machine\u00a0: non déclaré (réglage hosted_by)"
        english = "Who holds the machine: not declared (setting hosted_by)"
    elif provider == OWN_ROOM:
        provider = ""
        french = "L’organisation déclare qu’elle tient elle-même la machine, dans ses murs"
        english = "The organisation declares that it holds the machine itself, within its walls"
    return {
        "provider": provider,
        "differs": DIFFERS,
        "fr": f"{french}.",
        "en": f"{english}.",
    }
