"""What the extension says itself, in French and in English; the house's own sentences come from the house."""

SENTENCES = {
    "settings": ("Demeure : réglages", "Demeure: settings"),
    "code": (
        "Collez ici le code de connexion donné par la page « Votre compte » de la maison :",
        "Paste here the connection code given by the page “Your account” of the house:",
    ),
    "linked": ("Relié à {address}", "Linked to {address}"),
    "not_linked": ("Relié à aucune maison.", "Linked to no house."),
    "tracked": (
        "Garder le texte d’avant en suivi des modifications",
        "Keep the former text as a tracked change",
    ),
    "ok": ("Enregistrer", "Save"),
    "cancel": ("Annuler", "Cancel"),
    "code_wrong": (
        "Ce n’est pas un code de connexion entier. Recopiez-le depuis la page « Votre compte ».",
        "This is not a whole connection code. Copy it again from the page “Your account”.",
    ),
    "first": (
        "Demeure n’est encore reliée à aucune maison : menu Demeure, Réglages.",
        "Demeure is linked to no house yet: menu Demeure, Settings.",
    ),
    "to_settings": ("Réglages", "Settings"),
    "ready": ("La maison répond : {address}.", "The house answers: {address}."),
    "ask": ("Question à la base", "Ask the documents"),
    "ask_what": ("Votre question aux documents de la maison :", "Your question to the documents of the house:"),
    "ask_do": ("Demander", "Ask"),
    "select": ("Sélectionnez d’abord le passage.", "Select the passage first."),
    "select_one": ("Sélectionnez un seul passage, dans le texte.", "Select one passage only, in the text."),
    "read_only": ("Ce document est en lecture seule.", "This document is read-only."),
    "busy": (
        "Un travail est déjà en cours : attendez-le, ou arrêtez-le.",
        "A work is in progress: wait, or stop it.",
    ),
    "reformuler": ("Reformulation", "Plain language"),
    "corriger": ("Correction", "Correction"),
    "resumer": ("Résumé", "Summary"),
    "question": ("Réponse", "Answer"),
    "step": ("Demeure : {act}", "Demeure: {act}"),
    "under_way": ("{act} en cours dans la maison…", "{act} in progress in the house…"),
    "part": ("{act} : {done} sur {parts}", "{act}: {done} of {parts}"),
    "stop": ("Arrêter", "Stop"),
    "stopped": ("Arrêté. Le document n’a pas changé.", "Stopped. The document has not changed."),
    "done": ("{act} : c’est fait. Relisez avant d’envoyer.", "{act}: done. Read it before sending."),
    "corrected": ("Corrections à relire : {number}.", "Corrections to read: {number}."),
    "nothing": ("Rien à corriger n’a été trouvé.", "Nothing to correct was found."),
    "doubts": (
        "À vérifier dans le texte, chiffres, dates ou noms ({number}) : {what}.",
        "To check in the text, figures, dates or names ({number}): {what}.",
    ),
    "undo": ("Annuler", "Undo"),
    "see": ("Voir dans la maison", "See in the house"),
    "moved": (
        "Le passage a changé pendant le travail : rien n’a été remplacé. Le texte proposé est dans la maison.",
        "The passage changed meanwhile: nothing was replaced. The proposed text is in the house.",
    ),
    "not_found": (
        "Les documents ne donnent pas de réponse à cette question.",
        "The documents give no answer to this question.",
    ),
    "unfinished": ("La maison n’a pas pu finir ce travail. {why}", "The house could not finish this work. {why}"),
    "away": (
        "La maison ne répond pas à {address}. Le document n’a pas changé ; réessayez.",
        "The house does not answer at {address}. The document has not changed; try again.",
    ),
    "not_the_house": (
        "{address} ne présente pas le certificat de la maison : rien n’a été envoyé. Prévenez l’administrateur.",
        "{address} does not show the house’s certificate: nothing was sent. Tell the administrator.",
    ),
    "elsewhere": (
        "{address} envoie vers une autre adresse : Demeure n’y va pas.",
        "{address} leads to another address: Demeure does not go there.",
    ),
    "refused": ("La maison a refusé ({status}).", "The house refused ({status})."),
    "not_understood": (
        "Ce qui répond à {address} n’est pas une maison Demeure.",
        "What answers at {address} is no Demeure house.",
    ),
    "surprise": (
        "L’extension a rencontré une erreur : {what}. Édition, Annuler rend le document.",
        "The extension met an error: {what}. Edit, Undo brings the document back.",
    ),
}
"""Key → French, English."""


def say(language, key, **told):
    """The sentence, in ``fr`` or ``en``."""
    return SENTENCES[key][language != "fr"].format(**told)
