"""English of the commands about contractors."""

CONTRACTORS = {
    "Les prestataires : registre, fenêtres d’intervention, console, rapports.": (
        "Contractors: register, windows, console, reports."
    ),
    "Liste le registre des prestataires et les fenêtres, la dernière d’abord.": (
        "Lists the register of contractors and the windows, the last one first."
    ),
    "Pays de l’entreprise.": "Country of the company.",
    "Droit qui l’oblige.": "Law that binds it.",
    "Référence du contrat.": "Reference of the contract.",
    "Premier jour du contrat (2026-11-24).": "First day of the contract (2026-11-24).",
    "Dernier jour du contrat ; sans : pas de fin.": "Last day of the contract; without: no end.",
    "Jour de signature de l’annexe de l’article 28 ; sans : rien ne s’ouvre.": (
        "Day the annex of article 28 was signed; without: nothing opens."
    ),
    "Ce qu’elle peut faire : supervision,update,restore,diagnosis.": (
        "What it may do: supervision,update,restore,diagnosis."
    ),
    "Qui appeler.": "Whom to call.",
    "Entreprise du registre à corriger.": "Company of the register to correct.",
    "Inscrit une entreprise au registre, ou corrige sa ligne.": (
        "Enters a company in the register, or corrects its line."
    ),
    "Dit de quelle entreprise est un compte de prestataire (demeure people add … --role contractor).": (
        "Says of which company a contractor’s account is (demeure people add … --role contractor)."
    ),
    "Pour quoi : supervision,update,restore,diagnosis.": "For what: supervision,update,restore,diagnosis.",
    "Pourquoi, en une phrase.": "Why, in one sentence.",
    "Durée en minutes (défaut : 120).": "Duration in minutes (default: 120).",
    "Ouvre une fenêtre à un prestataire ; quand il y faut deux personnes, seule la page le fait.": (
        "Opens a window for a contractor; where two persons are needed, only the page does."
    ),
    "Minutes de plus.": "Further minutes.",
    "Prolonge une fenêtre ouverte, d’un jour au plus à partir de maintenant.": (
        "Extends an open window, to a day from now at the latest."
    ),
    "Ferme une fenêtre tout de suite : ce qui tourne est coupé.": (
        "Closes a window at once: what is running is cut."
    ),
    "Fichier, et sa signature à côté (.sig).": "File, and its signature beside it (.sig).",
    "Donne le rapport signé d’une fenêtre finie.": "Gives the signed report of a window that is over.",
    "Fichier asciicast v2 à écrire.": "Asciicast v2 file to write.",
    "Montre ce qui a été tapé et affiché dans une fenêtre, vérifié ligne à ligne.": (
        "Shows what was typed and shown in a window, verified line by line."
    ),
    "Identifiant du compte de prestataire.": "Login of the contractor’s account.",
    "La console du prestataire : tout y est enregistré, rien n’y mène aux contenus.": (
        "The contractor’s console: everything is recorded there, nothing leads to contents."
    ),
}
