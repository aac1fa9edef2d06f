"""The help, in English, of what installs, packs, updates and goes back: see ``english``."""

RELEASE = {
    "Installe Demeure sur cette machine, en root : utilisateur, dossiers, unités, pare-feu proposé.": (
        "Installs Demeure on this machine, as root: user, folders, units, suggested firewall."
    ),
    "Montrer tout ce qui serait écrit, sans rien écrire.": "Show all that would be written, and write nothing.",
    "Écrire sous ce dossier, image d’une machine (défaut : cette machine).": (
        "Write under this folder, the image of a machine (default: this machine)."
    ),
    "Utilisateur du système qui tient la maison (défaut : demeure).": (
        "System user that holds the house (default: demeure)."
    ),
    "Dossier de l’instance (défaut : /var/lib/demeure/data/1).": (
        "Folder of the instance to use (default: /var/lib/demeure/data/1)."
    ),
    "Faire comme si systemd n’était pas là.": "Act as if systemd was not there.",
    "Ne pas ouvrir la maison maintenant.": "Do not open the house now.",
    "Donner les clés par systemd, scellées par le TPM s’il y en a un, sinon par la clé de la machine.": (
        "Give the keys by systemd, sealed by the TPM when there is one, else by the machine’s key."
    ),
    "Lots hors ligne : une version entière dans un dossier signé.": (
        "Offline bundles: a whole version in a signed folder."
    ),
    "Clé publique de qui a fait le lot (défaut : celles déjà acceptées).": (
        "Public key of whoever made the bundle (default: those already taken)."
    ),
    "Fait la clé qui signera vos lots, dans un fichier à garder pour soi ; dit sa clé publique.": (
        "Makes the key that will sign your bundles, in a file to keep to oneself; says its public key."
    ),
    "Réunit une version entière dans un dossier neuf, et le signe. Demande le réseau, pour les bibliothèques.": (
        "Gathers a whole version in a new folder, and signs it. Needs the network, for the libraries."
    ),
    "Clé qui signe.": "Key that signs.",
    "Dossier des sources du produit.": "Folder of the sources of the product.",
    "Python pour lequel prendre les bibliothèques (défaut : celui-ci).": (
        "Python that the libraries are for (default: this one)."
    ),
    "Sans les modèles de l’instance.": "Without the models of the instance.",
    "Seulement ce modèle de l’instance (répétable).": "Only this model of the instance (may be repeated).",
    "Paquet Debian à joindre, avec ce dont il dépend (répétable).": (
        "Debian package to add, with what it depends on (may be repeated)."
    ),
    "Prendre les bibliothèques dans ce dossier, sans réseau.": (
        "Take the libraries from this folder, without a network."
    ),
    "Vérifie un lot : sa signature, chaque octet, rien en trop. N’écrit rien.": (
        "Verifies a bundle: its signature, every byte, nothing more. Writes nothing."
    ),
    "Installe un lot sur cette machine, sans réseau, en root : programme, modèles, unités, première version.": (
        "Installs a bundle on this machine, without a network, as root: program, models, units, first version."
    ),
    "Met à jour depuis un lot, sans réseau : essai sur une copie, bascule d’un coup, retour automatique si elle "
    "échoue. Sans rien : dit ce qui tourne.": (
        "Updates from a bundle, without a network: tried on a copy, switched at once, undone by itself when it "
        "fails. With nothing: says what runs."
    ),
    "Régler une mise à jour interrompue. systemd le demande à chaque démarrage.": (
        "Settle an update that was cut. systemd asks for it at every start."
    ),
    "Revenir à la version d’avant.": "Go back to the version before.",
    "Avec --back : accepter que les données reviennent aussi, si leur schéma a changé.": (
        "With --back: accept that the data go back too, when their schema has changed."
    ),
    "Vérifier le lot et s’il conviendrait ici, sans rien changer.": (
        "Verify the bundle and whether it would do here, changing nothing."
    ),
    "Sans faire de sauvegarde vérifiée d’abord.": "Without making a verified backup first.",
    "Reprend le modèle d’avant dans cette place : chat, embed ou speech.": (
        "Takes the former model of that slot again: chat, embed or speech."
    ),
    "Retire le programme et ses unités de cette machine. Les données restent, et il dit où.": (
        "Removes the program and its units from this machine. The data stay, and it says where."
    ),
}
