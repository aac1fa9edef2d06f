"""English of the commands about people and their data."""

PERSONS = {
    "Dit où une personne apparaît : nom, NIR, IBAN, courriel, téléphone, autre numéro.": (
        "Says where a person appears: name, NIR, IBAN, e-mail, telephone, other number."
    ),
    "Pourquoi ; gardé au journal.": ("Why; kept in the journal."),
    "Pourquoi ; gardé au journal, et repris dans le courrier.": "Why; kept in the journal, and told in the letter.",
    "Tient les demandes des personnes sur leurs données (RGPD 15, 17, 20) et leur délai.": (
        "Keeps the requests of people about their data (GDPR 15, 17, 20) and their deadline."
    ),
    "Liste les demandes, la plus pressée d’abord.": ("Lists the requests, the most pressing first."),
    "Ouvre une demande : access, erasure ou portability.": ("Opens a request: access, erasure or portability."),
    "Comment elle est venue, comment l’identité a été vérifiée.": ("How it came, how identity was checked."),
    "Jour où elle est venue (défaut : aujourd’hui).": ("Day on which it came (default: today)."),
    "Exercice : rien n’est effacé ni compté.": "Exercise: nothing is erased nor counted.",
    "Montre une demande, ce qui a été trouvé et décidé.": ("Shows a request, what was found and decided."),
    "Cherche la personne partout ; ce qui était décidé reste.": (
        "Looks for the person everywhere; what was decided stays."
    ),
    "Effacer, signaler à qui gère, garder.": ("Erase, tell whoever manages it, keep."),
    "Tout ce qui reste à décider.": ("Everything still to be decided."),
    "Décide de ce que deviennent des endroits trouvés (numéros de « show »).": (
        "Decides what becomes of places found (numbers of “show”)."
    ),
    "Prolonge le délai de deux mois, une fois.": ("Extends the time by two months, once."),
    "Motif.": ("Ground."),
    "Refuse une demande, avec ses raisons.": ("Refuses a request, with its reasons."),
    "Efface ce qui a été décidé ; interrompu, dit ce qui reste, et reprend. Code 1 s’il reste quelque chose.": (
        "Erases what was decided; interrupted, says what is left, and goes on. Exit code 1 when something is left."
    ),
    "Fichier à écrire (zip).": "File to write (zip).",
    "Écrit ce qui concerne la personne, les autres masqués : à relire, puis à lui remettre.": (
        "Writes what is about the person, others masked: to be read again, then handed over."
    ),
    "Prépare un courrier à la personne (PDF/A, ODT, DOCX, Markdown) : à relire et à compléter.": (
        "Prepares a letter to the person (PDF/A, ODT, DOCX, Markdown): to be read and completed."
    ),
    "Clôt une demande à laquelle il a été répondu : de qui il s’agit s’efface.": (
        "Closes a request that was answered: who it is about is erased."
    ),
    "Remplace les données personnelles d’un texte par des marques qui reviennent (pseudonymes).": (
        "Replaces the personal data of a text with tokens that can be undone (pseudonyms)."
    ),
    "Écrit un fichier où les personnes sont des marques, les mêmes dans tout le dossier.": (
        "Writes a file in which people are tokens, the same throughout the file of papers."
    ),
    "Remet les noms à la place des marques.": ("Puts the names back in place of the tokens."),
    "Espace qui garde la table, scellée.": ("Space that keeps the table, sealed."),
    "Dossier : les mêmes personnes y ont les mêmes marques (défaut : commun).": (
        "File of papers: the same people have the same tokens in it (default: common)."
    ),
    "Fichier à écrire (défaut : le terminal).": ("File to write (default: the terminal)."),
}
