"""The help of every command in English. Commands carry the French one, which is the key here."""

ENGLISH = {
    # the house
    "Demeure : l’IA de votre organisation, dans ses murs, preuves à l’appui.": (
        "Demeure: the AI of your organisation, inside its own walls, and able to prove it."
    ),
    "Dossier de l’instance (défaut : ./instance).": "Folder of the instance (default: ./instance).",
    "Langue des messages : fr ou en (défaut : fr).": "Language of the messages: fr or en (default: fr).",
    "Sortie JSON.": "JSON output.",
    # up, status, doctor, demo
    "Ouvre la maison et sert les pages jusqu’à Ctrl-C.": "Opens the house and serves the pages until Ctrl-C.",
    "Port des pages, au lieu de celui des réglages.": "Port of the pages, instead of the one in the settings.",
    "Ouvrir même si le noyau ne peut rien confiner (journalisé).": (
        "Open even where the kernel can confine nothing (written in the journal)."
    ),
    "Sans porte sur le réseau.": "Without a door on the network.",
    "Dit ce qui tourne, et sous quel confinement. Code 1 si un fait diffère de ce qui est déclaré.": (
        "Says what runs, and under which confinement. Exit code 1 when a fact differs from what is declared."
    ),
    "Vérifie l’installation et dit quoi faire. Code 1 si quelque chose ne va pas.": (
        "Checks the installation and says what to do. Exit code 1 when something is wrong."
    ),
    "Modèles de départ, base d’exemple, une question avec ses sources, puis les pages jusqu’à Ctrl-C.": (
        "Starter models, sample base, one question with its sources, then the pages until Ctrl-C."
    ),
    "Port des pages.": "Port of the pages.",
    "S’arrêter après la réponse, sans servir les pages.": "Stop after the answer, without serving the pages.",
    "Dossier de la base d’exemple.": "Folder of the sample base.",
    # prove
    "Essaie chaque issue, depuis chaque boîte. Code 1 si l’une est ouverte, 3 si une sonde clé ne conclut pas.": (
        "Tries every way out, from every box. Exit code 1 when one is open, 3 when a core probe is inconclusive."
    ),
    "Retire aussi un mur à la fois : ses sondes doivent rougir.": (
        "Also takes one wall away at a time: its probes must turn red."
    ),
    # ask, documents, spaces
    "Pose une question aux documents et montre la réponse avec ses sources.": (
        "Asks the documents a question and shows the answer with its sources."
    ),
    "Espace où chercher (répétable ; défaut : tous).": "Space to search (may be repeated; default: all).",
    "Poursuivre cette conversation (identifiant).": "Continue this conversation (its id).",
    "Sortie JSON, à la fin.": "JSON output, at the end.",
    "Ajoute, liste, montre, supprime des documents.": "Adds, lists, shows, deletes documents.",
    "Ajoute des fichiers, ou tous ceux d’un dossier. Code 1 si l’un d’eux est illisible.": (
        "Adds files, or all those of a folder. Exit code 1 when one of them cannot be read."
    ),
    "Espace (nom ou identifiant).": "Space (its name or id).",
    "Attendre que les documents soient cherchables.": "Wait until the documents can be searched.",
    "Liste les documents, leur état et leurs étiquettes.": "Lists the documents, their state and their tags.",
    "Seulement ceux qui portent cette étiquette.": "Only those that carry this tag.",
    "Étiquette à mettre (répétable).": "Tag to put on (may be repeated).",
    "Étiquette à retirer (répétable).": "Tag to take off (may be repeated).",
    "Étiquette des documents d’un même espace : tous, ou aucun.": "Tags documents of one space: all, or none.",
    "Cherche des mots, une phrase entre « », un article, un numéro. Code 1 quand rien ne contient tout.": (
        "Finds words, a phrase in “ ”, an article, a number. Exit code 1 when nothing holds all of it."
    ),
    "Documents montrés (défaut : 10).": "Documents shown (default: 10).",
    "Espace (défaut : tous).": "Space (default: all).",
    "Montre un document (JSON).": "Shows a document (JSON).",
    "Supprime un document : original, texte, passages, vecteurs.": (
        "Deletes a document: original, text, passages, vectors."
    ),
    "Crée, liste, supprime des espaces.": "Creates, lists, deletes spaces.",
    "Liste les espaces.": "Lists the spaces.",
    "Crée un espace, avec sa propre clé.": "Creates a space, with a key of its own.",
    "Efface un espace : ses documents, son index, et sa clé. Sans retour possible.": (
        "Erases a space: its documents, its index, and its key. There is no way back."
    ),
    "Ne pas demander confirmation.": "Do not ask for confirmation.",
    # people, groups and spaces
    "Ajoute, liste, ferme des comptes ; donne des liens.": "Adds, lists, closes accounts; gives links.",
    "Liste les personnes et l’état de leur compte.": "Lists people and the state of their accounts.",
    "Nom, comme les collègues le lisent (défaut : l’identifiant).": (
        "Name, as colleagues read it (default: the login)."
    ),
    "Rôle (défaut : agent).": "Role (default: agent).",
    "Ajoute une personne et donne le lien où elle choisira son mot de passe.": (
        "Adds a person and gives the link where they will choose their password."
    ),
    "Ferme un compte : sessions et liens s’arrêtent, ce qui a été fait reste.": (
        "Closes an account: sessions and links end, what was done stays."
    ),
    "Rouvre un compte, avec ses droits d’avant.": "Reopens an account, with its former rights.",
    "Change le rôle d’une personne.": "Changes the role of a person.",
    "Donne un lien à usage unique, pour choisir un nouveau mot de passe.": (
        "Gives a one-time link, to choose a new password."
    ),
    "Ouvre un espace à une personne (identifiant) ou à un groupe (nom).": (
        "Opens a space to a person (login) or to a group (name)."
    ),
    "Crée, remplit, liste, supprime des groupes de personnes.": "Creates, fills, lists, deletes groups of people.",
    "Liste les groupes et leurs personnes.": "Lists groups and their people.",
    "Crée un groupe, sans personne.": "Creates a group, with nobody in it.",
    "Met une personne (identifiant) dans un groupe (nom).": "Puts a person (login) into a group (name).",
    "Retire une personne d’un groupe.": "Takes a person out of a group.",
    "Supprime un groupe, et les droits qu’il donnait ; les personnes restent.": (
        "Deletes a group, and the rights it gave; the people stay."
    ),
    # models, engine
    "Liste, va chercher, vérifie, choisit les modèles.": "Lists, fetches, verifies, chooses models.",
    "Liste les modèles connus et installés, et dit s’ils tiennent dans cette machine.": (
        "Lists known and installed models, and says whether they fit this machine."
    ),
    "Va chercher des modèles du catalogue, source après source, et les vérifie.": (
        "Fetches models of the catalogue, source after source, and verifies them."
    ),
    "Apporte un fichier GGUF (clé USB) : copié, vérifié, inscrit.": (
        "Brings in a GGUF file (USB key): copied, verified, written down."
    ),
    "chat ou embed ; sinon d’après le fichier.": "chat or embed; otherwise from the file.",
    "Choisit le modèle d’une place : chat (réponses) ou embed (recherche par le sens).": (
        "Chooses the model of a slot: chat (answers) or embed (search by meaning)."
    ),
    "Jetons de contexte, partagés.": "Tokens of context, shared.",
    "Réponses en même temps.": "Answers at the same time.",
    "Efface un modèle qui n’est pas utilisé.": "Erases a model that is not in use.",
    "Recalcule le SHA-256 d’un modèle, ou de tous ; code 1 si l’un d’eux a changé.": (
        "Computes the SHA-256 of a model, or of all, again; exit code 1 when one has changed."
    ),
    "Le moteur : état, construction pour ce processeur.": "The engine: state, build for this processor.",
    "Dit quel moteur sert, avec quels modèles, et si la machine leur suffit.": (
        "Says which engine serves, with which models, and whether the machine is enough for them."
    ),
    "Construit le moteur pour ce processeur, et dit ce qu’il y gagne.": (
        "Builds the engine for this processor, and says what it gains."
    ),
    # tls
    "Le certificat des pages, et la petite autorité de la maison.": (
        "The certificate of the pages, and the small authority of the house."
    ),
    "Crée l’autorité de la maison et le certificat des pages, pour ces noms et ces adresses.": (
        "Makes the authority of the house and the certificate of the pages, for these names and addresses."
    ),
    "Nom que les postes taperont (répétable).": "Name that computers will type (may be repeated).",
    "Adresse que les postes taperont (répétable).": "Address that computers will type (may be repeated).",
    "Remplacer l’autorité : chaque poste installera la nouvelle racine.": (
        "Replace the authority: every computer will install the new root."
    ),
    "Renouvelle maintenant le certificat de la maison.": "Renews the certificate of the house now.",
    "Montre le certificat des pages : noms, dates, empreintes.": (
        "Shows the certificate of the pages: names, dates, fingerprints."
    ),
    "Écrit la racine de la maison, à installer sur les postes (PEM).": (
        "Writes the root of the house, to be installed on the computers (PEM)."
    ),
    "Fichier à écrire.": "File to write.",
    # link, journal
    "Donne un lien pour choisir un mot de passe, utilisable une fois, pendant quelques minutes.": (
        "Gives a link to choose a password; it works once, for a few minutes."
    ),
    "Pour cette personne (défaut : l’administrateur).": "For this person (default: the administrator).",
    "Montre la tête du journal et le vérifie.": "Shows the head of the journal and verifies it.",
    "Taille, racine, point de contrôle signé, clé publique.": "Size, root, signed checkpoint, public key.",
    "Recalcule feuilles, arbre, racine et signature depuis les octets écrits. Code 1 à la première faute.": (
        "Computes leaves, tree, root and signature again from the bytes written. Exit code 1 at the first fault."
    ),
    "Clé publique attendue (défaut : celle du journal).": "Public key expected (default: the journal’s own).",
}
