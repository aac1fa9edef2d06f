"""Why a program could not be watched."""

from demeure.errors import DemeureError


class StraceMissing(DemeureError):
    """strace is not installed, and nothing can be watched without it. Install it: “apt install strace” (Debian,
    Ubuntu), “dnf install strace” (Fedora, RHEL), “zypper install strace” (SUSE), “apk add strace” (Alpine)."""

    fr = (
        "strace n’est pas installé, et rien ne peut être observé sans lui. Pour l’installer\u00a0: "
        "«\u00a0apt install "
        "strace\u00a0» (Debian, Ubuntu), «\u00a0dnf install strace\u00a0» (Fedora, RHEL), "
        "«\u00a0zypper install strace\u00a0» (SUSE), "
        "«\u00a0apk add strace\u00a0» (Alpine)."
    )
    exit_code = 4


class StraceRefused(DemeureError):
    """strace could not watch this command: {detail}. A container without the right to trace (SYS_PTRACE), or
    kernel.yama.ptrace_scope at 3, does that."""

    fr = (
        "strace n’a pas pu observer cette commande\u00a0: {detail}. Un conteneur sans le droit de "
        "tracer (SYS_PTRACE), "
        "ou kernel.yama.ptrace_scope à 3, en est la cause habituelle."
    )
    exit_code = 4


class CommandAbsent(DemeureError):
    """There is no command “{name}”: neither a file of that name nor a program of the PATH. Nothing was started."""

    fr = (
        "Il n’y a pas de commande «\u00a0{name}\u00a0»\u00a0: ni fichier de ce nom, ni programme "
        "du PATH. Rien n’a été démarré."
    )
    exit_code = 127


class CommandNotExecutable(DemeureError):
    """{path} cannot be executed: it is a folder, or has not the right (chmod +x). Nothing was started."""

    fr = (
        "{path} ne peut pas être exécuté\u00a0: c’est un dossier, ou il n’en a pas le droit (chmod "
        "+x). Rien n’a été "
        "démarré."
    )
    exit_code = 126


class CommandPrivileged(DemeureError):
    """{path} gains privileges when it starts (setuid, setgid or capabilities of the file), which the kernel
    denies to a program that an ordinary user traces: it would not behave as usual. Nothing was started; watch
    it as root."""

    fr = (
        "{path} gagne des privilèges à son démarrage (setuid, setgid ou capacités du fichier), ce que le noyau "
        "refuse à un programme tracé par un utilisateur ordinaire\u00a0: il ne se comporterait pas "
        "comme d’habitude. "
        "Rien n’a été démarré\u202f; observez-le en root."
    )
    exit_code = 126
