"""The help, in English, of the commands by which documents come in: watched folders, keys of applications."""

INTAKE = {
    # sources
    "Suit des dossiers : partages ou disques, lus tout seuls.": (
        "Watches folders: shares or disks, read on their own."
    ),
    "Suit un dossier : ses documents entrent dans l’espace, et y restent à jour.": (
        "Watches a folder: its documents enter the space, and stay up to date there."
    ),
    "Entre deux passages : 15m, 2h, 1j, ou jamais (défaut : 15m).": (
        "Between two scans: 15m, 2h, 1d, or never (default: 15m)."
    ),
    "Motif de noms à laisser de côté (répétable), en plus des motifs d’usage.": (
        "Pattern of names to ignore (may be repeated), besides the usual ones."
    ),
    "Jours pendant lesquels l’état précédent d’un fichier modifié est gardé (défaut : 0).": (
        "Days for which the earlier state of a changed file is kept (default: 0)."
    ),
    "Attendre la fin du premier passage.": "Wait until the first scan is over.",
    "Liste les dossiers suivis et leur dernier passage.": "Lists the watched folders and their last scan.",
    "Montre un dossier suivi et le rapport de son dernier passage.": (
        "Shows a watched folder and the report of its last scan."
    ),
    "Relire chaque fichier, même si sa taille et sa date n’ont pas changé.": (
        "Read every file again, even when its size and date have not changed."
    ),
    "Attendre la fin et montrer le rapport (défaut), ou non.": (
        "Wait for the end and show the report (default), or not."
    ),
    "Passe un dossier en revue. Code 1 si le passage n’a pas abouti ou demande une confirmation.": (
        "Scans a folder. Exit code 1 when the scan did not finish or needs a confirmation."
    ),
    "Suspend les passages d’un dossier.": "Suspends the scans of a folder.",
    "Reprend les passages d’un dossier.": "Resumes the scans of a folder.",
    "Motif de noms (répétable) : remplace ceux qui avaient été donnés.": (
        "Pattern of names (may be repeated): replaces those given before."
    ),
    "Ne garder que les motifs d’usage.": "Keep only the usual patterns.",
    "Change la fréquence, les motifs ou la durée de garde d’un dossier.": (
        "Changes the frequency, the patterns, or how long earlier states are kept."
    ),
    "Confirme que COUNT fichiers ont bien été retirés du dossier : leurs documents le seront.": (
        "Confirms that COUNT files are really gone from the folder: their documents will go too."
    ),
    "Supprimer aussi les documents venus de ce dossier.": "Also delete the documents that came from this folder.",
    "Ne suit plus un dossier. Ses documents restent dans l’espace, sauf avec --documents.": (
        "Stops watching a folder. Its documents stay in the space, unless --documents is given."
    ),
    "Dossier de dépôt (numériseur) : ce qui en part reste dans l’espace.": (
        "A drop folder (scanner): what leaves it stays in the space."
    ),
    # keys
    "Toutes les clés : celles de la maison, celles des espaces, celles des applications.": (
        "Every key: those of the house, of spaces, of applications."
    ),
    "Toutes les clés de la maison, puis celles des applications. Code 1 : un algorithme inconnu, nommé.": (
        "Every key of the house, then those of applications. Code 1: an unknown algorithm, named."
    ),
    "Remplace la clé d’un espace et réécrit sous la nouvelle tout ce qu’elle chiffre ; l’ancienne est détruite.": (
        "Replaces the key of a space and writes all that it encrypts under the new one; the former is destroyed."
    ),
    "Donne une clé à une application : ajouter des documents, employer les modèles, et rien d’autre.": (
        "Gives an application a key: add documents, use the models, and nothing else."
    ),
    "Ce qu’elle permet : ajouter des documents, employer les modèles, lire les mesures (répétable).": (
        "What it allows: add documents, use the models, read the measures (repeatable)."
    ),
    "Classe la plus haute qu’elle atteint.": "Highest class that it reaches.",
    "Demandes par minute au plus.": "Requests a minute at most.",
    "Demandes par jour au plus.": "Requests a day at most.",
    "Jetons par minute au plus.": "Tokens a minute at most.",
    "Jetons par jour au plus.": "Tokens a day at most.",
    "Heures où le secret d’avant ouvre encore (24).": "Hours for which the former secret still opens (24).",
    "Donne un nouveau secret à une clé ; celui d’avant ouvre encore un temps.": (
        "Gives a key a new secret; the former one still opens for a while."
    ),
    "Change la classe et les quotas d’une clé ; ce qui n’est pas dit n’a plus de limite.": (
        "Changes the class and the quotas of a key; what is not said has no limit any more."
    ),
    "Serveur MCP sur l’entrée et la sortie standard ; DEMEURE_KEY : la clé au nom de qui il parle.": (
        "MCP server over standard input and output; DEMEURE_KEY: the key in whose name it speaks."
    ),
    "Identifiant de la personne qui en répond : la clé peut au plus autant.": (
        "Login of the person who answers for it: the key may do as much, at most."
    ),
    "Espace où elle peut ajouter (répétable).": "Space where it may add (repeatable).",
    "Jours pendant lesquels elle ouvre (365).": "Days for which it opens (365).",
    "Retire une clé, pour toujours : elle n’ouvre plus rien dès la demande suivante.": (
        "Withdraws a key for good: it opens nothing from the next request on."
    ),
}
