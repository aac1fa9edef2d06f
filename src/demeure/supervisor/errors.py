"""What a person is told when the house cannot be started, found or entered."""

from demeure.errors import DemeureError


class AlreadyRunning(DemeureError):
    """Demeure is already running on {instance} (process {pid}), opened by `demeure up`, `make demo`, or by a
    command while it works. Only one may use a folder at a time: close it where it runs (Ctrl-C; where that
    terminal is lost, `kill -INT {pid}`), or wait."""

    fr = (
        "Demeure tourne déjà sur {instance} (processus {pid}), ouverte par « demeure up », « make demo », ou par "
        "une commande le temps de son travail. Un dossier ne sert qu’à une seule à la fois : fermez-la là où elle "
        "tourne (Ctrl-C ; si ce terminal est perdu, « kill -INT {pid} »), ou attendez."
    )
    exit_code = 4
    http_status = 409


class BeingErased(DemeureError):
    """This house is being erased ({instance}): it does not open any more. To end it: demeure erase."""

    fr = "Cette maison est en cours d’effacement ({instance}) : elle n’ouvre plus. Pour en finir : demeure erase."
    exit_code = 4


class AddressUnusable(DemeureError):
    """The address {host}, port {port}, cannot be used: {detail}. Other port: “port” in demeure.toml, or --port."""

    fr = (
        "L’adresse {host}, port {port}, n’est pas utilisable : {detail}. "
        "Un autre port : « port » dans demeure.toml, ou --port."
    )
    exit_code = 4


class AddressTaken(AddressUnusable):
    """Port {port} of {host} is already used by another program, perhaps another house. Choose another one:
    “port = 8421” in demeure.toml, --port 8421, or make demo PORT=8421."""

    fr = (
        "Le port {port} de {host} est déjà pris par un autre programme, peut-être une autre maison. Choisissez-en "
        "un autre : « port = 8421 » dans demeure.toml, --port 8421, ou make demo PORT=8421."
    )


class ListenerElsewhere(AddressUnusable):
    """systemd listens on {found}, the settings say {host}, port {port}: run demeure install again, it writes
    demeure.socket from the settings."""

    fr = (
        "systemd écoute sur {found}, les réglages disent {host}, port {port} : relancez demeure install, qui écrit "
        "demeure.socket d’après les réglages."
    )


class PlainRefused(DemeureError):
    """Others can reach the address {host}: pages are served there over TLS only. Make a certificate for the name
    and the address that people will type (demeure tls init --name NAME --address ADDRESS), give yours
    (tls_certificate and tls_key in demeure.toml), or go back to host = "127.0.0.1"."""

    fr = (
        "D’autres machines atteignent l’adresse {host} : les pages n’y sont servies qu’en TLS. Faites un "
        "certificat pour le nom et l’adresse que les postes taperont (demeure tls init --name NOM --address "
        "ADRESSE), donnez le vôtre (tls_certificate et tls_key dans demeure.toml), "
        'ou revenez à host = "127.0.0.1".'
    )
    exit_code = 4


class GivenHalf(DemeureError):
    """demeure.toml gives {given} without {missing}: a certificate and its key go together."""

    fr = "demeure.toml donne {given} sans {missing} : un certificat et sa clé vont ensemble."
    exit_code = 2


class GivenUnreadable(DemeureError):
    """{name} in demeure.toml: {path} cannot be read ({detail}). The user that runs the house must be able to."""

    fr = (
        "{name} dans demeure.toml : {path} ne se lit pas ({detail}). L’utilisateur qui fait tourner la maison doit "
        "pouvoir le lire."
    )
    exit_code = 4


class GivenExposed(DemeureError):
    """The TLS key {path} may be read by every user of this machine (rights {mode}). Close it: chmod o= {path}."""

    fr = (
        "La clé TLS {path} est lisible par tous les utilisateurs de cette machine (droits {mode}). Fermez-la : "
        "chmod o= {path}."
    )
    exit_code = 4


class KeyUnusable(DemeureError):
    """The key {file} is missing or is not 32 bytes long. Create the instance first, or restore its keys."""

    fr = "La clé {file} est absente ou ne fait pas 32 octets. Créez d’abord l’instance, ou restaurez ses clés."
    exit_code = 4


class InstanceFolderUnusable(DemeureError):
    """The folder {instance} cannot be used: {detail}."""

    fr = "Le dossier {instance} n’est pas utilisable : {detail}."
    exit_code = 4


class HouseDown(DemeureError):
    """Demeure is not running on {instance}. Start it with: demeure up."""

    fr = "Demeure ne tourne pas sur {instance}. Démarrez-la avec : demeure up."
    exit_code = 4
    http_status = 503


class HouseWentAway(HouseDown):
    """The house of {instance} broke off before its answer was whole; what was under way is closed as interrupted.
    Ask again: it gets up by itself (demeure status), or open it with: demeure up."""

    fr = (
        "La maison de {instance} s’est interrompue avant la fin de sa réponse\u202f; ce qui était en cours est "
        "clos comme interrompu. Redemandez\u00a0: elle se relève d’elle-même (demeure status), sinon "
        "ouvrez-la\u00a0: demeure up."
    )


class HouseFailed(DemeureError):
    """The house could not start: one of its parts stopped too often or refused to serve. The lines above
    say why."""

    fr = (
        "La maison n’a pas pu démarrer : une de ses parties s’est arrêtée trop souvent ou refuse de servir. "
        "Les lignes ci-dessus disent pourquoi."
    )
    exit_code = 5


class RoleDown(DemeureError):
    """This part of the house is not running at the moment: {role}. Try again in a moment."""

    fr = "Cette partie de la maison ne tourne pas pour le moment : {role}. Réessayez dans un instant."
    exit_code = 5
    http_status = 503


class RoleFailed(RoleDown):
    """This part of the house cannot run ({role}). {detail}"""

    fr = "Cette partie de la maison ne peut pas tourner ({role}). {detail}"


class RoleStarting(RoleDown):
    """This part of the house is starting ({role}). It will be there in a moment."""

    fr = "Cette partie de la maison démarre ({role}). Elle sera là dans un instant."


class ModelNotChosen(DemeureError):
    """No model is chosen in this house: ask whoever administers it (page Models, or “demeure
    doctor” in a terminal)."""

    fr = (
        "Aucun modèle n’est choisi dans cette maison : demandez à qui l’administre (page Modèles, ou « demeure "
        "doctor » dans un terminal)."
    )
    exit_code = 5
    http_status = 503


class RoleEnded(DemeureError):
    """It stopped without saying why ({how})."""

    fr = "Elle s’est arrêtée sans dire pourquoi ({how})."
    exit_code = 5
    http_status = 503


class DoorForbidden(DemeureError):
    """This part of the house may not talk to “{role}”."""

    fr = "Cette partie de la maison n’a pas le droit de parler à « {role} »."
    exit_code = 5
    http_status = 403


class HeldUnreadable(DemeureError):
    """The checkpoint kept elsewhere cannot be read ({path}: {detail}): see journal_held in demeure.toml."""

    fr = (
        "Le point de contrôle conservé ailleurs est illisible ({path} : {detail}) : "
        "voir journal_held dans demeure.toml."
    )
    exit_code = 4


class FolderRefused(DemeureError):
    """The folder {path} cannot be watched: {why}. Nothing was declared."""

    fr = "Le dossier {path} ne peut pas être suivi : {why}. Rien n’a été déclaré."
    exit_code = 2
    http_status = 400


class AirlockUnheld(DemeureError):
    """No route can be open on this kernel: it cannot hold a process to declared ports (Landlock version {found}; 4
    is needed, Linux 6.7). Nothing left."""

    fr = (
        "Aucune route ne peut s’ouvrir sur ce noyau : il ne sait pas tenir un processus à des ports déclarés "
        "(Landlock version {found} ; il faut la 4, Linux 6.7). Rien n’est sorti."
    )
    exit_code = 5
    http_status = 503
