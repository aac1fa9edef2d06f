"""What can go wrong with the journal. No journal, no service: callers let these reach the person."""

from demeure.errors import DemeureError


class JournalUnavailable(DemeureError):
    """The journal does not answer, so nothing can be served. Try again in a moment."""

    fr = "Le journal ne répond pas : rien ne peut être servi. Réessayez dans un instant."
    exit_code = 4
    http_status = 503


class JournalFull(DemeureError):
    """The disk is full and the journal's reserve is used up: nothing can be written down, so nothing is served."""

    fr = (
        "Le disque est plein et la réserve du journal est épuisée : "
        "plus rien ne peut être consigné, donc plus rien n’est servi."
    )
    exit_code = 4
    http_status = 507


class AddingRefused(DemeureError):
    """The disk is almost full: you can still read, but nothing can be added until space is freed."""

    fr = (
        "Le disque est presque plein : la lecture continue, "
        "tout ajout est refusé tant que de la place n’est pas faite."
    )
    exit_code = 4
    http_status = 507


class JournalCorrupt(DemeureError):
    """The journal does not match itself at entry {index} ({place}): damaged or altered, so the house stays shut.
    Keep this folder as it is (demeure journal verify says what does not hold), put the latest backup back."""

    fr = (
        "Le journal ne concorde pas avec lui-même à l’entrée {index} ({place}). "
        "Il a été abîmé ou modifié\u202f; la maison ne démarre pas dessus. Gardez ce dossier tel quel (demeure "
        "journal verify dit ce qui ne tient pas) et remettez la sauvegarde la plus récente."
    )
    exit_code = 5
    final = True


class JournalRolledBack(DemeureError):
    """The journal holds {size} entries, but a checkpoint was already signed for {signed}: entries are missing. If
    an old copy of the instance was put back, put the latest back; otherwise keep this folder as it is."""

    fr = (
        "Le journal contient {size} entrées, mais un point de contrôle a déjà été signé pour {signed}\u00a0: "
        "des entrées manquent. Si une ancienne copie de l’instance vient d’être remise, remettez la plus "
        "récente\u202f; sinon, gardez ce dossier tel quel."
    )
    exit_code = 5
    final = True


class JournalGone(DemeureError):
    """This house had a journal, and it is no longer there ({folder}): the house stays shut rather than begin
    another. Put the folder back, or the latest backup. If it is lost for good: remove keys/journal.begun, and keep
    this day."""

    fr = (
        "Cette maison avait un journal, et il n’est plus là ({folder}) : elle reste fermée plutôt que d’en "
        "commencer un autre. Remettez ce dossier, ou la sauvegarde la plus récente. S’il est perdu pour de bon : "
        "retirez keys/journal.begun, et notez ce jour."
    )
    exit_code = 5
    final = True


class JournalShort(DemeureError):
    """The journal of this house has {found} entries, and its backup {number} signed {expected}: a part is missing,
    or an older journal took its place. The house stays shut rather than write it twice. Put back the folder of the
    journal, or the latest backup. If it is lost for good: remove {page}, and keep this day."""

    fr = (
        "Le journal de cette maison a {found} entrées, et sa sauvegarde {number} en a signé {expected} : une "
        "partie manque, ou un journal plus ancien a pris sa place. La maison reste fermée plutôt que d’en "
        "écrire deux suites. Remettez le dossier du journal, ou la sauvegarde la plus récente. S’il est perdu "
        "pour de bon : retirez {page}, et notez ce jour."
    )
    exit_code = 5
    final = True


class JournalKeyOther(DemeureError):
    """keys/journal.key is not the key of this journal: put back that of this instance (demeure backup restore). The
    journal itself is not in question."""

    fr = (
        "keys/journal.key n’est pas la clé de ce journal : remettez celle de cette instance (demeure backup "
        "restore). Le journal lui-même n’est pas en cause."
    )
    exit_code = 5
    final = True


class HeldRefused(DemeureError):
    """The checkpoint kept elsewhere (journal_held in demeure.toml) is none of this journal: {detail}. Either the
    file is another one, or the journal was replaced: the house stays shut."""

    fr = (
        "Le point de contrôle conservé ailleurs (journal_held dans demeure.toml) n’est pas de ce journal\u00a0: "
        "{detail}. Soit ce fichier en est un autre, soit le journal a été remplacé\u00a0: la maison reste fermée."
    )
    exit_code = 5
    final = True


class JournalLocked(DemeureError):
    """Another process already writes this journal ({folder})."""

    fr = "Un autre processus écrit déjà dans ce journal ({folder})."
    exit_code = 4


class JournalMoving(DemeureError):
    """The journal did not hold still long enough to be copied. Try again when the house is less busy."""

    fr = "Le journal n’est pas resté immobile assez longtemps pour être copié. Réessayez à une heure plus calme."
    http_status = 503


class JournalKeyInvalid(DemeureError):
    """The journal's signing key is not usable: {detail}."""

    fr = "La clé de signature du journal n’est pas utilisable : {detail}."
    exit_code = 5


class NoteInvalid(DemeureError):
    """The checkpoint is not valid: {detail}."""

    fr = "Le point de contrôle n’est pas valable : {detail}."
    exit_code = 5


class EntryInvalid(DemeureError):
    """This journal entry is not valid: {detail}."""

    fr = "Cette entrée de journal n’est pas valable : {detail}."
    exit_code = 2
    http_status = 400


class EntryTooLarge(DemeureError):
    """This journal entry is too large: {size} bytes, at most {limit}."""

    fr = "Cette entrée de journal est trop grande : {size} octets, {limit} au plus."
    exit_code = 2
    http_status = 413


class EntryUnknown(DemeureError):
    """The journal has no entry {index}."""

    fr = "Le journal n’a pas d’entrée {index}."
    exit_code = 2
    http_status = 404


class AnswerMissing(DemeureError):
    """Entry {index} belongs to no finished answer: there is no receipt to make of it. An answer has one once it is
    written (in its chain: “Answer given”)."""

    fr = (
        "L’entrée {index} ne tient à aucune réponse terminée\u00a0: il n’y a pas de reçu à en faire. Une réponse a "
        "le sien une fois rendue (dans sa chaîne\u00a0: «\u00a0Réponse rendue\u00a0»)."
    )
    exit_code = 2
    http_status = 404


class IntentionNotOpen(DemeureError):
    """Entry {of} is not an open intention: it does not exist or is already closed."""

    fr = "L’entrée {of} n’est pas une intention ouverte : elle n’existe pas ou elle est déjà close."
    exit_code = 2
    http_status = 409


class EntryPruned(DemeureError):
    """Entry {index} was erased when the time it had to be kept was over (see retention.txt)."""

    fr = "L’entrée {index} a été effacée au terme de sa durée de conservation (voir retention.txt)."
    exit_code = 2
    http_status = 410


class JournalForked(DemeureError):
    """The checkpoint kept elsewhere ({size} entries) is not the beginning of this journal: one of the two was
    rewritten."""

    fr = (
        "Le point de contrôle conservé ailleurs ({size} entrées) n’est pas le début de ce journal : "
        "l’un des deux a été réécrit."
    )
    exit_code = 5
    final = True


class ProofInvalid(DemeureError):
    """The proof about entry {index} does not hold."""

    fr = "La preuve au sujet de l’entrée {index} ne tient pas."
    exit_code = 1


class PruningRefused(DemeureError):
    """Nothing can be pruned below entry {minimum}: {detail}."""

    fr = "Rien ne peut être élagué sous l’entrée {minimum} : {detail}."
    exit_code = 2
    http_status = 409


class WitnessRefused(DemeureError):
    """No cosignature for this checkpoint: {detail}."""

    fr = "Pas de cosignature pour ce point de contrôle : {detail}."
    exit_code = 1
    http_status = 409


class TimestampInvalid(DemeureError):
    """This timestamp does not hold: {detail}."""

    fr = "Cet horodatage ne tient pas : {detail}."
    exit_code = 1
    http_status = 409


class StatementOfAnother(DemeureError):
    """This statement was made by another version of Demeure: make the proof again (demeure prove)."""

    fr = "Cette déclaration a été faite par une autre version de Demeure : refaites la preuve (demeure prove)."
    exit_code = 1
    http_status = 409
