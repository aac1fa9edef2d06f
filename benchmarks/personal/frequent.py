"""The most frequent surnames of France, many of them words too, as letters, forms and lists write them."""

from collections.abc import Callable, Iterator

from demeure.personal.words import frequent_surnames

FIRSTS = ("Jean", "Marie", "Claire", "Sophie", "Pierre", "Jean-Pierre", "Nathalie", "Michel", "Rose", "Thomas")
Form = Callable[[str, str], tuple[str, str]]
"""(surname, first name) → (text, the name to find in it, its last place)."""


def shaped(text: str) -> Form:
    """A form of one surname: ``X`` stands for it, ``U`` for it in capitals."""
    return lambda last, _: (
        text.replace("{X}", last).replace("{U}", last.upper()),
        last if "{X}" in text else last.upper(),
    )


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
    # forms: a label and its value, however they are set apart
    "two columns": shaped("Nom de l’enfant | {X}\nPrénom | Jasmin\nAllergie | Lait\n"),
    "pay slip": shaped("Employeur | Commune | Salarié | {X} Jasmin"),
    "label above": shaped("Nom (majuscules)\n{X}\n"),
    "label above, another’s": shaped("Nom de l’usager\n{X}\nPrénom de l’usager\nRose\n"),
    "label above, blank line": shaped("Nom :\n\n{X}\n"),
    "no colon": shaped("NOM {U}\nPRENOM OLIVE"),
    "no colon, one line": shaped("Nom {X}  Prénom Olive"),
    "both in one label": shaped("Nom, prénom\n{X}, Olive"),
    "both, capitals": shaped("NOM Prénom\n{X} Olive"),
    "dots": shaped("Nom……………{X}"),
    "equals": shaped("Responsable ponton = {X}"),
    "identity": shaped("Identité : {X} Zéphyr"),
    "role": shaped("Maîtresse : {X}"),
    "roles in a table": shaped("Présents | {X}, Le Bihan"),
    "vote": shaped("Pour : {X}, Le Bihan"),
    "people as columns": shaped("Nom — Chef : {X} ; Adjoint : Kervadec"),
    "commas": shaped("Nom,CP,Tél\n{X},56300,0645127801"),
    "known from a form": shaped("Nom de l’enfant | Moreau\nNom | {X}\nLe lendemain {X} a mangé."),
    # what stands beside
    "birth beside": shaped("{X}, né le 03/05/1962"),
    "birth in brackets": shaped("{X} (née le 3 mai 1962)"),
    "telephone beside": shaped("{X} 06 12 34 56 78"),
    "telephone under": shaped("{X}\n06 12 34 56 78"),
    "address under": shaped("{X}\n14 allée des Tilleuls\n56300 Pontivy"),
    "mail beside": shaped("{X} <x.y@free.fr>"),
    "account of": shaped("IBAN de {X}"),
    "charge, comma": shaped("Mme la Directrice, {X}"),
    "charge": shaped("Monsieur le Directeur {X}"),
    "the family": shaped("Hier les {X} sont venus"),
    "speaks": shaped("{X} : « bonjour »"),
    "service in brackets": shaped("{X} (DGS) : parler"),
    "planning": shaped("lundi  {X}/Petit  8h-12h"),
    "heading": shaped("## {U} Jasmin"),
    "heading, birth": shaped("## {X} Olive (03/05/1962)"),
    "greeting": shaped("Bonjour {X},\nvoici"),
}


def made() -> Iterator[tuple[str, str, int, int]]:
    """(form, text, start, end of the name), each surname in each form."""
    for number, folded in enumerate(sorted(frequent_surnames())):
        last = " ".join(part.capitalize() for part in folded.split())
        for form, write in FORMS.items():
            text, name = write(last, FIRSTS[number % len(FIRSTS)])
            start = text.rindex(name)
            yield form, text, start, start + len(name)
