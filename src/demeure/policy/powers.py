"""What each role may do, in words: computed from the matrix, so that what is told is what is applied."""

from collections.abc import Mapping

from demeure.policy.decision import Action
from demeure.policy.matrix import MATRIX, Cell
from demeure.policy.subject import Role

ROLE_NAMES: Mapping[Role, tuple[str, str]] = {
    Role.ADMINISTRATOR: ("administrateur", "administrator"),
    Role.REFERENT: ("référent", "space referent"),
    Role.DPO: ("délégué à la protection des données", "data protection officer"),
    Role.AUDITOR: ("auditeur", "auditor"),
    Role.CONTRACTOR: ("prestataire", "contractor"),
    Role.ELECTED: ("élu", "elected member"),
    Role.AGENT: ("agent", "agent"),
}
"""Role → its name, French and English."""

POWERS: Mapping[Action, tuple[str, str]] = {
    Action.PEOPLE_ADMINISTER: (
        "ouvrir et fermer des comptes, choisir les rôles",
        "open and close accounts, choose roles",
    ),
    Action.LINK_CREATE: ("donner un lien de connexion", "give a sign-in link"),
    Action.GROUP_ADMINISTER: ("composer les groupes", "compose the groups"),
    Action.RIGHTS_READ: ("voir qui peut quoi", "see who may what"),
    Action.RIGHTS_REVIEW: ("relire les droits et signer cette revue", "review the rights and sign that review"),
    Action.CHARTER_CHANGE: ("écrire la charte d’usage", "write the charter of use"),
    Action.LEGAL_SEE: ("voir les lectures sur base légale", "see the readings on a legal ground"),
    Action.LEGAL_ASK: (
        "demander une lecture sur base légale, qu’une autre personne accorde",
        "ask for a reading on a legal ground, which another person grants",
    ),
    Action.LEGAL_GRANT: (
        "accorder une lecture sur base légale, jamais la sienne",
        "grant a reading on a legal ground, never one’s own",
    ),
    Action.CONTRACTOR_SEE: ("voir les prestataires et qui est entré", "see the contractors and who came in"),
    Action.CONTRACTOR_KEEP: ("tenir le registre des prestataires", "keep the register of contractors"),
    Action.CONTRACTOR_OPEN: (
        "ouvrir à un prestataire une fenêtre d’intervention, la prolonger",
        "open a window for a contractor, extend it",
    ),
    Action.CONTRACTOR_APPROVE: (
        "approuver la fenêtre qu’une autre personne ouvre à un prestataire",
        "approve the window that another person opens for a contractor",
    ),
    Action.CONTRACTOR_CLOSE: (
        "fermer à tout moment la fenêtre d’un prestataire",
        "close a contractor’s window at any time",
    ),
    Action.CONSOLE_USE: (
        "agir dans une console enregistrée, pendant la fenêtre qui lui est ouverte",
        "act in a recorded console, during the window that is open for them",
    ),
    Action.SPACE_CREATE: ("créer des espaces", "create spaces"),
    Action.SPACE_LIST: (
        "voir le nom de tous les espaces, jamais leur contenu",
        "see the names of all spaces, never their contents",
    ),
    Action.SPACE_APPOINT: (
        "nommer le référent d’un espace qui n’en a plus",
        "name the manager of a space that has none",
    ),
    Action.FOLDER_ADMINISTER: ("régler les dossiers suivis", "set the watched folders"),
    Action.KEY_ADMINISTER: (
        "donner et retirer les clés des applications",
        "give and withdraw the keys of applications",
    ),
    Action.TASK_ADMINISTER: ("ajouter des tâches", "add tasks"),
    Action.MODEL_CHANGE: ("choisir les modèles", "choose the models"),
    Action.HOUSE_ADMINISTER: (
        "voir les réglages et les chiffres de la maison",
        "see the settings and figures of the house",
    ),
    Action.HOUSE_PROVE: ("faire la preuve des murs", "have the walls proven"),
    Action.HOUSE_WATCH: (
        "voir les mesures et les alertes de la maison",
        "see the measures and alerts of the house",
    ),
    Action.HOUSE_WORDS: (
        "tenir le glossaire, le style et les courriers de l’organisation",
        "keep the glossary, the style and the letters of the organisation",
    ),
    Action.POLICY_CHANGE: (
        "changer la politique de la maison",
        "change the policy of the house",
    ),
    Action.JOURNAL_READ: (
        "lire le journal de tous, sans les contenus",
        "read everybody’s journal, without contents",
    ),
    Action.JOURNAL_KEEP: (
        "exporter le journal et ses preuves, prendre le dossier de preuve et le point de contrôle",
        "export the journal and its proofs, take the file of evidence and the checkpoint",
    ),
    Action.PERSON_ERASE: (
        "effacer ce que le journal garde des contenus d’une personne (RGPD 17)",
        "erase what the journal keeps of a person’s contents (GDPR 17)",
    ),
    Action.PERSON_FIND: (
        "chercher où une personne apparaît, sans lire ce qui est dit d’elle",
        "find where a person appears, without reading what is said of them",
    ),
    Action.PERSON_ANSWER: (
        "tenir les demandes des personnes sur leurs données (RGPD 15, 17, 20)",
        "keep the requests of people about their data (GDPR 15, 17, 20)",
    ),
    Action.PERSON_EXPORT: (
        "exporter pour une personne ce qui la concerne, les autres étant masqués",
        "export for a person what is about them, others being masked",
    ),
    Action.REGISTER_READ: (
        "lire les registres et les contrôles qui les prouvent",
        "read the registers and the checks that prove them",
    ),
    Action.REGISTER_CHANGE: (
        "compléter les registres et en signer les versions",
        "complete the registers and sign their versions",
    ),
    Action.INCIDENT_KEEP: (
        "tenir les incidents et leur délai de 72 heures",
        "keep the incidents and their 72 hours",
    ),
    Action.SPACE_SHARE: (
        "gérer les espaces qui lui sont confiés",
        "manage the spaces that are entrusted to them",
    ),
}
"""What not every role may do → how it is said."""

READS = (
    "poser des questions et lire les documents des espaces qui lui sont ouverts, faire rédiger",
    "ask questions and read the documents of the spaces that are open to them, have things drafted",
)
"""What the roles that read may do."""

READS_NOTHING = (
    "ne lit aucun contenu : ni document, ni question, ni réponse",
    "reads no contents: no document, no question, no answer",
)
"""What is said of a role that no space can be opened to."""

OWN_ONLY = ("voir son propre compte", "see their own account")
"""What a role may do to which the state of the house is shown by its console alone."""

EVERYONE = (
    "voir l’état de la maison, son propre compte et son propre journal",
    "see the state of the house, their own account and their own journal",
)
"""What any role may do."""


def powers(role: Role) -> list[tuple[str, str]]:
    """What ``role`` may do, French and English; what everyone may is the last line."""
    own = [said for action, said in POWERS.items() if MATRIX[action][role] in (Cell.HOUSE, Cell.SPACE)]
    rest = EVERYONE if MATRIX[Action.HOUSE_STATUS][role] is Cell.HOUSE else OWN_ONLY
    return [*own, READS if reads(role) else READS_NOTHING, rest]


def reads(role: Role) -> bool:
    """Can a space be opened to this role?"""
    return MATRIX[Action.DOCUMENT_READ][role] is Cell.SPACE


READING_ROLES = frozenset(role for role in ROLE_NAMES if reads(role))
"""Roles that a space can be opened to."""


def told_apart() -> frozenset[Action]:
    """The actions that not every role may do, of those who may do anything with contents: each has its words in
    POWERS."""
    return frozenset(a for a in Action if len({MATRIX[a][role] for role in READING_ROLES} | _beyond(a)) > 1)


def _beyond(action: Action) -> set[Cell]:
    """What the roles that read nothing are given beyond the agent's."""
    return {Cell.HOUSE for role in ROLE_NAMES if not reads(role) and MATRIX[action][role] is Cell.HOUSE}
