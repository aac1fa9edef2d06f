"""Every action in words, to tell a rule of the policy as a sentence: « un agent ne peut pas … »."""

from collections.abc import Mapping

from demeure.policy.decision import Action

LEAVE = "leave"
"""What a thing does by a route: no action of somebody, since the house itself lets it out."""
ACTION_WORDS: Mapping[Action, tuple[str, str]] = {
    Action.PAGE_VIEW: ("voir les pages", "see the pages"),
    Action.SIGN_IN: ("se connecter", "sign in"),
    Action.ACCOUNT_CHANGE: ("changer son propre compte", "change their own account"),
    Action.ASK: ("poser une question aux documents", "ask the documents a question"),
    Action.SPACE_READ: ("voir la liste des documents d’un espace", "see the list of a space’s documents"),
    Action.SPACE_LIST: ("voir le nom de tous les espaces", "see the names of all spaces"),
    Action.SPACE_CREATE: ("créer un espace", "create a space"),
    Action.SPACE_APPOINT: ("nommer le référent d’un espace", "name the manager of a space"),
    Action.SPACE_RENAME: ("renommer un espace", "rename a space"),
    Action.SPACE_SHARE: ("ouvrir un espace à quelqu’un", "open a space to somebody"),
    Action.SPACE_DELETE: ("supprimer un espace", "delete a space"),
    Action.SPACE_WORDS: ("tenir les mots d’un espace", "keep the words of a space"),
    Action.SPACE_TEND: ("voir la santé d’un espace", "see the health of a space"),
    Action.SPACE_CLASS: ("changer la classe d’un espace", "change the class of a space"),
    Action.SPACE_HOLD: ("garder pour une procédure", "keep for a proceeding"),
    Action.DOCUMENT_ADD: ("ajouter un document", "add a document"),
    Action.DOCUMENT_READ: ("voir un document", "see a document"),
    Action.DOCUMENT_OPEN: ("ouvrir l’original d’un document", "open the original of a document"),
    Action.DOCUMENT_DELETE: ("supprimer un document", "delete a document"),
    Action.DOCUMENT_TAG: ("étiqueter un document", "tag a document"),
    Action.DOCUMENT_PIN: ("garder un document prêt", "keep a document ready"),
    Action.DOCUMENT_TEND: ("suivre un document", "look after a document"),
    Action.DOCUMENT_CLASS: ("changer la classe d’un document", "change the class of a document"),
    Action.SNAPSHOT_KEEP: ("laisser l’état d’un document sur le disque", "leave a document’s state on the disk"),
    Action.MODEL_USE: ("employer un modèle", "use a model"),
    Action.MODEL_CHANGE: ("choisir les modèles", "choose the models"),
    Action.HOUSE_STATUS: ("voir l’état de la maison", "see the state of the house"),
    Action.HOUSE_ADMINISTER: ("voir les réglages de la maison", "see the settings of the house"),
    Action.HOUSE_PROVE: ("faire la preuve des murs", "have the walls proven"),
    Action.HOUSE_WATCH: ("voir la supervision", "see the supervision"),
    Action.HOUSE_WORDS: ("tenir les mots de l’organisation", "keep the words of the organisation"),
    Action.POLICY_READ: ("lire la politique", "read the policy"),
    Action.POLICY_CHANGE: ("changer la politique", "change the policy"),
    Action.PEOPLE_ADMINISTER: ("ouvrir et fermer des comptes", "open and close accounts"),
    Action.GROUP_ADMINISTER: ("composer les groupes", "compose the groups"),
    Action.RIGHTS_READ: ("voir qui peut quoi", "see who may what"),
    Action.RIGHTS_REVIEW: ("signer la revue des droits", "sign the review of rights"),
    Action.CHARTER_CHANGE: ("écrire la charte d’usage", "write the charter of use"),
    Action.LEGAL_SEE: ("voir les lectures sur base légale", "see the readings on a legal ground"),
    Action.LEGAL_ASK: ("demander une lecture sur base légale", "ask for a reading on a legal ground"),
    Action.LEGAL_GRANT: ("accorder une lecture sur base légale", "grant a reading on a legal ground"),
    Action.LEGAL_READ: ("lire sur base légale", "read on a legal ground"),
    Action.CONTRACTOR_SEE: ("voir les prestataires et qui est entré", "see the contractors and who came in"),
    Action.CONTRACTOR_KEEP: ("tenir le registre des prestataires", "keep the register of contractors"),
    Action.CONTRACTOR_OPEN: ("ouvrir une fenêtre à un prestataire", "open a window for a contractor"),
    Action.CONTRACTOR_APPROVE: ("approuver la fenêtre d’un prestataire", "approve a contractor’s window"),
    Action.CONTRACTOR_CLOSE: ("fermer la fenêtre d’un prestataire", "close a contractor’s window"),
    Action.CONSOLE_USE: ("agir dans la console des prestataires", "act in the contractors’ console"),
    Action.CONVERSATION_READ: ("relire une conversation", "read a conversation again"),
    Action.CONVERSATION_WRITE: ("renommer ou supprimer une conversation", "rename or delete a conversation"),
    Action.CONVERSATION_EXPORT: ("enregistrer une réponse en fichier", "save an answer as a file"),
    Action.LINK_CREATE: ("donner un lien de connexion", "give a sign-in link"),
    Action.JOURNAL_READ_OWN: ("lire ses propres lignes du journal", "read their own lines of the journal"),
    Action.JOURNAL_READ: ("lire le journal de tous", "read everybody’s journal"),
    Action.JOURNAL_KEEP: ("exporter le journal et ses preuves", "export the journal and its proofs"),
    Action.PERSON_ERASE: ("effacer les contenus d’une personne", "erase a person’s contents"),
    Action.PERSON_FIND: ("chercher où une personne apparaît", "find where a person appears"),
    Action.PERSON_ANSWER: ("tenir les demandes des personnes", "keep people’s requests"),
    Action.PERSON_EXPORT: ("exporter ce qui concerne une personne", "export what is about a person"),
    Action.REGISTER_READ: ("lire les registres", "read the registers"),
    Action.REGISTER_CHANGE: ("écrire et signer les registres", "write and sign the registers"),
    Action.INCIDENT_KEEP: ("tenir les incidents", "keep the incidents"),
    Action.FOLDER_ADMINISTER: ("régler les dossiers suivis", "set the watched folders"),
    Action.KEY_ADMINISTER: ("donner les clés des applications", "give the keys of applications"),
    Action.KEY_USE: ("employer une clé d’application", "use an application key"),
    Action.TASK_USE: ("faire rédiger", "have things drafted"),
    Action.TASK_ADMINISTER: ("ajouter des tâches", "add tasks"),
    Action.WORK_READ: ("relire un brouillon", "read a draft again"),
    Action.WORK_WRITE: ("changer un brouillon", "change a draft"),
    Action.WORK_OPEN: ("ouvrir un brouillon partagé", "open a shared draft"),
    Action.WORK_SHARE: ("partager un brouillon", "share a draft"),
}
"""Action → what it is to do it, French and English; an action of a later version is told by its name."""


def action_said(action: str, language: str) -> str:
    """``action`` in words."""
    if action == LEAVE:
        return "faire sortir une demande par une route" if language == "fr" else "let a request leave by a route"
    return ACTION_WORDS[Action(action)][language != "fr"] if action in ACTION_WORDS else action
