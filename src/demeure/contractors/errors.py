"""Why a line of the register, a window or a command of a contractor is not taken."""

from demeure.errors import DemeureError


class CompanyInvalid(DemeureError):
    """A line of the register says the company’s name, its country, the law that binds it, its contract, the days it
    begins and ends (2026-11-24), and what it may do: {scopes}. Nothing was changed."""

    fr = (
        "Une ligne du registre dit le nom de l’entreprise, son pays, le droit qui l’oblige, son contrat, les jours "
        "où il commence et finit (2026-11-24), et ce qu’elle peut faire : {scopes}. Rien n’a été changé."
    )
    exit_code = 2
    http_status = 400


class CompanyTaken(DemeureError):
    """“{name}” is in the register already. To correct its line: demeure contractor add {quoted} --change {quoted}
    …, or « Prestataires ». Nothing was changed."""

    fr = (
        "« {name} » est déjà au registre. Pour corriger sa ligne : demeure contractor add {quoted} "
        "--change {quoted} …, ou la page « Prestataires ». Rien n’a été changé."
    )
    exit_code = 2
    http_status = 409


class CompanyUnknown(DemeureError):
    """There is no such company in the register of contractors: “{name}”."""

    fr = "Il n’y a pas de telle entreprise au registre des prestataires : « {name} »."
    exit_code = 4
    http_status = 404


class NotAContractor(DemeureError):
    """This person is in no company of the register, or their account is not a contractor’s. Nothing was changed."""

    fr = (
        "Cette personne n’est d’aucune entreprise du registre, ou son compte n’est pas d’un prestataire. "
        "Rien n’a été changé."
    )
    exit_code = 2
    http_status = 409


class WindowUnknown(DemeureError):
    """There is no contractor’s window number {number}."""

    fr = "Il n’y a pas de fenêtre d’intervention n° {number}."
    exit_code = 4
    http_status = 404


class WindowInvalid(DemeureError):
    """A window says for whom, a motive of 12 to 2,000 characters, what may be done there ({scopes}), and lasts at
    most 24 hours. Nothing was opened."""

    fr = (
        "Une fenêtre d’intervention dit pour qui, un motif de 12 à 2 000 signes, ce qui s’y fait ({scopes}), et "
        "dure 24 heures au plus. Rien n’a été ouvert."
    )
    exit_code = 2
    http_status = 400


class WindowTooLong(DemeureError):
    """A window ends a day from now at the latest: it may be extended by {minutes:minute|minutes} now. Nothing was
    changed."""

    fr = (
        "Une fenêtre finit au plus tard dans un jour : elle peut être prolongée de {minutes:minute|minutes} à "
        "présent. Rien n’a été changé."
    )
    exit_code = 2
    http_status = 400


class WindowUnchanged(DemeureError):
    """An extension is a whole number of minutes, at least 1. Nothing was changed."""

    fr = "Une prolongation est un nombre entier de minutes, au moins 1. Rien n’a été changé."
    exit_code = 2
    http_status = 400


class WindowNotInContract(DemeureError):
    """The register does not allow this window: {detail} Nothing was opened."""

    fr = "Le registre ne permet pas cette fenêtre : {detail} Rien n’a été ouvert."
    exit_code = 3
    http_status = 409


class WindowOwnWord(DemeureError):
    """This window needs another person: neither who asked for it or extended it last, nor the contractor."""

    fr = (
        "Cette fenêtre demande une autre personne : ni celle qui l’a demandée ou prolongée en dernier, ni le "
        "prestataire."
    )
    exit_code = 3
    http_status = 403


class WindowNotByMachine(DemeureError):
    """This window needs two persons with an account: it is asked for and extended on the page Contractors, never
    from the machine. Nothing was changed."""

    fr = (
        "Cette fenêtre demande deux personnes qui ont un compte : elle se demande et se prolonge sur la page "
        "Prestataires, jamais depuis la machine. Rien n’a été changé."
    )
    exit_code = 3
    http_status = 403


class WindowMoved(DemeureError):
    """This window was decided already, or is over. Nothing was changed."""

    fr = "Cette fenêtre a déjà été décidée, ou elle est finie. Rien n’a été changé."
    exit_code = 1
    http_status = 409


class WindowAwaited(DemeureError):
    """This window waits for its second person: it is not open yet. Nothing was changed."""

    fr = "Cette fenêtre attend sa deuxième personne : elle n’est pas encore ouverte. Rien n’a été changé."
    exit_code = 1
    http_status = 409


class WindowTaken(DemeureError):
    """A window is open for this person already: close it first, or extend it."""

    fr = "Une fenêtre est déjà ouverte pour cette personne : fermez-la d’abord, ou prolongez-la."
    exit_code = 1
    http_status = 409


class WindowClosed(DemeureError):
    """No window is open for you (any more). Only the organisation opens one."""

    fr = "Aucune fenêtre n’est ouverte pour vous (ou plus aucune). Seule l’organisation en ouvre une."
    exit_code = 3
    http_status = 403


class WorkerUnregistered(DemeureError):
    """“{login}” is of no company of the register: demeure contractor person COMPANY {login}, once the account is
    there (role contractor)."""

    fr = (
        "« {login} » n’est d’aucune entreprise du registre : demeure contractor person ENTREPRISE {login}, une "
        "fois le compte fait (rôle contractor)."
    )
    exit_code = 2
    http_status = 404


class CommandUnknown(DemeureError):
    """This is no command of the console. « help » lists those of this window."""

    fr = "Ce n’est pas une commande de la console. « help » liste celles de cette fenêtre."
    exit_code = 2
    http_status = 400


class CommandLasts(DemeureError):
    """“{name}” goes on until it is stopped: it is for a terminal, with: demeure contractor shell."""

    fr = "« {name} » continue jusqu’à ce qu’on l’arrête : dans un terminal, avec demeure contractor shell."
    exit_code = 2
    http_status = 400


class CommandOutOfScope(DemeureError):
    """This window was not opened for that: “{name}” belongs to {scope}."""

    fr = "Cette fenêtre n’a pas été ouverte pour cela : « {name} » relève de {scope}."
    exit_code = 3
    http_status = 403


class CommandsTooMany(DemeureError):
    """Too many commands: {detail}"""

    fr = "Trop de commandes : {detail}"
    exit_code = 1
    http_status = 429


class RecordingBroken(DemeureError):
    """The recording of window {number} was altered or cut: what it holds is not what was written at line {line}."""

    fr = (
        "L’enregistrement de la fenêtre {number} a été altéré ou coupé : ce qu’il contient n’est pas ce qui a été "
        "écrit, ligne {line}."
    )
    exit_code = 1
    http_status = 409


class RecordingNotReported(DemeureError):
    """The recording of window {number} is not the one whose digest the signed report holds: it was changed after
    the closing. The report can still be had."""

    fr = (
        "L’enregistrement de la fenêtre {number} n’est pas celui dont le rapport signé garde l’empreinte : il a "
        "été changé après la fermeture. Le rapport peut toujours être pris."
    )
    exit_code = 1
    http_status = 409
