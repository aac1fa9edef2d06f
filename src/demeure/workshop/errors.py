"""What may come out of the workshop instead of a text: each with a name, a French and an English sentence.

``DocumentUnreadable`` and below are facts about the file (asking again changes nothing); ``JobFailed`` and below
are facts about one attempt (another attempt may succeed).
"""

from typing import ClassVar

from demeure.errors import DemeureError

WORDS: dict[str, tuple[str, str]] = {
    "characters": ("caractères", "characters"),
    "megabytes": ("Mo", "MB"),
    "hours": ("heures", "hours"),
    "sound-damaged": ("son illisible", "unreadable sound"),
    "video": ("une vidéo", "a video"),
    "audio": ("un enregistrement", "a recording"),
    "zip-damaged": ("archive illisible", "unreadable archive"),
    "zip-directory": ("table des matières démesurée", "oversized table of contents"),
    "zip-entries": ("trop de fichiers dans l’archive", "too many files in the archive"),
    "zip-duplicates": ("deux fichiers du même nom dans l’archive", "two files of the same name in the archive"),
    "zip-size": ("contenu démesuré une fois décompressé", "oversized once unpacked"),
    "zip-ratio": ("compression démesurée", "excessive compression"),
    "zip-overlap": ("fichiers superposés dans l’archive", "overlapping files in the archive"),
    "zip-path": ("chemin sortant de l’archive", "path leaving the archive"),
    "zip-nested": ("archive dans l’archive", "archive inside the archive"),
    "part-missing": ("une partie manque", "a part is missing"),
    "part-damaged": ("une partie est illisible", "a part is unreadable"),
    "xml-damaged": ("XML mal formé", "malformed XML"),
    "xml-declarations": ("déclarations d’entités", "entity declarations"),
    "pdf-damaged": ("structure PDF illisible", "unreadable PDF structure"),
    "pdf-pages": ("aucune page lisible", "no readable page"),
    "page-damaged": ("page illisible", "unreadable page"),
    "image-damaged": ("image illisible", "unreadable image"),
    "image-size": ("image démesurée", "oversized image"),
    "sheet-merges": ("trop de cellules fusionnées", "too many merged cells"),
    "csv-damaged": ("tableau illisible", "unreadable table"),
    "rtf-damaged": ("structure RTF illisible", "unreadable RTF structure"),
    "mail-damaged": ("message illisible", "unreadable message"),
    "mail-messages": ("trop de messages", "too many messages"),
    "nested-depth": ("trop de fichiers emboîtés", "files nested too deep"),
    "nested-count": ("trop de fichiers à l’intérieur", "too many files inside"),
    "nested-size": ("contenu démesuré une fois décompressé", "oversized once unpacked"),
    "binary": ("des données inconnues", "unknown data"),
    "txt": ("du texte", "text"),
    "md": ("du Markdown", "Markdown"),
    "html": ("du HTML", "HTML"),
    "ole": ("Office d’ancien format", "old Office"),
    "doc": ("Word d’ancien format (.doc)", "old Word (.doc)"),
    "xls": ("Excel d’ancien format (.xls)", "old Excel (.xls)"),
    "ppt": ("PowerPoint d’ancien format (.ppt)", "old PowerPoint (.ppt)"),
    "eml": ("un message électronique (EML)", "an e-mail (EML)"),
    "msg": ("un message Outlook (MSG)", "an Outlook message (MSG)"),
    "mbox": ("une boîte de messages (mbox)", "a mailbox (mbox)"),
    "csv": ("un tableau CSV", "a CSV table"),
    "rtf": ("du RTF", "RTF"),
    "png": ("une image PNG", "a PNG image"),
    "jpeg": ("une image JPEG", "a JPEG image"),
    "gif": ("une image GIF", "a GIF image"),
    "tiff": ("une image TIFF", "a TIFF image"),
    "webp": ("une image WebP", "a WebP image"),
    "zip": ("une archive ZIP", "a ZIP archive"),
}
"""Words that the errors carry as parameters: on the wire → (French, English). Other values are shown as they
are."""


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def _word(value: object, language: str) -> object:
    words = WORDS.get(value) if isinstance(value, str) else None
    return value if words is None else words[0 if language == "fr" else 1]


class DocumentUnreadable(DemeureError):
    """This document cannot be read: {detail}."""

    fr = "Ce document ne peut pas être lu : {detail}."
    exit_code: ClassVar[int] = 3
    http_status: ClassVar[int] = 422

    def sentence(self, language: str = "fr") -> str:
        """The message, its parameters put into words of the same language."""
        words = {name: _word(value, language) for name, value in self.params.items()}
        text = self.fr if language == "fr" else " ".join((type(self).__doc__ or "").split())
        return text.format_map(_Lenient(words))


class DocumentEmpty(DocumentUnreadable):
    """This document is empty."""

    fr = "Ce document est vide."


class DocumentEncrypted(DocumentUnreadable):
    """This document is protected by a password. Remove the password, then add the document again."""

    fr = "Ce document est protégé par un mot de passe. Retirez le mot de passe, puis ajoutez-le de nouveau."


class DocumentCorrupt(DocumentUnreadable):
    """This document is damaged or incomplete ({detail}). Open it in its own software and save it again."""

    fr = "Ce document est abîmé ou incomplet ({detail}). Ouvrez-le dans son logiciel et enregistrez-le de nouveau."


class DocumentTooLarge(DocumentUnreadable):
    """This document is too large: {found}, at most {limit} {unit}."""

    fr = "Ce document est trop volumineux : {found}, au plus {limit} {unit}."


class DocumentTooManyPages(DocumentUnreadable):
    """This document declares {found} pages; at most {limit} are read."""

    fr = "Ce document annonce {found} pages ; {limit} au plus sont lues."


class DocumentBomb(DocumentUnreadable):
    """This document is built to flood or deceive a reader ({detail}); it was not opened."""

    fr = "Ce document est construit pour saturer ou tromper un lecteur ({detail}) ; il n’a pas été ouvert."


class DocumentUnsupported(DocumentUnreadable):
    """This version does not read this kind of file yet: {found}. Save it as PDF, DOCX, XLSX or ODT, then add
    that."""

    fr = (
        "Cette version ne lit pas encore ce genre de fichier : {found}. Enregistrez-le en PDF, DOCX, XLSX ou ODT, "
        "puis ajoutez-le."
    )


class DocumentWrongFormat(DocumentUnreadable):
    """The name announces {announced}, but the content looks like {found}. Rename the file, then add it again."""

    fr = (
        "Le nom annonce {announced}, mais le contenu ressemble à {found}. "
        "Renommez le fichier, puis ajoutez-le de nouveau."
    )


class DocumentHasNoText(DocumentUnreadable):
    """No text was found in this document, not even by looking at its pictures."""

    fr = "Aucun texte n’a été trouvé dans ce document, même en regardant ses images."


class LanguageDataMissing(DocumentUnreadable):
    """This document holds scanned pages only, and the data that recognises their text is not installed here. Ask
    the administrator of the house for it (“demeure models pull ocr-fra ocr-eng”): the document is then read by
    itself."""

    fr = (
        "Ce document ne contient que des pages numérisées, et les données qui en reconnaissent le texte ne sont "
        "pas installées ici. Demandez-les à la personne qui administre la maison («\u00a0demeure models pull "
        "ocr-fra ocr-eng\u00a0»)\u00a0: le document est alors lu de lui-même."
    )


class RecordingUnsupported(DocumentUnreadable):
    """This recording is in a form that is not heard here: {found}. Save its sound as WAV, MP3, M4A or OGG, then
    bring that."""

    fr = (
        "Cet enregistrement est d’une forme qui n’est pas écoutée ici : {found}. Enregistrez le son en WAV, MP3, "
        "M4A ou OGG, puis apportez ce fichier."
    )


class RecordingSilent(DocumentUnreadable):
    """Nothing is heard in this recording: it is silence from one end to the other."""

    fr = "On n’entend rien dans cet enregistrement : il n’est que silence d’un bout à l’autre."


class SpeechModelMissing(DocumentUnreadable):
    """Recordings are not transcribed here: the model that recognises speech is not installed. Ask the
    administrator of the house for it (“demeure models pull whisper-base”), then bring the recording again."""

    fr = (
        "Les enregistrements ne sont pas transcrits ici : le modèle qui reconnaît la parole n’est pas installé. "
        "Demandez-le à la personne qui administre la maison («\u00a0demeure models pull whisper-base\u00a0»), puis "
        "apportez de nouveau l’enregistrement."
    )


class PageAbsent(DocumentUnreadable):
    """This document has no page {page}: its pages go from 1 to {pages}."""

    fr = "Ce document n’a pas de page {page} : ses pages vont de 1 à {pages}."
    exit_code: ClassVar[int] = 2
    http_status: ClassVar[int] = 404


class JobFailed(DemeureError):
    """Reading this document failed ({detail})."""

    fr = "La lecture de ce document a échoué ({detail})."
    http_status: ClassVar[int] = 502


class SpeechModelAltered(JobFailed):
    """The model that recognises speech ({model}) is missing, or is not the file that was installed. Check it with
    “demeure models verify”."""

    fr = (
        "Le modèle qui reconnaît la parole ({model}) manque, ou n’est plus le fichier installé. Vérifiez-le : "
        "« demeure models verify »."
    )
    http_status = 503


class LanguageDataAltered(JobFailed):
    """The data to recognise “{language}” is missing or is not the file that was installed. Check it with “demeure
    models verify”."""

    fr = (
        "Les données de reconnaissance « {language} » manquent ou ne sont plus le fichier installé. Vérifiez-les : "
        "« demeure models verify »."
    )
    http_status = 503


class JobTooLong(JobFailed):
    """Reading this document took more than {seconds} seconds and was stopped."""

    fr = "La lecture de ce document dépassait {seconds} secondes ; elle a été arrêtée."


class JobTooBig(JobFailed):
    """Reading this document needed more than {memory_mb} MB of memory and was stopped."""

    fr = "La lecture de ce document demandait plus de {memory_mb} Mo de mémoire ; elle a été arrêtée."


class JobDied(JobFailed):
    """The process reading this document stopped before the end ({detail}). The rest of the house is unharmed."""

    fr = (
        "Le processus qui lisait ce document s’est arrêté avant la fin ({detail}). "
        "Le reste de la maison n’est pas touché."
    )


class JobLied(JobFailed):
    """The process reading this document answered something impossible ({detail}); its answer was thrown away."""

    fr = "Le processus qui lisait ce document a répondu une chose impossible ({detail}) ; sa réponse a été jetée."


class SheetNotSet(JobFailed):
    """This sheet could not be set as a PDF ({detail}). Try again in a moment."""

    fr = "Cette feuille n’a pas pu être mise en page ({detail}). Réessayez dans un instant."


class LetterNotWritten(JobFailed):
    """This file could not be written ({detail}). Nothing is lost: try another format, or try again in a moment."""

    fr = (
        "Ce fichier n’a pas pu être écrit ({detail}). Rien n’est perdu : essayez un autre format, ou réessayez "
        "dans un instant."
    )


class WorkshopBusy(JobFailed):
    """Too many documents are waiting to be read. Try again in a moment."""

    fr = "Trop de documents attendent d’être lus. Réessayez dans un instant."
    http_status: ClassVar[int] = 503
