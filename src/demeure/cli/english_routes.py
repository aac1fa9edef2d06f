"""The help of ``demeure routes`` and ``demeure flows`` in English: see ``english``."""

ROUTES = {
    "Les routes qui sortent de la maison : aucune à l’installation.": (
        "The ways out of the house: none at installation."
    ),
    "Déclare une route et l’ouvre. Ce qui peut l’emprunter, la politique le dit aussi.": (
        "Declares a route and opens it. What may take it, the policy says too."
    ),
    "engine, relay, timestamp, ntp, backup (S3), sftp, directory, openid, webhook ou postgresql.": (
        "engine, relay, timestamp, ntp, backup (S3), sftp, directory, openid, webhook or postgresql."
    ),
    "Compare l’horloge de la machine à celle d’une route (NTP). Code 1 si l’écart est plus grand qu’admis.": (
        "Compares the machine’s clock with that of a route (NTP). Code 1 if they differ by more than allowed."
    ),
    "Écart admis, en secondes (1).": "Difference allowed, in seconds (1).",
    "Nom ou adresse, celui de son certificat.": "Name or address, that of its certificate.",
    "Port (défaut : 443).": "Port (default: 443).",
    "Adresse (répétable ; défaut : celles du nom, maintenant).": (
        "Address (repeatable; default: those of the name, now)."
    ),
    "Réseau où elle peut être (répétable ; défaut : l’adresse).": (
        "Network where it may be (repeatable; default: the address)."
    ),
    "Qui en répond.": "Who answers for it.",
    "Pour quoi faire.": "What it is for.",
    "Le contrat, ou « aucun ».": "The contract, or “none”.",
    "Le pays où arrive ce qui part.": "The country where what leaves arrives.",
    "Le droit qui s’applique à qui le reçoit.": "The law that applies to who receives it.",
    "Classe qui peut l’emprunter (répétable).": "Class that may take it (repeatable).",
    "Modèle à demander (engine).": "Model to ask for (engine).",
    "Chemin de l’interface (défaut : /v1).": "Path of the interface (default: /v1).",
    "Expéditeur des messages (relay).": "Sender of the messages (relay).",
    "Compte chez le relais ou l’annuaire, clé de la cible, client (openid).": (
        "Account at the relay or the directory, key of the target, client (openid)."
    ),
    "Région pour laquelle signer (backup).": "Region to sign for (backup).",
    "Octets d’une réponse, au plus.": "Bytes of one answer, at most.",
    "Secondes d’un échange, au plus.": "Seconds of one exchange, at most.",
    "Fait horodater le journal par une route du sas, vérifie la réponse (openssl) et la garde.": (
        "Has the journal stamped by a route of the airlock, verifies the reply (openssl) and keeps it."
    ),
    "Route de genre timestamp.": "Route of the kind timestamp.",
    "Certificat de l’autorité, ou de qui l’a émis (PEM).": "Certificate of the authority or of its issuer (PEM).",
    "Autorités, en PEM ; d’un serveur sftp, sa clé d’hôte (.pub).": "Authorities, in PEM; of an sftp server, "
    "its host key (.pub).",
    "Empreinte de la clé de son certificat : sha256/…=.": "Digest of its certificate’s key: sha256/…=.",
    "Sans TLS : seulement cette machine ou un réseau privé.": (
        "Without TLS: this machine or a private network only."
    ),
    "Demander une clé d’accès ou un mot de passe, gardé scellé.": (
        "Ask for a credential or a password, kept sealed."
    ),
    "Dernier jour (AAAA-MM-JJ).": "Last day (YYYY-MM-DD).",
    "Jours ouverts : mon,tue,wed,thu,fri,sat,sun (défaut : tous).": (
        "Open days: mon,tue,wed,thu,fri,sat,sun (default: all)."
    ),
    "Heures ouvertes : 8:00-19:00 (défaut : toutes).": "Open hours: 8:00-19:00 (default: all).",
    "Demandes par jour et par personne.": "Requests a day and a person.",
    "Demandes par jour et par groupe.": "Requests a day and a group.",
    "Demandes par jour.": "Requests a day.",
    "Octets qui peuvent sortir par jour.": "Bytes that may leave a day.",
    "Octets d’une demande, au plus.": "Bytes of one request, at most.",
    "Garder dans le journal, scellé, ce qui est sorti.": "Keep what left in the journal, sealed.",
    "Liste les routes et ce qui est passé, la maison ouverte ou non.": (
        "Lists the routes and what went through, the house open or not."
    ),
    "Montre une route : ce qu’elle dit, ce qui est passé.": "Shows a route: what it says, what went through.",
    "Ferme une route, tout de suite : ce qui passait est coupé.": (
        "Closes a route at once: what was passing is cut."
    ),
    "Rouvre une route fermée ou expirée.": "Opens a closed or expired route again.",
    "Nouveau dernier jour (AAAA-MM-JJ).": "New last day (YYYY-MM-DD).",
    "Oublie une route et sa clé d’accès. Le journal garde ce qui est sorti.": (
        "Forgets a route and its credential. The journal keeps what left."
    ),
    "Essaie une route à travers le sas : connexion et certificat, sans rien envoyer.": (
        "Tries a route through the airlock: connection and certificate; sends nothing."
    ),
    "Envoie par un relais le message lu sur l’entrée.": "Sends by a relay the message read on the input.",
    "Destinataire (répétable).": "Recipient (repeatable).",
    "Objet.": "Subject.",
    "Classe du message.": "Class of the message.",
    "Faire répondre le moteur au bout de cette route (demeure routes).": (
        "Have the engine at the end of this route answer (demeure routes)."
    ),
    "Faire rédiger le moteur au bout de cette route (demeure routes).": (
        "Have the engine at the end of this route write it (demeure routes)."
    ),
    "Toutes les prises qui existent ou peuvent exister : code 1 si l’une n’est pas déclarée.": (
        "Every socket that exists or may exist: code 1 when one is not declared."
    ),
}
