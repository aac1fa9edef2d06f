"""Sheets on paper: milliseconds from a sheet to its PDF, by a job of the workshop in its cage. JSON, last line.

python benchmarks/sheets.py [--rounds N] [--json]
"""

import asyncio
import time
from typing import Any

from demeure.journal.paper import code_svg
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import Code, Sheet, SheetPart, Steps
from measure import finish, parser, say, spread

CODE = "sha512:" + "9f" * 64


def sheet() -> Sheet:
    """As full as a page of proof."""
    return Sheet(
        language="fr",
        title="Preuve d’enfermement",
        organisation="Mairie de Saint-Aubin",
        verdict="Rien ne sort de la maison.",
        lead="Chaque issue a été essayée depuis l’intérieur. " * 3,
        issued=1_795_000_000,
        tone="ok",
        figures=tuple((str(n), "essais") for n in range(5)),
        facts=tuple((f"Fait {n}", "Ce qui est dit. " * 5) for n in range(5)),
        parts=tuple(SheetPart(f"Partie {n}", ("Une ligne de texte. " * 5,) * 5) for n in range(3)),
        steps=Steps("Vérifier", "Trois commandes.", (("Une.", "sha512sum -c SHA512SUMS"),) * 3),
        code=Code(code_svg(CODE), "Empreinte", CODE),
        foot="Élément de preuve.",
    )


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--rounds", type=int, default=15)
    chosen = options.parse_args()
    with LoneWorkshop(tight=True) as shop:
        finish("sheets", measured(shop, chosen.rounds, chosen))


def measured(shop: LoneWorkshop, rounds: int, options: Any) -> dict[str, Any]:
    """The first one reads the library from the disk; it is told apart."""
    waits, made = [], b""
    for _ in range(rounds + 1):
        started = time.perf_counter()
        made = asyncio.run(shop.typesetter().typeset(sheet()))
        waits.append((time.perf_counter() - started) * 1e3)
    say(options, f"milliseconds a sheet: {[round(wait) for wait in waits]}")
    return {"sheet_ms": {"first": round(waits[0]), **spread(waits[1:])}, "bytes": len(made)}


if __name__ == "__main__":
    main()
