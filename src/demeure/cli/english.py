"""The help of every command in English. Commands carry the French one, which is the key here."""

from demeure.cli.english_accountability import ACCOUNTABILITY
from demeure.cli.english_advice import ADVICE
from demeure.cli.english_backup import BACKUP
from demeure.cli.english_contractors import CONTRACTORS
from demeure.cli.english_directory import DIRECTORY
from demeure.cli.english_intake import INTAKE
from demeure.cli.english_persons import PERSONS
from demeure.cli.english_policy import POLICY
from demeure.cli.english_release import RELEASE
from demeure.cli.english_routes import ROUTES
from demeure.cli.english_tasks import TASKS

ENGLISH = {
    **BACKUP,
    **ADVICE,
    **CONTRACTORS,
    **DIRECTORY,
    **INTAKE,
    **PERSONS,
    **ACCOUNTABILITY,
    **RELEASE,
    # the house
    "Demeure : l’IA de votre organisation, dans ses murs, preuves à l’appui.": (
        "Demeure: the AI of your organisation, inside its own walls, and able to prove it."
    ),
    "Dossier de l’instance (défaut : ./instance).": "Folder of the instance (default: ./instance).",
    "Langue des messages : fr ou en (défaut : fr ; ou DEMEURE_LANGUAGE).": (
        "Language of the messages: fr or en (default: fr; or DEMEURE_LANGUAGE)."
    ),
    "Sortie JSON.": "JSON output.",
    # up, status, doctor, demo
    "Ouvre la maison et sert les pages jusqu’à Ctrl-C.": "Opens the house and serves the pages until Ctrl-C.",
    "Port des pages, au lieu de celui des réglages.": "Port of the pages, instead of the one in the settings.",
    "Ouvrir même si le noyau ne peut rien confiner (journalisé).": (
        "Open even where the kernel can confine nothing (recorded in the journal)."
    ),
    "Sans porte sur le réseau.": "Without a door on the network.",
    "Dit ce qui tourne, et sous quel confinement. Code 1 si un fait diffère de ce qui est déclaré.": (
        "Says what is running, and how it is confined. Exit code 1 when a fact differs from what is declared."
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
        "Also takes walls away, one at a time: their probes must turn red."
    ),
    "Fichier .zip à écrire : la déclaration signée, sa page PDF, et de quoi les vérifier sans Demeure.": (
        "A .zip file to write: the signed statement, its page as PDF, and what verifies both without Demeure."
    ),
    # egress
    "Observe ce qu’un autre programme essaie d’atteindre.": "Watches what another program tries to reach.",
    "Lance la commande et relève, avec strace, ce qu’elle et ses enfants essaient d’atteindre. Rien n’est "
    "bloqué. Code 0 si rien n’a été tenté vers l’extérieur, 1 si quelque chose l’a été, 3 si strace n’a pas tout "
    "pu lire.": (
        "Runs the command and tells, with strace, what it and its children try to reach. Nothing is blocked. Exit "
        "code 0 when nothing was tried towards the outside, 1 when something was, 3 when strace could not read "
        "everything."
    ),
    "Le relevé sur la sortie standard, une ligne JSON, en dernier.": (
        "The statement on standard output, one line of JSON, the last one."
    ),
    "Fichier où écrire le relevé (JSON) : la sortie standard reste celle de la commande.": (
        "File to write the statement to (JSON): standard output stays the command’s."
    ),
    "Finir avec le code de la commande au lieu de celui du verdict.": (
        "End with the command’s exit code instead of the verdict’s."
    ),
    "Regarder aussi read et write : plus complet, bien plus lent.": (
        "Look at read and write too: more complete, much slower."
    ),
    "Ne rien dire pendant ; seulement le relevé, à la fin.": (
        "Say nothing in the meantime; only the statement, at the end."
    ),
    # ask, documents, spaces
    "Pose une question aux documents et montre la réponse avec ses sources.": (
        "Asks the documents a question and shows the answer with its sources."
    ),
    "Espace où chercher (répétable ; défaut : tous).": "Space to search (may be repeated; default: all).",
    "Document à interroger, lu en entier (répétable).": "Document to ask, read in full (may be repeated).",
    "Poursuivre cette conversation (identifiant).": "Continue this conversation (its id).",
    "Sortie JSON, à la fin.": "JSON output, at the end.",
    "Ajoute, liste, montre, supprime des documents.": "Adds, lists, shows, deletes documents.",
    "Ajoute des fichiers, ou tous ceux d’un dossier. Code 1 si l’un d’eux est illisible.": (
        "Adds files, or all those in a folder. Exit code 1 when one of them cannot be read."
    ),
    "Espace (nom ou identifiant).": "Space (its name or id).",
    "Attendre que les documents soient cherchables.": "Wait until the documents can be searched.",
    "Liste les documents, leur état et leurs étiquettes.": "Lists the documents, their state and their tags.",
    "Seulement ceux qui portent cette étiquette.": "Only those with this tag.",
    "Étiquette à mettre (répétable).": "Tag to add (may be repeated).",
    "Étiquette à retirer (répétable).": "Tag to remove (may be repeated).",
    "Espace du document (répétable ; défaut : tous).": "Space of the document (may be repeated; default: all).",
    "Garder prêt, ou ne plus le garder.": "Keep it ready, or no longer.",
    "Dit si un document est prêt pour les questions ; --keep le garde prêt.": (
        "Says whether a document is ready for questions; --keep keeps it ready."
    ),
    "Montre les données personnelles marquées dans un document, et pourquoi elles le sont.": (
        "Shows the personal data that are marked in a document, and why they are."
    ),
    "Reprendre à cette partie du document.": "Go on from this part of the document.",
    "Étiquette des documents d’un même espace : tous, ou aucun.": "Tags documents in one space: all, or none.",
    "Cherche des mots, une phrase entre « », un article, un numéro. Code 1 quand rien ne contient tout.": (
        "Finds words, a phrase in “ ”, an article, a number. Exit code 1 when nothing contains all of it."
    ),
    "Documents montrés (défaut : 10).": "Documents shown (default: 10).",
    "Espace (défaut : tous).": "Space (default: all).",
    "Montre un document (JSON).": "Shows a document (JSON).",
    "Supprime un document : original, texte, passages, vecteurs.": (
        "Deletes a document: original, text, passages, vectors."
    ),
    "Crée, liste, supprime des espaces.": "Creates, lists, deletes spaces.",
    "Liste les espaces.": "Lists the spaces.",
    "Crée un espace, avec sa propre clé.": "Creates a space, with its own key.",
    "Efface un espace : ses documents, son index, et sa clé. Sans retour possible.": (
        "Erases a space: its documents, its index, and its key. This cannot be undone."
    ),
    "Motif, si tout est gardé.": "Ground, if everything is kept.",
    "Pourquoi tout est gardé.": "Why everything is kept.",
    "Ne pas demander confirmation.": "Do not ask for confirmation.",
    # people, groups and spaces
    "Ajoute, liste, ferme des comptes ; donne des liens.": "Adds, lists, closes accounts; gives links.",
    "Liste les sessions ouvertes d’une personne, ou les ferme.": "Lists a person’s open sessions, or closes them.",
    "Les ferme toutes.": "Closes all of them.",
    "Retire la deuxième preuve d’une personne qui l’a perdue ; ses sessions se ferment.": (
        "Takes away the second proof of a person who lost it; their sessions close."
    ),
    "Montre la charte d’usage et qui ne l’a pas acceptée, ou en écrit la prochaine version.": (
        "Shows the charter of use and who has not accepted it, or writes its next version."
    ),
    "Fichier Markdown : la prochaine version.": "Markdown file: the next version.",
    "Ne plus demander d’en accepter une.": "Ask nobody to accept one any more.",
    "Une version ancienne.": "A former version.",
    "Ajoute les personnes d’un CSV (nom, identifiant, rôle, groupe|groupe), toutes ou aucune ; leurs liens.": (
        "Adds the people of a CSV (name, login, role, group|group), all or none; gives their links."
    ),
    "Dire ce qui est lu et ce qui ne va pas, sans rien ajouter.": "Say what is read and what is wrong; add nobody.",
    "Dit qui peut quoi : rôle, groupes, espaces.": "Says who may what: role, groups, spaces.",
    "Liste les lectures sur base légale ; elles se demandent et s’accordent sur les pages.": (
        "Lists readings on a legal ground; they are asked for and granted on the pages."
    ),
    "Liste les personnes et l’état de leur compte.": "Lists people and the state of their accounts.",
    "Nom, comme les collègues le lisent (défaut : l’identifiant).": (
        "Name, as colleagues will see it (default: the login)."
    ),
    "Rôle (défaut : agent).": "Role (default: agent).",
    "Ajoute une personne et donne le lien où elle choisira son mot de passe.": (
        "Adds a person and gives the link where they will choose their password."
    ),
    "Ferme un compte : sessions et liens s’arrêtent, ce qui a été fait reste.": (
        "Closes an account: sessions and links end, what was done remains."
    ),
    "Rouvre un compte, avec ses droits d’avant.": "Reopens an account, with the rights it had.",
    "Change le rôle d’une personne.": "Changes the role of a person.",
    "Donne un lien à usage unique, pour choisir un nouveau mot de passe.": (
        "Gives a one-time link, to choose a new password."
    ),
    "Ouvre un espace à une personne (identifiant) ou à un groupe (nom). read ou lecteur : lire et interroger ; "
    "contribute ou rédacteur : ajouter aussi, et supprimer ce qu’on a ajouté ; manage ou référent : tout "
    "supprimer, et donner des droits ; none ou aucun : plus rien.": (
        "Opens a space to a person (login) or to a group (name). read or reader: reads and asks; contribute or "
        "writer: adds too, and deletes what they added; manage or manager: deletes all, and gives rights; none: "
        "nothing any more."
    ),
    "Crée, remplit, liste, supprime des groupes de personnes.": "Creates, fills, lists, deletes groups.",
    "Liste les groupes et leurs personnes.": "Lists groups and their people.",
    "Crée un groupe, sans personne.": "Creates a group, with nobody in it.",
    "Met une personne (identifiant) dans un groupe (nom).": "Adds a person (login) to a group (name).",
    "Retire une personne d’un groupe.": "Removes a person from a group.",
    "Supprime un groupe, et les droits qu’il donnait ; les personnes restent.": (
        "Deletes a group, and the rights it gave; the people stay."
    ),
    # models, engine
    "Liste, va chercher, vérifie, choisit les modèles.": "Lists, fetches, verifies, chooses models.",
    "Liste les modèles connus et installés, et dit s’ils tiennent dans cette machine.": (
        "Lists known and installed models, and says whether this machine can run them."
    ),
    "Va chercher des modèles du catalogue, source après source, et les vérifie.": (
        "Fetches models from the catalogue, source after source, and verifies them."
    ),
    "Apporte un fichier GGUF (clé USB) : copié, vérifié, inscrit.": (
        "Brings in a GGUF file (USB key): copied, verified, recorded."
    ),
    "chat ou embed ; sinon d’après le fichier.": "chat or embed; by default, told from the file.",
    "Choisit le modèle d’une place : chat (réponses), embed (recherche par le sens) ou speech (écoute).": (
        "Chooses the model of a slot: chat (answers), embed (search by meaning) or speech (listening)."
    ),
    "Jetons de contexte, partagés.": "Context tokens, shared.",
    "Réponses en même temps.": "Answers at the same time.",
    "Efface un modèle qui n’est pas utilisé.": "Erases a model that is not in use.",
    "Recalcule le SHA-256 d’un modèle, ou de tous ; code 1 si l’un d’eux a changé.": (
        "Recomputes the SHA-256 of a model, or of all of them; exit code 1 when one has changed."
    ),
    "Le moteur : état, construction pour ce processeur.": "The engine: state, build for this processor.",
    "Dit quel moteur sert, avec quels modèles, et si la machine leur suffit.": (
        "Says which engine serves, with which models, and whether the machine can carry them."
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
    "Dit ce que chaque rôle peut faire.": "Says what each role may do.",
    "Donne un lien pour choisir un mot de passe, utilisable une fois, pendant quelques minutes.": (
        "Gives a link to choose a password; it works once, for a few minutes."
    ),
    "Pour cette personne (défaut : l’administrateur).": "For this person (default: the administrator).",
    "Montre, cherche, exporte, prouve et vérifie le journal.": (
        "Shows, searches, exports, proves and verifies the journal."
    ),
    "Les dernières entrées ; avec un ID, toute la chaîne de cette entrée (demande, passages, réponse).": (
        "The latest entries; with an ID, the whole chain of that entry (request, passages, answer)."
    ),
    "Identifiant d’une personne, ou acteur du journal.": "Login of a person, or actor of the journal.",
    "Genre d’entrée : request, answer, administration…": "Kind of entry: request, answer, administration…",
    "Depuis ce jour ou cet instant UTC (AAAA-MM-JJ…).": "From this UTC day or moment on (YYYY-MM-DD…).",
    "Jusqu’à ce jour ou instant UTC compris (AAAA-MM-JJ…).": (
        "Up to this UTC day or moment, included (YYYY-MM-DD…)."
    ),
    "Entrées montrées (défaut : 50).": "Entries shown (default: 50).",
    "Rien de coupé : chaînes entières, et tout ce qui est dit.": "Nothing cut: whole chains, and all that is said.",
    "Depuis cette entrée, vers les plus anciennes.": "From this entry back, towards the oldest.",
    "Cherche des mots dans les noms, objets et décisions des entrées. Code 1 quand rien n’est trouvé.": (
        "Looks for words in the names, objects and decisions of the entries. Exit code 1 when nothing is found."
    ),
    "Preuve qu’une entrée est dans le journal (.tlog-proof). Avec --to : l’entrée, sa preuve, et .spicy.": (
        "Proof that an entry is in the journal (.tlog-proof). With --to: the entry, its proof, and .spicy."
    ),
    "Code à imprimer : fichier SVG à écrire.": "Code to print: SVG file to write.",
    "Reçu d’une réponse : modèle, règles, passages engagés, état de la boîte, preuves. ID : entrée ou chaîne.": (
        "Receipt of an answer: model, rules, passages committed to, state of the box, proofs. ID: entry or chain."
    ),
    "Avec les contenus de ses propres entrées.": "With the contents of one’s own entries.",
    "Écrit un dossier (ou un fichier .zip) qui se vérifie sans Demeure : entrées, preuves, clés, vérificateur.": (
        "Writes a folder (or a .zip file) that is verified without Demeure: entries, proofs, keys, verifier."
    ),
    "Point de contrôle plus ancien, conservé ailleurs.": "An older checkpoint, kept elsewhere.",
    "Fichier à écrire ou remplacer, hors du disque.": "File to write, or to replace, off this disk.",
    "Feuille à imprimer : fichier HTML à écrire.": "Sheet to print: HTML file to write.",
    "Le point de contrôle d’à présent, pour qui le détiendra hors de la machine.": (
        "The current checkpoint, for whoever will keep it away from this machine."
    ),
    "Témoins par échange de fichiers : une maison voisine cosigne notre point de contrôle, et nous le sien.": (
        "Witnesses by exchange of files: a neighbouring house cosigns our checkpoint, and we cosign theirs."
    ),
    "Taille du dernier point que ce témoin a vu.": "Size of the last checkpoint that this witness saw.",
    "Écrit la demande à porter au voisin ; affiche la clé de notre journal.": (
        "Writes the request to carry to the neighbour; shows the key of our journal."
    ),
    "Clé du journal du voisin, reçue de lui.": "Key of the neighbour’s journal, received from them.",
    "Cosigne la demande d’un voisin, si son journal n’a fait que grandir ; affiche notre clé de témoin.": (
        "Cosigns a neighbour’s request, if their journal has only grown; shows our witness key."
    ),
    "Clé de témoin du voisin, reçue de lui.": "Witness key of the neighbour, received from them.",
    "Garde la réponse du voisin : notre point de contrôle, cosigné ; les exports le portent.": (
        "Keeps the neighbour’s answer: our checkpoint, cosigned; exports carry it."
    ),
    "Horodatage RFC 3161 par échange de fichiers, auprès d’une autorité de votre choix.": (
        "RFC 3161 timestamps by exchange of files, with an authority of your choice."
    ),
    "Écrit le point de contrôle, et à côté (.tsq) la demande à porter à l’autorité.": (
        "Writes the checkpoint, and beside it (.tsq) the request to carry to the authority."
    ),
    "Certificat de l’autorité d’horodatage, ou de qui l’a émis (PEM).": (
        "Certificate of the timestamping authority, or of who issued it (PEM)."
    ),
    "Vérifie la réponse, puis la garde au journal avec son point de contrôle ; la page Souveraineté la dit.": (
        "Verifies the answer, then keeps it in the journal with its checkpoint; the Sovereignty page shows it."
    ),
    "Autorité d’horodatage reconnue (PEM) : juge l’horodatage gardé.": (
        "Trusted timestamping authority (PEM): judges the timestamp that is kept."
    ),
    "La même feuille en PDF/A : fichier à écrire.": "The same sheet as PDF/A: file to write.",
    "Feuille à joindre à la réponse, avec le code : PDF/A à écrire.": (
        "Sheet to send along with the answer, with the code: PDF/A to write."
    ),
    "Vérifie la réponse de l’autorité (openssl) pour ce point de contrôle. Code 1 quand elle ne tient pas.": (
        "Verifies the authority’s answer (openssl) for this checkpoint. Exit code 1 when it does not hold."
    ),
    "Efface ce qui a dépassé la durée de conservation (journal_months) ; le reste se prouve comme avant.": (
        "Erases what is past its retention (journal_months); the rest is proved as before."
    ),
    "Fichier à écrire : le reçu de l’effacement.": "File to write: the receipt of the erasure.",
    "Efface ce que le journal garde des contenus d’une personne (RGPD 17) : sa clé est détruite.": (
        "Erases what the journal keeps of a person’s contents (GDPR 17): their key is destroyed."
    ),
    "Clé publique attendue (défaut : celle que porte la pièce ; un point de contrôle n’en porte pas).": (
        "Public key expected (default: the one it carries; a checkpoint carries none)."
    ),
    "Vérifie une pièce : déclaration, reçu, preuve, export, journal copié, rapport d’effacement. Code 1 si elle ne "
    "tient pas.": (
        "Verifies a piece of evidence: statement, receipt, proof, export, copied journal, report of erasure. Exit "
        "code 1 if it fails."
    ),
    "Déclaration ou point de contrôle déjà détenu : plus ancien, refusé.": (
        "A statement or checkpoint already held: an older one is refused."
    ),
    "Juger comme à cet instant (UTC, 2026-11-25T06:02:00).": "Judge as of this moment (UTC, 2026-11-25T06:02:00).",
    "Taille, racine, point de contrôle signé, clé publique.": "Size, root, signed checkpoint, public key.",
    "Recalcule feuilles, arbre, racine et signature depuis les octets écrits. Code 1 à la première faute.": (
        "Recomputes leaves, tree, root and signature from the bytes written. Exit code 1 at the first fault."
    ),
    "Clé publique attendue (défaut : celle du journal).": "Public key expected (default: the journal’s own).",
    # what keeps a space true
    "Montre les versions d’un document, et les documents presque identiques.": (
        "Shows the versions of a document, and the documents that say nearly the same."
    ),
    "Au contraire : ce n’est pas une version de l’autre.": "On the contrary: it is not a version of the other.",
    "Dit que DOCUMENT remplace FORMER (identifiants d’un même espace).": (
        "Says that DOCUMENT supersedes FORMER (ids of one space)."
    ),
    "Compare deux documents (identifiants) : [-retiré-] {+ajouté+}. Code 1 s’ils diffèrent.": (
        "Compares two documents (ids): [-removed-] {+added+}. Exit code 1 when they differ."
    ),
    "Responsable ; vide : plus personne.": "Who looks after them; empty: nobody.",
    "À relire le (AAAA-MM-JJ) ; vide : plus de date.": "Review on (YYYY-MM-DD); empty: no date.",
    "À conserver jusqu’au (AAAA-MM-JJ) ; vide : plus de date.": ("Keep until (YYYY-MM-DD); empty: no date."),
    "Dit qui suit des documents d’un même espace, et jusqu’à quand : tous, ou aucun.": (
        "Says who looks after documents in one space, and until when: all of them, or none."
    ),
    "Santé du fonds d’un espace : ce qui demande quelqu’un.": "Health of a space: what needs someone’s attention.",
    "Les rassembler désormais, ou ne plus le faire.": "Start gathering them, or stop.",
    "Rassemble les questions sans réponse d’un espace, sans nom, pour qui le gère.": (
        "Gathers a space’s unanswered questions, without names, for whoever manages it."
    ),
    "Chercher aussi dans les versions remplacées.": "Also search superseded versions.",
    # policy
    **POLICY,
    **ROUTES,
    # words, export
    "Glossaire, style et courriers : de l’organisation, ou d’un espace.": (
        "Glossary, style and letters: of the organisation, or of a space."
    ),
    "Liste le glossaire et les textes.": "Lists the glossary and the texts.",
    "Ajoute une entrée au glossaire.": "Adds an entry to the glossary.",
    "Retire une entrée du glossaire.": "Removes an entry from the glossary.",
    "Importe un glossaire CSV (Excel, LibreOffice), tout entier ou pas du tout.": (
        "Imports a glossary as CSV (Excel, LibreOffice), whole or not at all."
    ),
    "Écrit le glossaire dans un fichier CSV.": "Writes the glossary to a CSV file.",
    "Montre un texte (style, en-tête, signature, politesse, modèle, procédure), ou écrit sa prochaine version.": (
        "Shows a text (style, letterhead, signature, closing, template, procedure), or writes its next version."
    ),
    "Espace (défaut : toute l’organisation).": "Space (default: the whole organisation).",
    "Genre de l’entrée.": "Kind of the entry.",
    "Nom complet ou sens.": "Full name or meaning.",
    "Autre forme juste (répétable).": "Another correct form (repeatable).",
    "Forme à éviter (répétable).": "A form to avoid (repeatable).",
    "Pourquoi.": "Why.",
    "Retirer les entrées que le fichier n’a pas.": "Remove the entries that are not in the file.",
    "Fichier de texte : la prochaine version.": "A text file: the next version.",
    "Retirer ce texte ; ses versions restent.": "Withdraw this text; its versions stay.",
    "Format (défaut : celui du nom).": "Format (default: from the file name).",
    "Avec en-tête, formule de politesse et signature.": "With letterhead, closing line and signature.",
    "Données personnelles masquées.": "Personal data masked.",
    "Écrire aussi la réponse dans ce fichier (.docx, .odt, .pdf, .md).": (
        "Also write the answer to this file (.docx, .odt, .pdf, .md)."
    ),
    # task
    **TASKS,
}
