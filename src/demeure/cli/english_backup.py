"""The help of ``demeure backup`` in English: see ``english``."""

BACKUP = {
    "Fichier .zip à écrire pour qui dépanne : nombres, états, versions, codes ; aucun contenu.": (
        ".zip file to write for whoever helps: numbers, states, versions, codes; no content."
    ),
    "Sauvegarde, vérifie, restaure ; exercices de restauration.": "Backs up, checks, restores; restore drills.",
    "Sauvegarde la maison, ouverte ou fermée, au lieu nommé (le seul, quand il n’y en a qu’un).": (
        "Backs up the house, open or closed, to the place named (the only one, when there is one)."
    ),
    "Liste les sauvegardes d’un lieu, telles que la maison les a signées.": (
        "Lists the backups of a place, as the house signed them."
    ),
    "Dossier de sauvegardes.": "Folder of backups.",
    "Vérifie les sauvegardes d’un lieu, sans clé de secours. Code 4 si l’une ne tient pas.": (
        "Checks the backups of a place, without a recovery key. Exit code 4 when one does not hold."
    ),
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
