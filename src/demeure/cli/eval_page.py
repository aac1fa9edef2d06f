"""A page where a person compares two models' drafts of the same cases without knowing whose each is.

One HTML file, no other origin: nothing is fetched, nothing is sent. Choices stay in the browser, and in the file
that the person saves.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from demeure.cli.writing import write_new

WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "title": "Comparer à l’aveugle",
        "lead": "Deux brouillons du même cas, dans un ordre tiré au sort. Lequel enverriez-vous ?",
        "given": "Ce qui était donné",
        "left": "Celui de gauche",
        "right": "Celui de droite",
        "same": "Aussi bons",
        "none": "Aucun des deux",
        "one": "Brouillon de gauche",
        "other": "Brouillon de droite",
        "back": "Précédent",
        "next": "Suivant",
        "of": "sur",
        "case": "Cas",
        "done": "Tout est comparé.",
        "show": "Montrer le bilan",
        "tally": "Bilan",
        "model": "Modèle",
        "preferred": "Préféré",
        "save": "Enregistrer les choix",
        "keys": "Clavier : 1 gauche, 2 droite, 3 aussi bons, 0 aucun, ← → pour passer.",
        "kept": "Vos choix restent dans ce navigateur.",
        "unkept": "Ce navigateur ne garde rien pour ce fichier : enregistrez les choix avant de fermer.",
        "hidden": "Le bilan dit quel modèle est lequel : les choix qui suivent ne seraient plus à l’aveugle.",
    },
    "en": {
        "title": "Compare blindly",
        "lead": "Two drafts of the same case, in an order drawn at random. Which one would you send?",
        "given": "What was given",
        "left": "The left one",
        "right": "The right one",
        "same": "As good",
        "none": "Neither",
        "one": "Left draft",
        "other": "Right draft",
        "back": "Previous",
        "next": "Next",
        "of": "of",
        "case": "Case",
        "done": "Everything is compared.",
        "show": "Show the tally",
        "tally": "Tally",
        "model": "Model",
        "preferred": "Preferred",
        "save": "Save the choices",
        "keys": "Keyboard: 1 left, 2 right, 3 as good, 0 neither, ← → to move.",
        "kept": "Your choices stay in this browser.",
        "unkept": "This browser keeps nothing for this file: save the choices before you close it.",
        "hidden": "The tally says which model is which: the choices that follow would not be blind any more.",
    },
}


def turned(seed: str, case: str) -> bool:
    """Whether the second model stands on the left: the same for the same pair of models and case."""
    return hashlib.sha256(f"{seed}\n{case}".encode()).digest()[0] % 2 == 1


def pairs(cases: Sequence[Any], models: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One a case that both models drafted: what was given, left, right and which model is on the left (0, 1). Two
    drafts that are the same word for word say nothing of either: left out."""
    texts = [{one["case"]: one["text"] for one in model["cases"]} for model in models]
    seed = "".join(sorted(str(model["sha256"]) for model in models))
    told = []
    for case in cases:
        both = [each.get(case.id, "") for each in texts]
        if not all(both) or both[0] == both[1]:
            continue
        swapped = turned(seed, case.id)
        given = "\n\n".join(f"{name}\n{value.strip()}" for name, value in case.fields.items())
        told.append(
            {
                "id": case.id,
                "given": given,
                "left": both[1 if swapped else 0],
                "right": both[0 if swapped else 1],
                "who": int(swapped),
            }
        )
    return told


def page(language: str, cases: Sequence[Any], models: Sequence[Mapping[str, Any]]) -> str:
    """The whole file."""
    words = WORDS["en" if language == "en" else "fr"]
    data = {
        "words": words,
        "models": [{"id": one["model"], "sha256": one["sha256"]} for one in models],
        "pairs": pairs(cases, models),
    }
    told = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
    told = told.replace("\u2029", "\\u2029")
    template = resources.files("demeure.cli").joinpath("side_by_side.html").read_text(encoding="utf-8")
    made = template.replace("{{language}}", language).replace("{{title}}", words["title"])
    return made.replace("{{data}}", told)


def written(path: Path, language: str, cases: Sequence[Any], models: Sequence[Mapping[str, Any]]) -> None:
    """Raises FileExists, FolderUnusable."""
    write_new(path, page(language, cases, models).encode())
