"""What a glossary does to retrieval: the right document among the sources, with and without it, on the sample base.

The questions of ``tests/data`` must not fall (the glossary holds their common words too); questions that say a
sigle where the documents say its name must rise. The real house, its engine and its embedding model: what is
counted is what ``ask`` shows as sources, the answer being stopped there.
"""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from houses import furnish
from measure import engines_ready, fetched, finish, parser, say
from questions import at_place, load

SIGLES = (
    ("mairie", "Quelle caution faut-il verser pour la SDF ?", "reservation-salle-des-fetes.docx"),
    ("mairie", "Combien de personnes au maximum peut recevoir la SDF ?", "rapport-activite-2025.pdf"),
    ("mairie", "Quel taux de TFPB a été voté pour 2025 ?", "pv-conseil-2025-04-10.pdf"),
    ("mairie", "À quelles heures ouvre et ferme l'APS ?", "rapport-activite-2025.pdf"),
    ("mairie", "Avant quelle heure faut-il prévenir le RS d'une absence ?", "reglement-cantine.odt"),
    ("mairie", "Combien de repas le RS a-t-il servis en 2025 ?", "rapport-activite-2025.pdf"),
    ("mairie", "Qu'a voté le conseil sur la coupure de l'EP la nuit ?", "pv-conseil-2026-04-23.pdf"),
    ("mairie", "Combien de prêts la médiathèque a-t-elle enregistrés en 2025 ?", "rapport-activite-2025.pdf"),
    ("mairie", "Quand ferme la déchèterie le samedi en hiver ?", "horaires-dechetterie.html"),
    ("menuiserie", "Quel pourcentage d'arrhes demandons-nous à la commande ?", "conditions-generales-vente.pdf"),
)


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--documents", type=Path, default=Path("sample/documents"))
    options.add_argument("--glossary", type=Path, default=Path("tests/data/glossary.csv"))
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        finish("glossary", asyncio.run(measured(chosen, Path(scratch) / "instance")))


async def measured(options: argparse.Namespace, instance: Path) -> dict[str, Any]:
    """Shares of the questions, before and after the glossary is imported."""
    from demeure.cli.house import private_house

    furnish(instance, fetched("chat", None, "starter-chat", "small-chat", "test-chat")[0])
    cases = known_cases()
    async with private_house(instance, "fr") as door:
        await load(door, options)
        await engines_ready(door)
        before = [await sources_of(door, case) for case in cases]
        asked = [await sources_of(door, case) for case in sigles()]
        data = options.glossary.read_bytes()
        made = (await door.call("words.import", {"alone": True}, data)).data
        after = [await sources_of(door, case) for case in cases]
        asked_after = [await sources_of(door, case) for case in sigles()]
    for case, one, two in zip((*cases, *sigles()), (*before, *asked), (*after, *asked_after), strict=True):
        if one != two:
            say(options, f"{case['question'][:70]}: {one} → {two}")
    return {
        "entries": made["added"],
        "questions": len(cases),
        "document_in_sources": [share(before, 0), share(after, 0)],
        "page_in_sources": [share(before, 1), share(after, 1)],
        "questions_with_sigles": len(asked),
        "sigles_document_in_sources": [share(asked, 0), share(asked_after, 0)],
    }


def known_cases() -> list[dict[str, Any]]:
    """The answerable questions of both sets."""
    lines = [
        json.loads(line)
        for name in ("questions", "questions-held-out")
        for line in Path(f"tests/data/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return [line for line in lines if line["answerable"] and line.get("format") != "scan"]


def sigles() -> list[dict[str, Any]]:
    """Questions that say a sigle or another name."""
    return [{"space": s, "question": q, "document": d, "place": None} for s, q, d in SIGLES]


async def sources_of(door: Any, case: dict[str, Any]) -> tuple[bool, bool]:
    """Are its document, and its place, among the sources shown? The answer is stopped as soon as they are."""
    asked = {"question": case["question"], "spaces": [case["space"]], "language": "fr"}
    items: list[dict[str, Any]] = []
    stream = door.stream("ask", asked)
    async for item in stream:
        if item.data["event"] == "sources":
            items = item.data["items"]
            break
    await stream.aclose()
    right = [one for one in items if one["document"] == case["document"]]
    return bool(right), any(at_place(case["place"], one["place"]) for one in right)


def share(rows: list[tuple[bool, bool]], column: int) -> float:
    """Of the rows that hold."""
    return round(sum(row[column] for row in rows) / len(rows), 4)


if __name__ == "__main__":
    main()
