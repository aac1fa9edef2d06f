"""The help of ``demeure task`` and ``demeure eval`` in English: see ``english``."""

TASKS = {
    "Fait rédiger des cas et vérifie ce qui doit y être. Code 1 si un chiffre inventé n’est pas signalé.": (
        "Has cases drafted and checks what must be there. Exit code 1 when an invented figure is not marked."
    ),
    "Fichier ou dossier de cas (TOML, répétable) ; défaut : ceux de l’organisation. Voir docs/quality.md.": (
        "File or folder of cases (TOML, repeatable); default: the organisation’s own. See docs/quality.md."
    ),
    "Modèle à mesurer (répétable ; défaut : celui qui répond).": (
        "Model to measure (repeatable; default: the one that answers)."
    ),
    "Refaire aussi ce qui est déjà mesuré.": "Do again what is already measured.",
    "Écrire une page où comparer deux modèles à l’aveugle (HTML, sans réseau).": (
        "Write a page where two models are compared blindly (HTML, no network)."
    ),
    "Ajoute un fichier de cas à ceux de l’organisation : ils gardent le choix d’un modèle.": (
        "Adds a file of cases to the organisation’s own: they guard the choice of a model."
    ),
    "Liste les cas de l’organisation et ce que chaque modèle installé en a fait.": (
        "Lists the organisation’s cases and what each installed model made of them."
    ),
    "Le prendre même s’il n’est pas mesuré ou fait moins bien sur vos cas (journalisé).": (
        "Take it even if it is not measured, or does worse on your cases (journalled)."
    ),
    "Une tâche ou un cas (répétable).": "A task or a case (repeatable).",
    "Fait rédiger : demeure task NOM --field notes=… ; liste et vérifie les tâches.": (
        "Drafts something: demeure task NAME --field notes=…; lists and checks tasks."
    ),
    "Liste les tâches, et les fichiers à corriger.": "Lists the tasks, and the files to fix.",
    "Montre le fichier d’une tâche : champs, consigne, budget, contrôles, cas d’essai.": (
        "Shows the file of a task: fields, prompt, budget, checks, test cases."
    ),
    "Vérifie un fichier de tâche sans ouvrir la maison : l’erreur est dite avec sa ligne.": (
        "Checks a task file without opening the house: an error is reported with its line."
    ),
    "Ajoute une tâche de l’organisation, dans sa version.": "Adds a task of the organisation, at its version.",
    "Fait rédiger les cas d’essai d’une tâche et vérifie ce qui doit y être. Code 1 si un cas échoue.": (
        "Drafts the test cases of a task and checks what they must contain. Exit code 1 when one fails."
    ),
    "Écrit un brouillon en DOCX, ODT, PDF/A ou Markdown ; son tableau en ODS ou CSV. WORK : voir task works.": (
        "Writes a draft as DOCX, ODT, PDF/A or Markdown; its table as ODS or CSV. WORK: see task works."
    ),
    "Dit que vous avez relu un brouillon : ses fichiers le diront aussi, à votre nom.": (
        "Says that you have read a draft again: its files will say so too, in your name."
    ),
    "Récrit une section d’un travail (1, 2…) ; les autres restent comme elles sont.": (
        "Writes one section of a work anew (1, 2…); the others stay as they are."
    ),
    "Ce qu’elle doit dire, une idée par ligne (\\n entre elles).": (
        "What it has to say, one idea a line (\\n between them)."
    ),
    "Numéro du brouillon (défaut : le dernier).": "Number of the draft (default: the last one).",
    "Liste vos travaux, ou ceux qui contiennent des mots.": (
        "Lists your work, or the pieces that contain some words."
    ),
    "Fait rédiger un brouillon et le montre à mesure.": "Writes a draft, and shows it as it comes.",
    "Message reçu (.eml), auquel répondre ; ou un dossier de messages.": (
        "Message received (.eml), to be answered; or a folder of messages."
    ),
    "Où écrire le brouillon : .eml, .odt, .docx… ; un dossier quand --eml en est un.": (
        "Where to write the draft: .eml, .odt, .docx…; a folder when --eml is one."
    ),
    "Écrit l’extension de LibreOffice (.oxt) ; chacun la relie ensuite depuis « Votre compte ».": (
        "Writes the extension of LibreOffice (.oxt); everyone then links it from “Your account”."
    ),
    "NOM=VALEUR ; NOM=@FICHIER lit un fichier, NOM=document:DOCUMENT un document de la base (répétable).": (
        "NAME=VALUE; NAME=@FILE reads a file, NAME=document:DOCUMENT a document of the base (repeatable)."
    ),
}
