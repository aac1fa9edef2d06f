"""What each role may do, in words: computed from the matrix, so that what is told is what is applied."""

from collections.abc import Mapping

from demeure.policy.decision import Action
from demeure.policy.matrix import MATRIX, Cell
from demeure.policy.subject import Role

ROLE_NAMES: Mapping[Role, tuple[str, str]] = {
    Role.ADMINISTRATOR: ("administrateur", "administrator"),
    Role.REFERENT: ("référent", "space referent"),
    Role.DPO: ("déléguée à la protection des données", "data protection officer"),
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
    Action.SPACE_SHARE: (
        "gérer les espaces qui lui sont confiés",
        "manage the spaces that are entrusted to them",
    ),
}
"""What not every role may do → how it is said."""

EVERYONE = (
    "poser des questions et lire les documents des espaces qui lui sont ouverts, voir son propre journal",
    "ask questions and read the documents of the spaces that are open to them, see their own journal",
)
"""What any role may do."""


def powers(role: Role) -> list[tuple[str, str]]:
    """What ``role`` may do, French and English; what everyone may is the last line."""
    own = [said for action, said in POWERS.items() if MATRIX[action][role] in (Cell.HOUSE, Cell.SPACE)]
    return [*own, EVERYONE]


def told_apart() -> frozenset[Action]:
    """The actions that not every role may do: each has its words in POWERS."""
    return frozenset(a for a in Action if len({MATRIX[a][role] for role in MATRIX[a]}) > 1)
