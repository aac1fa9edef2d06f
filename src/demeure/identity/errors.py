"""Why the door does not open, why a password does not do, why a person or a group cannot be what was asked."""

from demeure.errors import DemeureError


class LinkUnknown(DemeureError):
    """This sign-in link is not known here. Ask the administrator for a new one."""

    fr = "Ce lien de connexion n’est pas connu ici. Demandez-en un nouveau à l’administrateur."
    exit_code = 3
    http_status = 403


class LinkUsed(DemeureError):
    """This sign-in link has already been used: each serves once. Ask the administrator for a new one;
    on the server itself: demeure link."""

    fr = (
        "Ce lien de connexion a déjà servi : chacun ne sert qu’une fois. Demandez-en un nouveau à "
        "l’administrateur ; sur le serveur lui-même : demeure link."
    )
    exit_code = 3
    http_status = 403


class LinkExpired(DemeureError):
    """This sign-in link has expired. Ask the administrator for a new one; on the server itself: demeure link."""

    fr = (
        "Ce lien de connexion n’est plus valable. Demandez-en un nouveau à l’administrateur ; sur le serveur "
        "lui-même : demeure link."
    )
    exit_code = 3
    http_status = 403


class PersonUnknown(DemeureError):
    """Nobody here is called “{person}”, or their account is closed."""

    fr = "Personne ici ne s’appelle « {person} », ou son compte est fermé."
    exit_code = 2
    http_status = 404


class LoginTaken(DemeureError):
    """The login “{login}” already belongs to someone."""

    fr = "L’identifiant « {login} » appartient déjà à quelqu’un."
    exit_code = 2
    http_status = 409


class SpaceUnknown(DemeureError):
    """There is no space “{space}”."""

    fr = "Il n’y a pas d’espace « {space} »."
    exit_code = 2
    http_status = 404


class SignInRefused(DemeureError):
    """This login and password do not open the house. Check both, including capitals. A forgotten password is
    replaced with a one-time link from the administrator."""

    fr = (
        "Cet identifiant et ce mot de passe n’ouvrent pas la maison. Vérifiez les deux, majuscules comprises. "
        "Un mot de passe oublié se remplace avec un lien à usage unique, donné par l’administrateur."
    )
    exit_code = 3
    http_status = 403


class SignInLocked(DemeureError):
    """Too many failed attempts. Wait {minutes} min before the next one. A one-time link from the administrator
    works at once.
    """

    fr = (
        "Trop d’essais manqués. Patientez {minutes} min avant le prochain. "
        "Un lien à usage unique, donné par l’administrateur, ouvre sans attendre."
    )
    exit_code = 3
    http_status = 429


class HashingBusy(DemeureError):
    """Many people are signing in right now. Nothing was checked; try again in {seconds} seconds."""

    fr = "Beaucoup de monde se connecte en ce moment. Rien n’a été vérifié ; recommencez dans {seconds} secondes."
    http_status = 429


class PasswordsDiffer(DemeureError):
    """The two passwords are not the same. Type the same one twice."""

    fr = "Les deux mots de passe ne sont pas les mêmes. Tapez deux fois le même."
    exit_code = 2
    http_status = 400


class PasswordShort(DemeureError):
    """This password is too short: {least} characters at least. Five words chosen at random do well."""

    fr = "Ce mot de passe est trop court : {least} signes au moins. Cinq mots choisis au hasard font l’affaire."
    exit_code = 2
    http_status = 400


class PasswordLong(DemeureError):
    """This password is too long: {most} characters at most."""

    fr = "Ce mot de passe est trop long : {most} signes au plus."
    exit_code = 2
    http_status = 400


class PasswordWeak(DemeureError):
    """This password is too easy to guess: it repeats itself, follows the keyboard, or has too few different
    characters.
    Five words chosen at random do well."""

    fr = (
        "Ce mot de passe se devine trop facilement : il se répète, suit le clavier, ou compte trop peu de sortes "
        "de signes. Cinq mots choisis au hasard font l’affaire."
    )
    exit_code = 2
    http_status = 400


class PasswordForeseen(DemeureError):
    """This password holds your name, your login or the organisation’s name: others would try it first. Choose words
    that have nothing to do with you."""

    fr = (
        "Ce mot de passe contient votre nom, votre identifiant ou le nom de l’organisation : d’autres "
        "l’essaieraient en premier. Choisissez des mots sans rapport avec vous."
    )
    exit_code = 2
    http_status = 400


class PasswordWrong(DemeureError):
    """The current password is not correct. Nothing was changed."""

    fr = "Le mot de passe actuel n’est pas le bon. Rien n’a été changé."
    exit_code = 3
    http_status = 403


class LoginInvalid(DemeureError):
    """A login has 2 to 64 letters, digits, dots, hyphens or at signs, without spaces."""

    fr = "Un identifiant compte de 2 à 64 lettres, chiffres, points, tirets ou arobases, sans espace."
    exit_code = 2
    http_status = 400


class NameUnusable(DemeureError):
    """A name has 1 to 80 characters."""

    fr = "Un nom compte de 1 à 80 caractères."
    exit_code = 2
    http_status = 400


class RoleUnknown(DemeureError):
    """There is no role “{role}”. Known roles: administrator, referent, dpo, auditor, contractor, elected, agent."""

    fr = (
        "Il n’y a pas de rôle « {role} ». Rôles connus : administrator, referent, dpo, auditor, contractor, "
        "elected, agent."
    )
    exit_code = 2
    http_status = 400


class RightUnknown(DemeureError):
    """There is no right “{right}”. Known rights: read (reader), contribute (writer), manage (manager), none."""

    fr = "Il n’y a pas de droit « {right} ». Droits connus : read, contribute, manage, none."
    exit_code = 2
    http_status = 400


class LastAdministrator(DemeureError):
    """This is the last administrator: the house needs one. Name another one first. Nothing was changed."""

    fr = (
        "C’est le dernier administrateur ; la maison en demande un. "
        "Nommez-en d’abord un autre. Rien n’a été changé."
    )
    exit_code = 3
    http_status = 409


class LastReferent(DemeureError):
    """Nobody would manage this space any more. Appoint another manager first. Nothing was changed."""

    fr = "Plus personne ne gérerait cet espace. Nommez d’abord un autre référent. Rien n’a été changé."
    exit_code = 3
    http_status = 409


class SpaceManaged(DemeureError):
    """This space has somebody to manage it: only they say who enters. Nothing was changed."""

    fr = "Cet espace a un référent : lui seul dit qui y entre. Rien n’a été changé."
    exit_code = 3
    http_status = 409


class RoleManagesNone(DemeureError):
    """The role of this person manages no space: whoever watches over data does not decide what is done with it.
    Nothing was changed."""

    fr = (
        "Le rôle de cette personne ne gère aucun espace : qui veille sur les données ne décide pas de leur "
        "usage. Rien n’a été changé."
    )
    exit_code = 3
    http_status = 409


class RoleReadsNone(DemeureError):
    """The role of this person reads no contents: no space can be opened to them. Nothing was changed."""

    fr = (
        "Le rôle de cette personne ne lit aucun contenu : aucun espace ne peut lui être ouvert. "
        "Rien n’a été changé."
    )
    exit_code = 3
    http_status = 409


class SelfAppointed(DemeureError):
    """You cannot name yourself: who administers the house opens no space to themselves. Nothing was changed."""

    fr = (
        "Vous ne pouvez pas vous nommer vous-même : qui administre la maison ne s’ouvre aucun espace. "
        "Rien n’a été changé."
    )
    exit_code = 3
    http_status = 409


class GroupUnknown(DemeureError):
    """There is no group “{group}”."""

    fr = "Il n’y a pas de groupe « {group} »."
    exit_code = 2
    http_status = 404


class GroupNameTaken(DemeureError):
    """A group is already called “{name}”. Nothing was changed."""

    fr = "Un groupe s’appelle déjà « {name} ». Rien n’a été changé."
    exit_code = 2
    http_status = 409


class OwnDoor(DemeureError):
    """This group opens spaces that are not open to you: whoever manages them must invite you. Nothing was
    changed."""

    fr = (
        "Ce groupe ouvre des espaces qui ne vous sont pas ouverts : c’est à leur référent de vous "
        "y inviter. Rien n’a été changé."
    )
    exit_code = 3
    http_status = 409


class KeyRefused(DemeureError):
    """This application key is not known here, has expired or was withdrawn, or its owner's account is closed."""

    fr = (
        "Cette clé d’application n’est pas connue ici, a expiré ou a été retirée, ou le compte de la personne qui "
        "en répond est fermé."
    )
    exit_code = 3
    http_status = 401


class KeysTooMany(DemeureError):
    """You already have {most} programs with a key of yours. Withdraw one that you no longer use."""

    fr = "Vous avez déjà donné une clé à {most} logiciels. Retirez-en une qui ne sert plus."
    exit_code = 2
    http_status = 409


class KeyTooFast(DemeureError):
    """This program asks too much at once. Wait {seconds:second|seconds}; nothing was lost."""

    fr = "Ce logiciel demande trop de choses à la fois. Patientez {seconds:seconde|secondes} ; rien n’est perdu."
    exit_code = 3
    http_status = 429


class KeyQuotaSpent(DemeureError):
    """This application has used up its quota ({quota}). Try again in {wait}; nothing was lost."""

    fr = "Cette application a épuisé son quota ({quota}). Attendez {wait} ; rien n’est perdu."
    exit_code = 3
    http_status = 429


class KeyClassUnknown(DemeureError):
    """The policy has no class “{name}”. See: demeure policy show."""

    fr = "La politique n’a pas de classe « {name} ». Voir : demeure policy show."
    exit_code = 2
    http_status = 400


class KeyUnknown(DemeureError):
    """No application key is called “{key}”."""

    fr = "Aucune clé d’application ne s’appelle « {key} »."
    exit_code = 2
    http_status = 404


class KeyNameTaken(DemeureError):
    """A key called “{key}” exists, or existed: the journal speaks of it. Choose another name."""

    fr = "Une clé s’appelle « {key} », ou s’est appelée ainsi : le journal en parle. Choisissez un autre nom."
    exit_code = 2
    http_status = 409


class KeyInvalid(DemeureError):
    """A key has a name of 2 to 40 small letters, digits or dashes, an owner, something that it is for, one space at
    least when it adds documents (it then reads none), and lives 1 to 1100 days; quotas are whole numbers."""

    fr = (
        "Une clé a un nom de 2 à 40 petites lettres sans accent, chiffres ou tirets, une personne qui en répond, "
        "un usage, un espace au moins quand elle ajoute des documents (elle n’en lit alors aucun), et vit de 1 à "
        "1100 jours ; les quotas sont des nombres entiers."
    )
    exit_code = 2
    http_status = 400


class KeyReads(KeyInvalid):
    """A key that reads the documents or has things drafted is given by the person it speaks for, on their own
    page « Votre compte »; nobody gives one for another."""

    fr = (
        "Une clé qui interroge les documents ou fait rédiger est donnée par la personne au nom de qui elle parle, "
        "sur sa page « Votre compte » ; personne n’en donne pour un autre."
    )
    exit_code = 2
    http_status = 400


class PolicyUnknown(DemeureError):
    """There is no version {number} of the policy. See: demeure policy history."""

    fr = "Il n’y a pas de version {number} de la politique. Voir : demeure policy history."
    exit_code = 4
    http_status = 404


class PolicyMoved(DemeureError):
    """The policy changed meanwhile: read it again, nothing was applied."""

    fr = "La politique a changé entre-temps : relisez-la, rien n’a été appliqué."
    http_status = 409


class PolicySame(PolicyMoved):
    """This is the policy in force already: nothing was applied."""

    fr = "C’est déjà la politique en vigueur : rien n’a été appliqué."


class PolicyCasesFail(DemeureError):
    """The organisation’s own test cases do not hold; nothing was applied. {detail}"""

    fr = "Des essais de l’organisation ne tiennent pas ; rien n’a été appliqué. {detail}"
    exit_code = 2
    http_status = 422


class PolicyOwnWord(DemeureError):
    """A change of the policy needs a second person: not the one who proposed it."""

    fr = "Un changement de la politique demande une deuxième personne : pas celle qui le propose."
    exit_code = 3
    http_status = 403


class ClassUnknown(DemeureError):
    """The policy has no class “{name}”. It has: {known}."""

    fr = "La politique n’a pas de classe « {name} ». Elle a : {known}."
    exit_code = 2
    http_status = 400
