"""The help, in English, of the commands that advise: bench, size, models advise, assess."""

ADVICE = {
    # bench
    "Mesure cette machine.": "Measures this machine.",
    "Mesure mémoire, calcul, disque, moteur, en trois minutes au plus ; compare aux prévisions.": (
        "Measures memory, matrices, disk, the engine, in three minutes at most; compares with predictions."
    ),
    "Durée des mesures (défaut : 150).": "Seconds of measuring (default: 150).",
    "La machine seule, sans charger de modèle.": "The machine alone, no model loaded.",
    # size
    "Dimensionne : de l’usage à la machine, au modèle, à la mémoire, au disque et à l’attente.": (
        "Sizes: from the use to the machine, the model, memory, disk and waiting."
    ),
    "Nombre de personnes.": "Number of people.",
    "Profil d’usage : mairie, pme, service-public, ou un fichier TOML.": (
        "Usage profile: mairie, pme, service-public, or a TOML file."
    ),
    "Une machine de la table, ou « this » : cette machine, mesurée.": (
        "A machine of the table, or “this”: this one, measured."
    ),
    "Un modèle du catalogue (demeure models advise).": "A model of the catalogue (demeure models advise).",
    "Quantification.": "Quantisation.",
    "Années de croissance comptées (défaut : 3).": "Years of growth counted (default: 3).",
    "Premier mot voulu, en secondes (défaut : 5).": "First word wanted, in seconds (default: 5).",
    "Jetons par seconde voulus (défaut : 8).": "Tokens a second wanted (default: 8).",
    "Une hypothèse : documents=8000, questions.each=10…": "An assumption: documents=8000, questions.each=10…",
    "Éditeur en Europe seulement.": "Publisher in Europe only.",
    "Licence permise ; plusieurs fois.": "Licence allowed; several times.",
    "Écrit le profil, à changer dans un fichier.": "Writes the profile, to be changed in a file.",
    # models advise
    "Conseille des modèles ouverts pour cette machine et vos conditions, avec les raisons. Ne va rien chercher.": (
        "Advises open models for this machine and your terms, with reasons. Fetches nothing."
    ),
    "Pour répondre, chercher, reclasser ou transcrire.": "To answer, to search, to rank again or to transcribe.",
    "Go de mémoire, au lieu de ceux de cette machine.": "GB of memory, instead of this machine’s.",
    "Français annoncé par l’éditeur seulement.": "Only where the publisher announces French.",
    "Licences à conditions comprises.": "Licences with conditions too.",
    "Aussi ceux qui ne conviennent pas, et pourquoi.": "Also those that do not suit, and why.",
    "Tout ce qui est su d’un modèle, et d’où.": "All that is known of a model, and from where.",
    # duties
    "Liste ce qui revient chaque mois et chaque année : quoi, avec quelle commande, pourquoi.": (
        "Lists what comes back each month and each year: what, with which command, why."
    ),
    "Fichier .ics à écrire, pour l’agenda de votre choix.": "File .ics to write, for the calendar of your choice.",
    # assess
    "Évalue : usages, risques, première politique, machine, plan, coûts. Rien ne sort de cette machine.": (
        "Assesses: uses, risks, a first policy, machine, plan, costs. Nothing leaves this machine."
    ),
    "Fichier de réponses : le rapport sans question.": "File of answers: the report without a question.",
    "Fichier où chaque réponse est gardée, et reprise (défaut : demeure-reponses.toml).": (
        "File where each answer is kept, and taken up again (default: demeure-reponses.toml)."
    ),
    "Reposer toutes les questions, avec les réponses d’avant.": "Ask all questions again, with the former answers.",
    "Rapport à écrire : .html, .pdf (PDF/A), .md, .odt ou .docx ; plusieurs fois.": (
        "Report to write: .html, .pdf (PDF/A), .md, .odt or .docx; several times."
    ),
    "Fichier où écrire la première politique.": "File to write the first policy to.",
}
