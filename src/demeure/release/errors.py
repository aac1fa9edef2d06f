"""What a person can meet when a version is packed, verified, installed, or gone back from."""

from demeure.errors import DemeureError


class BundleFaulty(DemeureError):
    """This bundle is not accepted: {detail} Nothing was changed."""

    fr = "Ce lot n’est pas accepté : {detail} Rien n’a été changé."
    exit_code = 1


class BundleUnfit(DemeureError):
    """This machine cannot take this bundle: {detail} Nothing was changed."""

    fr = "Cette machine ne peut pas prendre ce lot : {detail} Rien n’a été changé."
    exit_code = 4


class ModelsLeft(DemeureError):
    """The program of this bundle is in force, but its models could not all be brought: {detail}. Give the same
    bundle again, by the same command: it brings those that are left."""

    fr = (
        "Le programme de ce lot est en service, mais ses modèles n’ont pas tous pu être apportés : {detail}. "
        "Redonnez le même lot, par la même commande : elle apporte ceux qui manquent."
    )
    exit_code = 4


class BundleOlder(DemeureError):
    """This bundle ({found}) is not newer than what this machine already had ({known}): an older version could be
    one whose faults are known. Nothing was changed. To return to the version before: demeure update --back."""

    fr = (
        "Ce lot ({found}) n’est pas plus récent que ce que cette machine a déjà eu ({known}) : une version plus "
        "ancienne peut avoir des failles connues. Rien n’a été changé. Pour revenir à la version d’avant : demeure "
        "update --back."
    )
    exit_code = 4


class NoTrustedKey(DemeureError):
    """No key of bundles is accepted on this machine yet. Give it once, held from elsewhere: --vkey KEY."""

    fr = (
        "Aucune clé de lot n’est encore acceptée sur cette machine. Donnez-la une fois, tenue d’ailleurs : "
        "--vkey CLÉ."
    )
    exit_code = 2


class SigningKeyUnusable(DemeureError):
    """{path} is not a usable signing key: {detail}. Make one with: demeure bundle key FILE."""

    fr = "{path} n’est pas une clé de signature utilisable : {detail}. Faites-en une : demeure bundle key FICHIER."
    exit_code = 2


class SourcesMissing(DemeureError):
    """The sources of the product are not beside this program ({path}): name their folder with --source."""

    fr = "Les sources du produit ne sont pas à côté de ce programme ({path}) : nommez leur dossier avec --source."
    exit_code = 2


class GatheringFailed(DemeureError):
    """{what} could not be gathered: {detail}. No bundle was made."""

    fr = "{what} n’a pas pu être réuni : {detail}. Aucun lot n’a été fait."
    exit_code = 4


class BundleThere(DemeureError):
    """There is already something at {path}: nothing was written over it."""

    fr = "Il y a déjà quelque chose à l’emplacement {path} : rien n’a été écrit par-dessus."
    exit_code = 2


class AlreadyInstalled(DemeureError):
    """Demeure is already installed here ({path}): demeure update BUNDLE takes another version."""

    fr = "Demeure est déjà installé ici ({path}) : demeure update LOT en prend une autre version."
    exit_code = 2


class NotInstalledHere(DemeureError):
    """Demeure was not installed here by demeure install or demeure bundle install ({path} is absent): there is
    nothing to update."""

    fr = (
        "Demeure n’a pas été installé ici par demeure install ou demeure bundle install ({path} est absent) : il "
        "n’y a rien à mettre à jour."
    )
    exit_code = 2


class HouseOpen(DemeureError):
    """The data of the house are still held (process {pid}): close it, then again. Nothing was changed."""

    fr = (
        "Les données de la maison sont encore tenues (processus {pid}) : fermez-le, puis recommencez. Rien "
        "n’a été changé."
    )
    exit_code = 2


class CloseFirst(HouseOpen):
    """The house is open (process {pid}), and nothing here can close it: no systemd runs it. Close it (Ctrl-C where
    demeure up was typed, or kill {pid}), then again. Nothing was written."""

    fr = (
        "La maison est ouverte (processus {pid}), et rien ici ne peut la fermer : systemd ne la fait pas tourner. "
        "Fermez-la (Ctrl-C là où demeure up fut tapé, ou kill {pid}), puis recommencez. Rien n’a été écrit."
    )
    exit_code = 2


class NoRestorePoint(DemeureError):
    """No backup could be made and verified first: {detail}. Nothing was changed. With --without-backup,
    the data before the update stay all the same, on this disk alone."""

    fr = (
        "Aucune sauvegarde n’a pu être faite et vérifiée d’abord : {detail}. Rien n’a été changé. "
        "Avec --without-backup, les données d’avant restent tout de même, mais sur ce seul disque."
    )
    exit_code = 4


class SchemaUnknown(DemeureError):
    """The data of this house ({found}) are of a schema that this bundle does not know: it is older, or another
    branch. Nothing was changed."""

    fr = (
        "Les données de cette maison ({found}) sont d’un schéma que ce lot ne connaît pas : il est plus ancien, ou "
        "d’une autre branche. Rien n’a été changé."
    )
    exit_code = 4


class UpdateFailed(DemeureError):
    """The update to {version} failed at “{step}”: {detail}. The version before runs again, with its data as they
    were."""

    fr = (
        "La mise à jour vers {version} a échoué à l’étape « {step} » : {detail}. La version d’avant tourne de "
        "nouveau, avec ses données telles qu’elles étaient."
    )
    exit_code = 4


class NotUndone(UpdateFailed):
    """The update to {version} failed at “{step}”, and the way back to the version before did not reach its end yet:
    {detail}. Nothing was lost. As root: demeure update --resume."""

    fr = (
        "La mise à jour vers {version} a échoué à l’étape « {step} », et le retour à la version d’avant n’est "
        "pas encore allé à son terme : {detail}. Rien n’a été perdu. En root : demeure update --resume."
    )


class ResumeFailed(DemeureError):
    """The change of version that was cut could not be settled: {detail}. Where its timer runs (systemctl status
    demeure-resume.timer), it is tried again every two minutes. By hand, as root: systemctl start demeure; demeure
    update --resume."""

    fr = (
        "Le changement de version interrompu n’a pas pu être réglé : {detail}. Là où sa minuterie tourne "
        "(systemctl status demeure-resume.timer), il est réessayé toutes les deux minutes. À la main, en root : "
        "systemctl start demeure ; demeure update --resume."
    )
    exit_code = 4


class NothingToGoBackTo(DemeureError):
    """There is no former version here to go back to."""

    fr = "Il n’y a pas ici de version précédente où revenir."
    exit_code = 2


class WouldLose(DemeureError):
    """Going back to {version} takes the data back too, to {made}: their schema has changed since. What was written
    since would stay aside in {path}. To accept: --lose-since."""

    fr = (
        "Revenir à {version} ramène aussi les données au {made} : leur schéma a changé depuis. Ce qui a été écrit "
        "depuis resterait de côté dans {path}. Pour l’accepter : --lose-since."
    )
    exit_code = 2


class DataDiffer(DemeureError):
    """The migrated copy does not hold what the house held: {detail}."""

    fr = "La copie migrée ne contient pas ce que contenait la maison : {detail}."
    exit_code = 4
