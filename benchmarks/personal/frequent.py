"""The most frequent surnames of France, many of them words too, as letters, forms and lists write them."""

from collections.abc import Callable, Iterator

from demeure.personal.words import frequent_surnames

FIRSTS = ("Jean", "Marie", "Claire", "Sophie", "Pierre", "Jean-Pierre", "Nathalie", "Michel", "Rose", "Thomas")
Form = Callable[[str, str], tuple[str, str]]
"""(surname, first name) → (text, the name to find in it, its last place)."""
FORMS: dict[str, Form] = {
    "form, capitals": lambda last, first: (f"Nom : {last.upper()}\nPrénom : {first}\n", last.upper()),
    "form": lambda last, first: (f"Nom : {last}\nPrénom : {first}\n", last),
    "born": lambda last, _: (f"Elle est née {last} à Dijon.", last),
    "in a sentence": lambda last, first: (f"Le dossier de {first} {last} est clos.", f"{first} {last}"),
    "begins a sentence": lambda last, first: (f"{first} {last} habite ici.", f"{first} {last}"),
    "first, capitals": lambda last, first: (f"Réponse de {first} {last.upper()}.", f"{first} {last.upper()}"),
    "capitals, first": lambda last, first: (f"{last.upper()} {first}, 12 rue X", f"{last.upper()} {first}"),
    "in a list": lambda last, first: (f"Liste\n{last} {first}\n", f"{last} {first}"),
    "title": lambda last, _: (f"Hier M. {last} est venu.", last),
    "title, no blank": lambda last, _: (f"Hier M.{last} est venu.", last),
    "small letters": lambda last, _: (f"hier mme {last.lower()} est venue", last.lower()),
    "signed": lambda last, first: (f"Cordialement,\n{first} {last}", f"{first} {last}"),
    "file": lambda last, _: (f"Dossier {last.upper()} à traiter.", last.upper()),
    "family": lambda last, _: (f"La famille {last} demande un délai.", last),
    "said again": lambda last, first: (f"M. {first} {last} est venu. Le lendemain, {last} a payé.", last),
    "initial": lambda last, first: (f"Reçu {first[0]}. {last} hier.", last),
    "table": lambda last, first: (f"nom;prénom;ville\n{last};{first};Dijon\n", last),
    "mail": lambda last, first: (f"De : {first} {last} <x@y.fr>\n", f"{first} {last}"),
}


def made() -> Iterator[tuple[str, str, int, int]]:
    """(form, text, start, end of the name), each surname in each form."""
    for number, folded in enumerate(sorted(frequent_surnames())):
        last = " ".join(part.capitalize() for part in folded.split())
        for form, write in FORMS.items():
            text, name = write(last, FIRSTS[number % len(FIRSTS)])
            start = text.rindex(name)
            yield form, text, start, start + len(name)
