"""What can be wrong with what a person is looked for by."""

from demeure.errors import DemeureError


class ClueUnusable(DemeureError):
    """“{said}” cannot be looked for: {why}. Give a name, a number or an address as it is on a paper."""

    fr = (
        "«\u00a0{said}\u00a0» ne peut pas être cherché\u00a0: {why}. Donnez un nom, un numéro ou une adresse tels "
        "qu’un papier les porte."
    )
    exit_code = 2
    http_status = 400

    def sentence(self, language: str = "fr") -> str:
        """``why_fr`` and ``why_en`` both travel in the parameters."""
        template = self.fr if language == "fr" else " ".join((type(self).__doc__ or "").split())
        said, why = str(self.params.get("said", "?")), str(self.params.get(f"why_{language}", "?"))
        return template.replace("{why}", why).replace("{said}", said)
