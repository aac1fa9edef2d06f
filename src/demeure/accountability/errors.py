"""What can go wrong with the registers, their versions and the files made from them."""

from demeure.errors import DemeureError


class RegisterUnknown(DemeureError):
    """There is no document “{document}”. Known: {known}."""

    fr = "Il n’y a pas de document «\u00a0{document}\u00a0». Connus\u00a0: {known}."
    exit_code = 2
    http_status = 404


class PartUnknown(DemeureError):
    """This document has no part “{section}”. Known: {known}."""

    fr = "Ce document n’a pas de partie «\u00a0{section}\u00a0». Connues\u00a0: {known}."
    exit_code = 2
    http_status = 404


class TextElsewhere(DemeureError):
    """Text {number} is of another part: {section}."""

    fr = "Le texte {number} est d’une autre partie\u00a0: {section}."
    exit_code = 2


class SectionMoved(DemeureError):
    """This part changed meanwhile: somebody wrote it, or the house is no longer as you saw it. Your text is below:
    compare, then save again."""

    fr = (
        "Cette partie a changé entre-temps\u00a0: quelqu’un l’a écrite, ou la maison n’est plus ce que vous avez "
        "vu. Votre texte est ci-dessous\u00a0: comparez, puis enregistrez."
    )
    exit_code = 2
    http_status = 409


class DocumentMoved(DemeureError):
    """This document is no longer what you read: a part or the state of a measure changed. Read it again, then
    sign."""

    fr = (
        "Ce document n’est plus celui que vous avez lu\u00a0: une partie ou l’état d’une mesure a changé. "
        "Relisez-le, puis signez."
    )
    exit_code = 2
    http_status = 409


class SectionTooLong(DemeureError):
    """This part is too long: {most} signs at most."""

    fr = "Cette partie est trop longue\u00a0: {most} signes au plus."
    exit_code = 2
    http_status = 400


class ConflictsLeft(DemeureError):
    """Parts where your text and the new one differ: {count}. Choose for each before signing."""

    fr = "Parties où votre texte et le nouveau diffèrent\u00a0: {count}. Choisissez pour chacune avant de signer."
    exit_code = 2
    http_status = 409


class IncidentUnknown(DemeureError):
    """There is no incident number {number}."""

    fr = "Il n’y a pas d’incident numéro {number}."
    exit_code = 2
    http_status = 404


class IncidentOver(DemeureError):
    """Incident number {number} is closed: nothing of it changes any more."""

    fr = "L’incident numéro {number} est clos\u00a0: plus rien n’y change."
    exit_code = 2
    http_status = 409


class IncidentMoved(DemeureError):
    """Somebody else changed the form of incident number {number} meanwhile. Your texts are below: compare, then
    save again."""

    fr = (
        "Quelqu’un d’autre a changé le formulaire de l’incident numéro {number} entre-temps. Vos textes sont "
        "ci-dessous\u00a0: comparez, puis enregistrez."
    )
    exit_code = 2
    http_status = 409


class IncidentTold(DemeureError):
    """That incident number {number} was told is noted already."""

    fr = "Il est déjà noté que l’incident numéro {number} est notifié."
    exit_code = 2
    http_status = 409


class MomentNotPast(DemeureError):
    """“{moment}” is no moment of the past: write it as 2026-11-27T14:30."""

    fr = "«\u00a0{moment}\u00a0» n’est pas un moment passé\u00a0: écrivez-le comme 2026-11-27T14:30."
    exit_code = 2
    http_status = 400


class ScopeReversed(DemeureError):
    """The time concerned must begin before it ends: from {since} to {until}. Nothing was opened."""

    fr = "Le temps concerné doit commencer avant de finir\u00a0: de {since} à {until}. Rien n’a été ouvert."
    exit_code = 2
    http_status = 400


class FormFieldUnknown(DemeureError):
    """The form has no field “{field}”. It has: {known}."""

    fr = "Le formulaire n’a pas de champ «\u00a0{field}\u00a0». Il a\u00a0: {known}."
    exit_code = 2
    http_status = 400


class FormIncomplete(DemeureError):
    """The form is not whole: {fields}."""

    fr = "Le formulaire n’est pas complet\u00a0: {fields}."
    exit_code = 2
    http_status = 409


class DelayUnexplained(DemeureError):
    """The {hours} hours are over: the reasons for the delay go with the notification (GDPR, article 33,
    paragraph 1). Fill in “Reasons for the delay” (field delay), then note that the authority is told."""

    fr = (
        "Les {hours} heures sont passées\u00a0: la notification est accompagnée des motifs du retard (RGPD, "
        "article 33, paragraphe 1). Remplissez «\u00a0Motifs du retard\u00a0» (champ delay), puis notez que "
        "l’autorité est prévenue."
    )
    exit_code = 2
    http_status = 409


class CourseUnknown(DemeureError):
    """There is no course “{course}” for this role. Known: {known}."""

    fr = "Il n’y a pas de formation «\u00a0{course}\u00a0» pour ce rôle. Connues\u00a0: {known}."
    exit_code = 2
    http_status = 404


class CourseNotPassed(DemeureError):
    """You have not passed this course as it is taught now: there is nothing to attest."""

    fr = (
        "Vous n’avez pas réussi cette formation telle qu’elle est enseignée maintenant\u00a0: il n’y a rien à "
        "attester."
    )
    exit_code = 2
    http_status = 409


class VersionTaken(DemeureError):
    """Somebody signed version {number} at the same moment: look at it, then sign again if need be."""

    fr = (
        "Quelqu’un a signé la version {number} au même instant\u00a0: regardez-la, puis signez de nouveau s’il le "
        "faut."
    )
    exit_code = 2
    http_status = 409


class VersionUnknown(DemeureError):
    """This document has no version {number}."""

    fr = "Ce document n’a pas de version {number}."
    exit_code = 2
    http_status = 404


class FormerTextUnknown(DemeureError):
    """This document has no former text number {number}."""

    fr = "Ce document n’a pas de texte précédent numéro {number}."
    exit_code = 2
    http_status = 404


class LawUnreadable(DemeureError):
    """The file of the law or of the measures is not as it must be: {detail}."""

    fr = "Le fichier du droit ou des mesures n’est pas comme il doit être\u00a0: {detail}."
    exit_code = 1
    http_status = 500
