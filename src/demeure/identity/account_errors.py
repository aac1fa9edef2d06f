"""Why a second proof, a list of people, a charter, a review or a reading on a legal ground is not taken, and why a
key that is over gets no other secret."""

from demeure.errors import DemeureError
from demeure.identity.errors import KeyInvalid


class CodeWrong(DemeureError):
    """This code is not the right one, or has served already: each serves once. Wait for the next one and check the
    telephone’s clock."""

    fr = (
        "Ce code n’est pas le bon, ou a déjà servi : chacun ne sert qu’une fois. Attendez le suivant et vérifiez "
        "l’heure du téléphone."
    )
    exit_code = 3
    http_status = 403


class KeyOfPerson(DemeureError):
    """“{key}” is a key that somebody gave themselves: they alone renew it or change its limits (“Your account”).
    You may withdraw it: demeure keys revoke {key}."""

    fr = (
        "« {key} » est une clé que quelqu’un s’est donnée : lui seul la renouvelle ou change ses limites (« Votre "
        "compte »). Vous pouvez la retirer : demeure keys revoke {key}."
    )
    exit_code = 3
    http_status = 403


class KeyForContractor(DemeureError):
    """A contractor acts in their console alone: no key is given in their name. Nothing was given."""

    fr = "Un prestataire n’agit que dans sa console : aucune clé n’est donnée en son nom. Rien n’a été donné."
    exit_code = 2
    http_status = 409


class AccountDormant(DemeureError):
    """This account is a contractor’s, and sleeps: no window is open for it. The organisation opens one when it
    expects you."""

    fr = (
        "Ce compte est celui d’un prestataire, et il dort : aucune fenêtre d’intervention n’est ouverte pour lui. "
        "L’organisation en ouvre une quand elle vous attend."
    )
    exit_code = 3
    http_status = 403


class HalfOver(DemeureError):
    """The second step waited too long. Type your login and password again."""

    fr = "La deuxième étape a trop attendu. Tapez de nouveau votre identifiant et votre mot de passe."
    exit_code = 3
    http_status = 403


class FactorUnknown(DemeureError):
    """There is no such second proof on this account. Nothing was changed."""

    fr = "Il n’y a pas de telle deuxième preuve sur ce compte. Rien n’a été changé."
    exit_code = 4
    http_status = 404


class DirectoryAccount(DemeureError):
    """The directory speaks for this account: its password is the directory’s, and is changed there. Nothing was
    changed. To make it an account of the house again: demeure directory release LOGIN, on the server."""

    fr = (
        "L’annuaire répond de ce compte : son mot de passe est celui de l’annuaire, et se change là-bas. Rien n’a "
        "été changé. Pour en refaire un compte de la maison : demeure directory release IDENTIFIANT, au serveur."
    )
    exit_code = 3
    http_status = 409


class DirectoryAway(DemeureError):
    """The directory that checks passwords does not answer. Try again in a moment; this try was not counted."""

    fr = (
        "L’annuaire qui vérifie les mots de passe ne répond pas. Réessayez dans un instant ; cet essai n’a pas été "
        "compté."
    )
    exit_code = 5
    http_status = 503


class SameHand(DemeureError):
    """One person may not both take away somebody’s second proof and give them a link: together these open the
    account. Another administrator does it, or the server itself (demeure link). Nothing was changed."""

    fr = (
        "La même personne ne peut pas retirer la deuxième preuve de quelqu’un et lui donner un lien : les deux "
        "ensemble ouvrent le compte. Un autre administrateur le fait, ou le serveur lui-même (demeure link). "
        "Rien n’a été changé."
    )
    exit_code = 3
    http_status = 409


class PeopleFileInvalid(DemeureError):
    """This is no list of people: a CSV file of 1 MB and 5,000 lines at most, whose first line names the columns
    (name, login, and role, groups if you like). Nobody was added."""

    fr = (
        "Ce n’est pas une liste de personnes : un fichier CSV de 1 Mo et de 5 000 lignes au plus, dont la première "
        "nomme les colonnes (nom, identifiant, et si l’on veut rôle, groupes). Personne n’a été ajouté."
    )
    exit_code = 2
    http_status = 400


class LoginTwice(DemeureError):
    """“{login}” is already on line {line} of this file."""

    fr = "« {login} » est déjà à la ligne {line} de ce fichier."
    exit_code = 2
    http_status = 409


class LineTooWide(DemeureError):
    """This line says more than the {columns:column|columns} of the first: several groups in quotes, or with “|”
    between them."""

    fr = (
        "Cette ligne dit plus que les {columns:colonne|colonnes} de la première : plusieurs groupes se mettent "
        "entre guillemets, ou séparés par « | »."
    )
    exit_code = 2
    http_status = 409


class PeopleFileWrong(DemeureError):
    """Nobody was added: {count:line|lines} of this file cannot be taken. {detail}"""

    fr = "Personne n’a été ajouté : {count:ligne|lignes} de ce fichier à corriger. {detail}"
    exit_code = 2
    http_status = 409


class CharterInvalid(DemeureError):
    """A charter of use is a text in UTF-8 of 20 to 50,000 characters. Nothing was changed."""

    fr = "Une charte d’usage est un texte en UTF-8 de 20 à 50 000 signes. Rien n’a été changé."
    exit_code = 2
    http_status = 400


class CharterMoved(DemeureError):
    """The charter changed meanwhile: read it again. Nothing was written."""

    fr = "La charte a changé entre-temps : relisez-la. Rien n’a été écrit."
    exit_code = 1
    http_status = 409


class CharterUnknown(DemeureError):
    """There is no charter of use, or no version {number} of it."""

    fr = "Il n’y a pas de charte d’usage, ou pas de version {number}."
    exit_code = 4
    http_status = 404


class CharterNone(DemeureError):
    """No charter of use was written. See: demeure people charter --write FILE."""

    fr = "Aucune charte d’usage n’a été écrite. Voir : demeure people charter --write FICHIER."
    exit_code = 4
    http_status = 404


class CharterSame(DemeureError):
    """This text is that of version {number}, in force: nothing was written."""

    fr = "Ce texte est celui de la version {number}, en vigueur : rien n’a été écrit."
    exit_code = 2
    http_status = 409


class RightsMoved(DemeureError):
    """Rights changed since this sheet was shown: read it again before signing. Nothing was signed."""

    fr = (
        "Des droits ont changé depuis que cette feuille a été montrée : relisez-la avant de signer. "
        "Rien n’a été signé."
    )
    exit_code = 1
    http_status = 409


class ReadingUnknown(DemeureError):
    """There is no reading on a legal ground number {number}."""

    fr = "Il n’y a pas de lecture sur base légale n° {number}."
    exit_code = 4
    http_status = 404


class ReadingInvalid(DemeureError):
    """A reading on a legal ground says whose conversations or which space, the text that allows it, a motive of at
    least 12 characters, and lasts 1 to 72 hours; never about oneself. Nothing was asked."""

    fr = (
        "Une lecture sur base légale dit de qui ou de quel espace il s’agit, le texte qui la permet, un motif de "
        "12 signes au moins, et dure de 1 à 72 heures ; jamais sur soi-même. Rien n’a été demandé."
    )
    exit_code = 2
    http_status = 400


class ReadingOwnWord(DemeureError):
    """A reading needs a second person: neither whoever asked for it nor the person concerned."""

    fr = "Une lecture demande une deuxième personne : ni celle qui la demande, ni la personne concernée."
    exit_code = 3
    http_status = 403


class ReadingMoved(DemeureError):
    """This reading was decided already, or is over. Nothing was changed."""

    fr = "Cette lecture a déjà été décidée, ou elle est finie. Rien n’a été changé."
    exit_code = 1
    http_status = 409


class PasskeyRefused(DemeureError):
    """This passkey’s answer is not the one that was asked for. Nothing was opened; try again."""

    fr = "La réponse de cette clé d’accès n’est pas celle qui était demandée. Rien n’a été ouvert ; recommencez."
    exit_code = 3
    http_status = 403


class KeyOver(KeyInvalid):
    """This key opens nothing any more (its term is past, it was withdrawn, or its owner's account is closed): it
    gets no other secret. Give another key."""

    fr = (
        "Cette clé n’ouvre plus rien (échue, retirée, ou compte de la personne qui en répond fermé) : elle n’a pas "
        "d’autre secret. Donnez une autre clé."
    )
