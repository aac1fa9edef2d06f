"""The refusal of the house, when a decision has to become an exception."""

from demeure.errors import DemeureError


class Denied(DemeureError):
    """The house refuses. {why}"""

    fr = "La maison refuse. {why}"
    exit_code = 3
    http_status = 403

    def sentence(self, language: str = "fr") -> str:
        """The reasons in the reader's language: ``why_fr`` and ``why_en`` both travel in the parameters."""
        template = self.fr if language == "fr" else str(type(self).__doc__)
        return template.replace("{why}", str(self.params.get(f"why_{language}", "?")))


class PolicyUnreadable(DemeureError):
    """{file}, line {line}: this is not TOML: {detail}."""

    fr = "{file}, ligne {line} : ce n’est pas du TOML : {detail}."
    exit_code = 2
    http_status = 400


class PolicyEntryMissing(DemeureError):
    """{file}, line {line}: “{entry}” is missing."""

    fr = "{file}, ligne {line} : il manque « {entry} »."
    exit_code = 2
    http_status = 400


class PolicyEntryWrong(DemeureError):
    """{file}, line {line}: “{entry}” must be {expected}."""

    fr = "{file}, ligne {line} : « {entry} » doit être {expected}."
    exit_code = 2
    http_status = 400


class PolicyContradicts(DemeureError):
    """{file}, line {line}: the policy contradicts itself. {detail}"""

    fr = "{file}, ligne {line} : la politique se contredit. {detail}"
    exit_code = 2
    http_status = 400


class PolicyWaits(DemeureError):
    """Version {number} waits for a second person: approve it, refuse it or take it back first. Nothing was
    proposed. See: demeure policy show --number {number}, approve {number}, drop {number}."""

    fr = (
        "La version {number} attend une deuxième personne : approuvez-la, refusez-la ou retirez-la d’abord. Rien "
        "n’a été proposé. Voir : demeure policy show --number {number}, approve {number}, drop {number}."
    )
    http_status = 409
