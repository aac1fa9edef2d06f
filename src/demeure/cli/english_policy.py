"""The help of ``demeure policy`` in English: see ``english``."""

POLICY = {
    "La politique de la maison : classes, règles, ce qui sort, ce qui se garde.": (
        "The policy of the house: classes, rules, what leaves, what is kept."
    ),
    "Lit un fichier de politique et joue ses essais, sans rien appliquer. Code 2 si quelque chose ne va pas.": (
        "Reads a policy file and runs its tests; applies nothing. Exit code 2 when something is wrong."
    ),
    "Joue les essais [[case]] d’un fichier de politique. Code 2 si l’un d’eux ne tient pas.": (
        "Runs the [[case]] tests of a policy file. Exit code 2 when one does not hold."
    ),
    "Écrit le texte de la politique en vigueur, ou d’une version.": (
        "Writes the text of the policy in force, or of a version."
    ),
    "Numéro d’une version (défaut : celle en vigueur).": "Number of a version (default: the one in force).",
    "Dit pourquoi WHO (identifiant) peut ou non faire ACTION sur ABOUT : space:NOM, document:ID, class:ID.pdf.": (
        "Says why WHO (login) may or may not do ACTION on ABOUT: space:NAME, document:ID, class:ID.pdf."
    ),
    "Et ce qui en sortirait par cette route.": "And what of it would leave by this route.",
    "Essai à blanc : quelles décisions du journal auraient changé. N’applique rien.": (
        "Dry run: which decisions of the journal would have changed. Applies nothing."
    ),
    "Jours du journal (défaut : 30).": "Days of the journal (default: 30).",
    "Applique un fichier de politique, ou le propose si deux personnes sont demandées.": (
        "Applies a policy file, or proposes it where two people are needed."
    ),
    "Pourquoi, en une phrase : gardé avec la version.": "Why, in one sentence: kept with the version.",
    "Approuve un changement proposé par quelqu’un d’autre : il s’applique.": (
        "Approves a change that somebody else proposed: it is applied."
    ),
    "Retire ou refuse un changement proposé.": "Takes back or refuses a proposed change.",
    "Liste les versions de la politique, la plus récente d’abord.": (
        "Lists the versions of the policy, newest first."
    ),
    "Remet en vigueur une version passée, comme nouvelle version.": (
        "Puts a past version in force again, as a new version."
    ),
    "Donne une classe à un espace (space:NOM) ou à un document (document:ID).": (
        "Gives a class to a space (space:NAME) or to a document (document:ID)."
    ),
    "Garde un espace (space:NOM) ou un document (document:ID) pour une procédure : rien n’en est détruit.": (
        "Keeps a space (space:NAME) or a document (document:ID) for a proceeding: nothing of it is destroyed."
    ),
    "Écrit le numéro de visa des archives qui permet de détruire un espace (space:NOM) ou un document.": (
        "Registers the number of the archives’ visa to destroy a space (space:NAME) or a document."
    ),
    "La procédure qui le demande.": "The proceeding that asks for it.",
    "Lever la garde.": "Lift the hold.",
}
