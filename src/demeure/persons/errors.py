"""What can go wrong with a search for a person, and with a request."""

from demeure.errors import DemeureError


class MotiveMissing(DemeureError):
    """Say why you look for this person: three letters at least, kept in the journal with the
    search."""

    fr = (
        "Dites pourquoi vous cherchez cette personne\u00a0: trois lettres au moins, gardées au journal avec la "
        "recherche."
    )
    exit_code = 2
    http_status = 400


class RequestUnknown(DemeureError):
    """There is no request number {number}."""

    fr = "Il n’y a pas de demande numéro {number}."
    exit_code = 2
    http_status = 404


class RequestOver(DemeureError):
    """Request number {number} is closed: nothing of it changes any more."""

    fr = "La demande numéro {number} est close\u00a0: plus rien n’y change."
    exit_code = 2
    http_status = 409


class DayInvalid(DemeureError):
    """“{day}” is no day on which a request can have come: write it as 2026-11-26, not after today."""

    fr = (
        "«\u00a0{day}\u00a0» n’est pas un jour où une demande a pu arriver\u00a0: écrivez-le comme 2026-11-26, pas "
        "après aujourd’hui."
    )
    exit_code = 2
    http_status = 400


class ReasonMissing(DemeureError):
    """Say why: the person is told, and may complain to the authority (GDPR 12)."""

    fr = "Dites pourquoi\u00a0: la personne en est informée, et peut saisir la CNIL (RGPD 12)."
    exit_code = 2
    http_status = 400


class ExtensionRefused(DemeureError):
    """The time to answer is extended once, by two months, before it is over (GDPR 12.3)."""

    fr = "Le délai de réponse se prolonge une fois, de deux mois, avant son terme (RGPD 12.3)."
    exit_code = 2
    http_status = 409


class NotSearched(DemeureError):
    """This request was not searched for yet: search first, then decide on what was found."""

    fr = "Cette demande n’a pas encore été cherchée\u00a0: cherchez d’abord, puis décidez de ce qui a été trouvé."
    exit_code = 2
    http_status = 409


class StillToDecide(DemeureError):
    """Places still to be decided: {count}. Erase, tell or keep, for each."""

    fr = "Endroits à décider encore\u00a0: {count}. Effacer, signaler ou garder, pour chacun."
    exit_code = 2
    http_status = 409


class PlacesUnknown(DemeureError):
    """Request no. {number} has no place {places}: nothing was decided. Each search numbers its places
    anew."""

    fr = (
        "La demande n° {number} n’a pas d’endroit {places}\u00a0: rien n’a été décidé. Chaque recherche numérote "
        "ses endroits à nouveau."
    )
    exit_code = 2
    http_status = 409


class KeptWithoutGround(DemeureError):
    """Everything is kept: this refuses the erasure. Give the ground and say why: the person is told, and may
    complain to the authority (GDPR 12.4)."""

    fr = (
        "Tout est gardé\u00a0: c’est un refus d’effacer. Donnez le motif et dites pourquoi\u00a0: la personne en "
        "est informée, et peut saisir la CNIL (RGPD 12.4)."
    )
    exit_code = 2
    http_status = 400


class ErasureNotAsked(DemeureError):
    """This request asks for no erasure. Open another one if the person asks for it."""

    fr = "Cette demande ne porte pas sur un effacement. Ouvrez-en une autre si la personne le demande."
    exit_code = 2
    http_status = 409


class ExportNotAsked(DemeureError):
    """This request asks for no copy of the data. Open another one if the person asks for it."""

    fr = "Cette demande ne porte pas sur une copie des données. Ouvrez-en une autre si la personne le demande."
    exit_code = 2
    http_status = 409


class PersonExportTooLarge(DemeureError):
    """What was found weighs more than {megabytes} MB. Search with more precise words, or answer in several
    files."""

    fr = (
        "Ce qui a été trouvé pèse plus de {megabytes} Mo. Cherchez avec des mots plus précis, ou répondez en "
        "plusieurs fichiers."
    )
    exit_code = 2
    http_status = 413


class DossierInvalid(DemeureError):
    """This cannot be made into pseudonyms: {why}."""

    fr = "Cela ne peut pas être pseudonymisé\u00a0: {why}."
    exit_code = 2
    http_status = 400

    def sentence(self, language: str = "fr") -> str:
        """``why_fr`` and ``why_en`` both travel in the parameters."""
        template = self.fr if language == "fr" else str(type(self).__doc__)
        return template.replace("{why}", str(self.params.get(f"why_{language}", "?")))


class NotRestored(DemeureError):
    """These pseudonyms would not give the text back as it was: nothing was given."""

    fr = "Ces pseudonymes ne rendraient pas le texte tel qu’il était\u00a0: rien n’a été donné."
    http_status = 500


class PracticeErasesNothing(DemeureError):
    """Request no. {number} is an exercise: nothing is erased. Close it when you are done."""

    fr = "La demande n° {number} est un exercice : rien n’est effacé. Fermez-la quand vous avez fini."
    exit_code = 2
    http_status = 409


class LetterNotOffered(DemeureError):
    """Request no. {number} does not call for that letter now. It calls for: {offered}."""

    fr = "La demande n° {number} n’appelle pas ce courrier maintenant. Elle appelle : {offered}."
    exit_code = 2
    http_status = 409
