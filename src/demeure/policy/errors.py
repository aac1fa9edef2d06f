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
