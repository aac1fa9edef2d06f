"""The help of ``demeure backup`` in English: see ``english``."""

BACKUP = {
    "Efface toute la maison, clés d’abord, et laisse un rapport signé. La maison doit être fermée. Rien ne "
    "revient : "
    "exportez d’abord (demeure export everything).": (
        "Erases the whole house, keys first, and leaves a signed report. The house must be closed. Nothing comes "
        "back: export first (demeure export everything)."
    ),
    "Dossier neuf, hors de la maison, où le rapport signé reste.": (
        "New folder, outside the house, where the signed report stays."
    ),
    "Le nom de l’organisation, tel que dans les réglages : sans question.": (
        "The name of the organisation, as in the settings: no question is asked."
    ),
    "Route déclarée (S3 ou SFTP) au lieu d’un dossier.": "Declared route (S3 or SFTP) instead of a folder.",
    "La santé d’une maison, en un fichier signé et sans contenu ; le parc d’un intégrateur.": (
        "The health of a house, as a signed file without content; the fleet of an integrator."
    ),
    "Écrit un fichier de santé signé : versions, états, âges, nombres. Aucun contenu ; rien ne l’envoie.": (
        "Writes a signed health file: versions, states, ages, numbers. No content; nothing sends it."
    ),
    "Montre un parc d’après ses fichiers de santé. Code 4 si un fichier n’est pas celui que sa maison a signé.": (
        "Shows a fleet from its health files. Exit code 4 when a file is not the one that its house signed."
    ),
    "Clé publique attendue d’une maison (répétable).": "Public key that is expected of a house (repeatable).",
    "La machine autour de la maison : ce qui d’autre y tourne, et pourrait envoyer.": (
        "The machine around the house: what else runs there, and could send."
    ),
    "Lit la machine sans rien changer : SSH, VPN, agents, tâches, journaux, connexions, heure, mises à jour. Code "
    "4 si quelque chose pourrait envoyer ou ouvrir.": (
        "Reads the machine and changes nothing: SSH, VPN, agents, tasks, logs, connections, clock, updates. Exit "
        "code 4 when something could send or let in."
    ),
    "Racine à lire (défaut : cette machine) ; le résultat n’est gardé que pour cette machine.": (
        "Root to read (default: this machine); the result is kept for this machine alone."
    ),
    "Ce que la maison fait chaque nuit : sauvegarde à tous les lieux atteints, retire les anciennes. Code 4 si "
    "un lieu a manqué, ou si une base est abîmée.": (
        "What the house does each night: backs up to every place it reaches, removes old backups. Exit code 4 "
        "when a place was missed, or a database is damaged."
    ),
    "Seulement les lieux sans sauvegarde depuis la dernière heure de backup_at.": (
        "Only the places without a backup since the last time of backup_at."
    ),
    "Répète seule le retour : sauvegarde pour une clé d’un jour, restaure sans réseau, interroge, compare, efface. "
    "Code 4 si échec.": (
        "Rehearses coming back, alone: backs up to a key of one day, restores without a network, asks, compares, "
        "erases. Exit code 4 on failure."
    ),
    "Montre les journaux techniques : nombres, codes et états, sans contenu ni nom.": (
        "Shows the technical logs: numbers, codes and states, without content or name."
    ),
    "Combien de lignes, les dernières.": "How many lines, the last ones.",
    "Seulement ce processus (gateway, worker, scribe…).": "Only this process (gateway, worker, scribe…).",
    "Seulement ce niveau, ou pire : info, warning, error.": "Only this level, or worse: info, warning, error.",
    "Seulement ce qui porte cet identifiant, de la page au moteur.": (
        "Only what bears this id, from the page to the engine."
    ),
    "Seulement depuis ce moment, à l’heure d’ici (09:30 : aujourd’hui ; 2026-11-24 ; 2026-11-24T09:30).": (
        "Only since that moment, local time (2026-11-24, or 2026-11-24T09:30)."
    ),
    "Suivre, jusqu’à Ctrl-C.": "Follow, until Ctrl-C.",
    "Les alertes levées, telles que la maison les écrit. Code 4 s’il y en a, ou si la maison ne mesure plus.": (
        "The alerts that are raised, as the house writes them. Exit code 4 when there is one, or "
        "when the house measures no more."
    ),
    "Attendre le prochain changement avant de répondre.": "Wait for the next change before answering.",
    "Écrit une réponse en DOCX, ODT, PDF/A ou Markdown. ID : conversation, ou conversation/réponse ; "
    "everything : toute la maison, en formats ouverts, dans le dossier neuf de --to.": (
        "Writes an answer as DOCX, ODT, PDF/A or Markdown. ID: conversation, or conversation/answer; "
        "everything: the whole house, in open formats, into the new folder of --to."
    ),
    "Vérifier chaque page de chaque base, quelle que soit la durée.": (
        "Check every page of every database, however long."
    ),
    "Fichier .zip à écrire pour qui dépanne : nombres, états, versions, codes ; aucun contenu.": (
        ".zip file to write for whoever helps: numbers, states, versions, codes; no content."
    ),
    "Sauvegarde, vérifie, restaure ; exercices de restauration.": "Backs up, checks, restores; restore drills.",
    "Sauvegarde la maison, ouverte ou fermée, au lieu nommé (le seul s’il n’y en a qu’un). Code 4 : base abîmée.": (
        "Backs up the house, open or closed, to the place named (or the only one). Exit code 4: damaged database."
    ),
    "Liste les sauvegardes d’un lieu, telles que la maison les a signées.": (
        "Lists the backups of a place, as the house signed them."
    ),
    "Dossier de sauvegardes.": "Folder of backups.",
    "Vérifie les sauvegardes d’un lieu, sans clé de secours. Code 4 si l’une ne tient pas.": (
        "Checks the backups of a place, without a recovery key. Exit code 4 when one does not hold."
    ),
    "Tous les lieux que cette machine atteint.": "Every place that this machine reaches.",
    "Les tailles seulement, sans relire chaque octet.": "Sizes only, without reading every byte again.",
    "Sauvegarde sur les disques amovibles branchés, retire les anciennes partout, dit quel disque apporter.": (
        "Backs up to the removable disks that are plugged in, removes old backups, says which disk to bring."
    ),
    "Clés de secours, sur papier : qui peut relire les sauvegardes.": (
        "Recovery keys, on paper: who can read the backups again."
    ),
    "Fait une clé de secours pour une personne : la feuille en est l’unique exemplaire.": (
        "Makes a recovery key for a person: the sheet is its only copy."
    ),
    "Fichier HTML à imprimer puis détruire, hors de la machine (clé USB) ; - : l’écrire ici.": (
        "HTML file to print then destroy, off the machine (USB key); -: write it here."
    ),
    "Liste qui tient une clé de secours.": "Lists who holds a recovery key.",
    "Ne chiffre plus pour cette clé. Elle ouvre encore les sauvegardes déjà faites.": (
        "Encrypts to this key no more. It still opens the backups already made."
    ),
    "Vérifie une clé de secours recopiée : ses mots tiennent, et à qui elle est.": (
        "Checks a recovery key that was copied: its words hold, and whose it is."
    ),
    "Fichier où la clé est écrite.": "File where the key is written.",
    "Jours sans sauvegarde au bout desquels ce lieu est en retard (défaut : backup_late_days ; disque : 15).": (
        "Days without a backup after which this place is late (default: backup_late_days; a disk: 15)."
    ),
    "Lieux de sauvegarde : dossier, partage monté, disque amovible.": (
        "Places for backups: a folder, a mounted share, a removable disk."
    ),
    "Déclare un lieu de sauvegarde, qui doit exister déjà : partage monté, disque branché.": (
        "Declares a place for backups, which must be there already: share mounted, disk plugged in."
    ),
    "Un disque branché à son tour (demeure backup rotate).": "A disk plugged in turn (demeure backup rotate).",
    "Liste les lieux de sauvegarde.": "Lists the places for backups.",
    "Oublie un lieu. Les sauvegardes qu’il contient y restent.": (
        "Forgets a place. The backups that it holds stay there."
    ),
    "Son numéro (défaut : la dernière).": "Its number (default: the last one).",
    "Fichier où la clé de secours est écrite (défaut : la demander).": (
        "File where the recovery key is written (default: ask for it)."
    ),
    "Restaure une sauvegarde dans un dossier neuf, entière ou en partie, ici ou sur une autre machine.": (
        "Restores a backup into a new folder, whole or in part, here or on another machine."
    ),
    "Lieu de sauvegarde de cette maison.": "Place for backups of this house.",
    "Dossier de sauvegardes, sans maison.": "Folder of backups, without a house.",
    "Seulement ce document (nom ou identifiant), en clair.": "This document only (name or id), in clear.",
    "Seulement les documents de cet espace (nom ou identifiant), en clair.": (
        "The documents of this space only (name or id), in clear."
    ),
    "Clé publique du journal qui doit avoir signé (elle est sur la feuille).": (
        "Public key of the journal that must have signed (it is on the sheet)."
    ),
    "Dossier neuf de l’exercice, retiré à la fin (défaut : à côté de la maison).": (
        "New folder of the drill, removed at the end (default: beside the house)."
    ),
    "Exercice : restaure, ouvre la maison restaurée sans réseau, lui pose des questions, compare. "
    "Code 4 si échec.": (
        "Drill: restores, opens the restored house without a network, asks it questions, compares. "
        "Exit code 4 when it fails."
    ),
}
