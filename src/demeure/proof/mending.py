"""What to do about a fact that is red: told with it, by the command, on the page and in the statement."""

MENDS = {
    "live-processes": (
        (
            "Fermez la maison et rouvrez-la (demeure up). Si l’écart revient, gardez ce que dit demeure status "
            ": tant que la cause n’en est pas connue, ne confiez plus rien à cette machine."
        ),
        (
            "Close the house and open it again (demeure up). If the difference comes back, keep what demeure "
            "status says: until its cause is known, trust this machine with nothing more."
        ),
    ),
    "listeners": (
        (
            "Fermez la maison, comparez cette ligne avec host et port de demeure.toml, puis rouvrez-la. Une "
            "écoute de trop qui revient est un programme qui fait autre chose que prévu\u00a0: gardez cette preuve."
        ),
        (
            "Close the house, compare this line with host and port of demeure.toml, then open it again. A "
            "listener too many that comes back is a program that does something else than intended: keep this "
            "proof."
        ),
    ),
    "routes": (
        (
            "Fermez la maison, corrigez ou retirez la route nommée (demeure routes list), puis rouvrez-la. Un sas "
            "qui tourne encore sans route ouverte fait autre chose que prévu\u00a0: gardez cette preuve."
        ),
        (
            "Close the house, mend or remove the route that is named (demeure routes list), then open it again. "
            "An airlock that still runs without an open route does something else than intended: keep this proof."
        ),
    ),
    "keys": (
        (
            "Rendez-les à leur seul propriétaire\u00a0: chmod -R go= keys, dans le dossier de la maison. Si "
            "quelqu’un d’autre a un compte sur cette machine, tenez-les pour connues."
        ),
        (
            "Give them back to their owner alone: chmod -R go= keys, in the folder of the house. If somebody "
            "else has an account on this machine, take them for known."
        ),
    ),
    "models": (
        (
            "Un modèle changé\u00a0: ne vous en servez plus, demeure models pull, ou import, le remplace. Un "
            "modèle absent, après une restauration\u00a0: demeure models pull, ou import, le remet."
        ),
        (
            "A model that was altered: stop using it, demeure models pull, or import, replaces it. A model that is "
            "missing, after a restore: demeure models pull, or import, puts it back."
        ),
    ),
    "product": (
        (
            "Si ces changements sont les vôtres (sources)\u00a0: make install en fait la liste à nouveau. Sinon, "
            "réinstallez Demeure depuis sa livraison. Puis rouvrez la maison et refaites la preuve."
        ),
        (
            "If these changes are yours (sources): make install makes the list again. Otherwise install Demeure "
            "again from its delivery. Then open the house again and make the proof again."
        ),
    ),
    "page-headers": (
        (
            "Un relais placé devant la maison ne doit rien retirer de ses réponses\u202f; sans relais, "
            "réinstallez Demeure."
        ),
        "A relay before the house must take nothing out of its answers; without a relay, install Demeure again.",
    ),
    "browser": (
        (
            "N’ouvrez plus de réponse dans un navigateur relié à Internet\u202f; réinstallez Demeure, "
            "refaites la preuve."
        ),
        "Open no answer in a browser that reaches the Internet; install Demeure again, make the proof again.",
    ),
}
"""Fact → what to do when it is red, French and English. A fact that can be red has its line here."""
