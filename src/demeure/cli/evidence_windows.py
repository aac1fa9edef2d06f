"""Who came in, for a pack of evidence: a table to read, the same as JSON, each report with its signature. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from demeure.accountability.live import COLON
from demeure.contractors import SCOPES
from demeure.errors import counted

_WHY = {
    "time": "à son terme",
    "clock": "horloge reculée",
    "person": "fermée par quelqu’un",
    "account": "compte fermé",
    "contract": "contrat",
    "restored": "sauvegarde restaurée",
}
_STATE = {"asked": "demandée", "open": "ouverte", "dropped": "sans suite"}
_HEADS = (
    "N°",
    "Société",
    "Personne",
    "Pour quoi",
    "Motif",
    "Demandée",
    "Approuvée",
    "Ouverte",
    "Fermée",
    "Rapport",
)
_HOW = (
    "Chaque rapport est signé par la clé du journal à la fin de la fenêtre, et son empreinte est une entrée du "
    "journal. Il dit qui, pourquoi, quand, chaque ligne tapée, et l’empreinte de l’enregistrement, qui reste dans "
    "la maison (demeure contractor replay). Heures en temps universel."
)


def said_of(found: Sequence[Mapping[str, Any]], why: str) -> str:
    """What the summary says. ``why``: the windows could not be read."""
    if why:
        return f"Comptes de prestataires ouverts\u00a0; fenêtres d’intervention absentes{COLON}{why}"
    signed = sum(bool(one["signature"]) for one in found)
    windows = f"{counted(len(found), 'fenêtre', 'fenêtres')} d’intervention"
    dropped = sum(one["window"]["state"] == "dropped" for one in found)
    without = f" dont {dropped} sans suite" if dropped else ""
    return f"Comptes, {windows}{without}, {counted(signed, 'rapport signé', 'rapports signés')}"


def files_of(found: Sequence[Mapping[str, Any]], since: str | None) -> dict[str, bytes]:
    """``found``: {window, report, signature} each, the oldest first."""
    files: dict[str, bytes] = {}
    rows = []
    for one in found:
        window, report = dict(one["window"]), str(one["report"])
        if one["signature"]:
            name = f"fenetre-{window['number']}-rapport.json"
            files |= {name: report.encode(), f"{name}.sig": str(one["signature"]).encode()}
            window |= {"file": name, "sha256": hashlib.sha256(report.encode()).hexdigest()}
        rows.append(window)
    head = f"# Fenêtres d’intervention\n\nDepuis{COLON}{since or 'le début'}. {_HOW}\n\n"
    lines = [f"| {' | '.join(_HEADS)} |", f"|{'---|' * len(_HEADS)}", *map(_row, rows)] if rows else ["Aucune."]
    files["fenetres.md"] = (head + "\n".join(lines) + "\n").encode()
    files["fenetres.json"] = (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()
    return files


def _row(window: Mapping[str, Any]) -> str:
    state = str(window["state"])
    ended = f"{_at(window['closed_at'])}, {_WHY.get(str(window['why']), window['why'])}"
    taken = f", pris par {_named(window['reader'] or '?')}" if window.get("read_at") else ", pas encore pris"
    cells = (
        window["number"],
        window["firm"],
        f"{window['worker']} ({window['login']})",
        ", ".join(SCOPES[one][0] if one in SCOPES else one for one in str(window["scope"]).split()),
        window["motive"],
        f"{_at(window['asked_at'])}, {_named(window['asker'] or window['asked_by'])}",
        _named(window["approver"] or "–"),
        _at(window["opened_at"]) or "–",
        ended if state == "closed" else _STATE.get(state, state),
        f"{window['file']}{taken}" if window.get("file") else "–",
    )
    return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "/") for cell in cells) + " |"


def _named(actor: Any) -> str:
    """A person by their name; an act of the command line is nobody's account."""
    kind, _, number = str(actor).partition(":")
    return f"la machine (uid {number})" if kind == "uid" else str(actor)


def _at(moment: Any) -> str:
    """« 12/11/2026 09:30 »; nothing for None."""
    if not moment:
        return ""
    day, _, hour = str(moment).partition("T")
    year, month, date = day.split("-")
    return f"{date}/{month}/{year} {hour[:5]}"
