"""What may be wrong with a usage profile, or with what one asks to be sized."""

from demeure.errors import DemeureError


class ProfileUnreadable(DemeureError):
    """{file}, line {line}: not readable as TOML: {detail}."""

    fr = "{file}, ligne {line} : ne se lit pas comme un fichier TOML : {detail}."
    exit_code = 2
    http_status = 400


class ProfileEntryMissing(DemeureError):
    """{file}, line {line}: “{entry}” is missing."""

    fr = "{file}, ligne {line} : « {entry} » manque."
    exit_code = 2
    http_status = 400


class ProfileEntryWrong(DemeureError):
    """{file}, line {line}: “{entry}” must be {expected}."""

    fr = "{file}, ligne {line} : « {entry} » doit être {expected}."
    exit_code = 2
    http_status = 400


class ProfileChangeWrong(DemeureError):
    """“{entry}” must be {expected}."""

    fr = "« {entry} » doit être {expected}."
    exit_code = 2
    http_status = 400


class ProfileUnknown(DemeureError):
    """There is no usage profile “{name}”: neither a file, nor one of {known}."""

    fr = "Il n’y a pas de profil d’usage « {name} » : ni un fichier, ni l’un de {known}."
    exit_code = 2
    http_status = 400


class MachineUnknown(DemeureError):
    """The table of machines has no “{name}”. It has: {known}."""

    fr = "La table des machines n’a pas « {name} ». Elle a : {known}."
    exit_code = 2
    http_status = 400


class OpenModelUnknown(DemeureError):
    """The catalogue of open models has no “{name}”: see demeure models advise."""

    fr = "Le catalogue des modèles ouverts n’a pas « {name} » : voir demeure models advise."
    exit_code = 2
    http_status = 400


class NotSizable(DemeureError):
    """“{name}” cannot be sized: {detail} is not known, and nothing is guessed."""

    fr = "« {name} » ne se dimensionne pas : {detail} n’est pas connue, et rien n’est deviné."
    exit_code = 2
    http_status = 400


class BenchUnreadable(DemeureError):
    """{file} is not what “demeure bench machine --json” writes."""

    fr = "{file} n’est pas ce que « demeure bench machine --json » écrit."
    exit_code = 2
    http_status = 400


class DayTooBusy(DemeureError):
    """{found} requests a day: more than {most} are not simulated. Divide the people among several houses."""

    fr = (
        "{found} demandes par jour : au-delà de {most}, la journée n’est pas simulée. Répartissez entre plusieurs "
        "maisons."
    )
    exit_code = 2
    http_status = 400
