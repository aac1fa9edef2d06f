"""English of the commands about registers, evidence, incidents and courses."""

ACCOUNTABILITY = {
    # registers
    "Tient les registres : traitements, sous-traitants, mesures, IA, risques, archives…": (
        "Keeps the registers: processing, processors, measures, AI, risks, archives…"
    ),
    "Liste les documents : mesures, réponses qui manquent, dernière version.": (
        "Lists the documents: measures, answers that are missing, last version."
    ),
    "Chaque mesure, et les contrôles qui la prouvent. Code 1 quand une mesure n’est pas effective.": (
        "Each measure, and the checks that prove it. Code 1 when a measure is not effective."
    ),
    "Montre un document tel qu’il est, et les parties à choisir.": (
        "Shows a document as it stands, and the parts to choose."
    ),
    "Complète une partie ; votre texte est gardé quand le document est refait.": (
        "Completes a part; your text is kept when the document is made again."
    ),
    "Fichier qui porte le texte (défaut : un éditeur).": "File that holds the text (default: an editor).",
    "Prend le nouveau là où il diffère du vôtre, et là seulement ; dit d’abord ce qui sera remplacé.": (
        "Takes the new one where it differs from yours, and there only; says first what will be replaced."
    ),
    "Remplacer sans demander.": "Replace without asking.",
    "Reprendre toute la partie telle que la maison l’écrit.": "Take the whole part again, as the house writes it.",
    "Liste les textes précédents de chaque partie : quand, par qui ; en montre un, ou le compare.": (
        "Lists the former texts of each part: when, by whom; shows one, or compares it."
    ),
    "Montre ce texte-là.": "Shows that text.",
    "Avec --number : ce que celui de maintenant dit autrement.": (
        "With --number: what the one of now says otherwise."
    ),
    "Remet un texte précédent (« texts ») ; celui de maintenant reste parmi eux.": (
        "Puts a former text back (“texts”); that of now stays among them."
    ),
    "Garde le document tel qu’il est comme une version, son empreinte au journal.": (
        "Keeps the document as it is as a version, its digest in the journal."
    ),
    "Ce que « show » a montré (défaut : montrer et demander).": "What “show” showed (default: show, and ask).",
    "Version signée (défaut : le projet).": "Signed version (default: the project).",
    "Écrit un document en PDF/A, ODT, DOCX ou Markdown.": "Writes a document as PDF/A, ODT, DOCX or Markdown.",
    # evidence
    "Le dossier de preuves pour un auditeur, un client, une assemblée.": (
        "The pack of evidence for an auditor, a client, an assembly."
    ),
    (
        "Écrit le dossier : résumé de deux pages, preuve, journal et ses preuves, sauvegardes, registres, "
        "politique, prestataires, modèles et licences, composants. Chaque partie se vérifie seule, sans Demeure."
    ): (
        "Writes the folder: summary of two pages, proof, journal with its proofs, backups, registers, policy, "
        "contractors, models and licences, components. Each part verifies alone, without Demeure."
    ),
    "Journal depuis ce jour (défaut : tout).": "Journal since that day (default: all of it).",
    # incidents
    "Tient les incidents : délai de 72 heures, étendue lue au journal, formulaire.": (
        "Keeps the incidents: 72 hours, scope read from the journal, form."
    ),
    "Liste les incidents et les exercices, les ouverts d’abord.": "Lists incidents and exercises, open ones first.",
    "Ouvre un incident : le délai court, le formulaire commence par ce que dit le journal.": (
        "Opens an incident: time runs, the form begins with what the journal says."
    ),
    "Quand on l’a su (défaut : maintenant).": "When one knew (default: now).",
    "Début du journal à lire.": "Beginning of the journal to read.",
    "Fin du journal à lire.": "End of the journal to read.",
    "Exercice : rien n’est compté ni à déclarer.": "Exercise: nothing is counted nor to be told.",
    "Montre un incident, son délai, son étendue, son formulaire.": (
        "Shows an incident, its time, its scope, its form."
    ),
    "Remplit un champ du formulaire (noms de « show »).": "Fills a field of the form (names of “show”).",
    "Note que l’autorité est prévenue ; le formulaire doit être complet.": (
        "Notes that the authority was told; the form must be whole."
    ),
    "Pourquoi l’autorité n’est pas prévenue, si elle ne l’est pas.": (
        "Why the authority is not told, when it is not."
    ),
    "Clôt un incident : il reste au registre.": "Closes an incident: it stays in the register.",
    "Écrit le formulaire en PDF/A, ODT, DOCX ou Markdown, pour le recopier ou l’envoyer.": (
        "Writes the form as PDF/A, ODT, DOCX or Markdown, to copy it or send it."
    ),
    # courses
    "La formation intégrée de chaque rôle, et qui l’a suivie.": (
        "The built-in course of each role, and who followed it."
    ),
    "Montre les leçons et les questions ; on y répond sur la page Formation.": (
        "Shows lessons and questions; one answers on the page Formation."
    ),
    "Liste qui a suivi quoi, et qui ne l’a pas encore réussie.": (
        "Lists who followed what, and who has not passed it yet."
    ),
}
