"""How the system itself is kept: sshd, scheduled tasks, the clock, updates, names, what a crash leaves."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from demeure.errors import counted
from demeure.host.finding import ALARM, GOOD, INFO, UNKNOWN, WARN, Finding, Tree, places

_SSHD = "/etc/ssh/sshd_config"
SPEAKS = re.compile(
    r"\b(curl|wget|rsync|scp|sftp|ssh|nc|ncat|socat|telnet|ftp|lftp|rclone|restic|borg|duplicity|aws|gsutil|az|s3cmd|mc"
    r"|sendmail|mail|mutt|msmtp|git|svn|python3? -m http|puppet|salt-call|ansible-pull)\b"
)
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://[^\s'\"|;>]+|\b[\w.-]+@[\w.-]+\b(?::\S*)?)")
_COMPUTED = re.compile(r"[$`]")
"""What a shell computes of an address when it runs: the host before it is told."""
_SECRETS = re.compile(r"(?i)(password|token|key|secret|passwd)=\S+")


def sshd(tree: Tree) -> Iterator[Finding]:
    """ANSSI BP-028 and the agency's notes on OpenSSH: root, passwords, forwarding."""
    if not (tree.exists(_SSHD) or tree.exists("/usr/sbin/sshd")):
        fr = "Pas de serveur SSH : personne n’entre à distance par là."
        yield Finding("sshd-none", "sshd", GOOD, fr, "No SSH server: nobody comes in from afar that way.")
        return
    if tree.text(_SSHD) is None:
        fr, en = "La configuration de sshd ne se lit pas.", "The configuration of sshd cannot be read."
        yield Finding("sshd-unread", "sshd", UNKNOWN, fr, en, seen=(_SSHD,))
        return
    told = _settings(tree)
    for id_, name, default, bad, tone, fr, en, do in _SSHD_RULES:
        value = told.get(name, default)
        if value in bad:
            yield Finding(
                *(id_, "sshd", tone, fr, en),
                "tout ce que ce compte peut lire",
                "all that this account may read",
                do_fr=f"{do} dans {_SSHD}",
                do_en=f"{do} in {_SSHD}",
                seen=(f"{name} {value}",),
            )
    if not {"allowusers", "allowgroups"} & told.keys():
        fr = "Tout compte de la machine peut entrer par SSH."
        en = "Any account of the machine may come in by SSH."
        yield Finding(
            "sshd-everyone",
            "sshd",
            WARN,
            fr,
            en,
            do_fr="AllowUsers ou AllowGroups",
            do_en="AllowUsers or AllowGroups",
        )
    yield Finding(
        "sshd", "sshd", INFO, "Un serveur SSH est installé.", "An SSH server is installed.", seen=(_SSHD,)
    )


_SSHD_RULES = (
    (
        *("sshd-root", "permitrootlogin", "prohibit-password", ("yes",), ALARM),
        *("Root peut entrer par SSH avec un mot de passe.", "Root may come in by SSH with a password."),
        "PermitRootLogin no",
    ),
    (
        *("sshd-root-key", "permitrootlogin", "prohibit-password", ("prohibit-password", "without-password"), WARN),
        *("Root peut entrer par SSH avec une clé.", "Root may come in by SSH with a key."),
        "PermitRootLogin no",
    ),
    (
        *("sshd-password", "passwordauthentication", "yes", ("yes",), WARN),
        *("On entre par SSH avec un mot de passe.", "One comes in by SSH with a password."),
        "PasswordAuthentication no",
    ),
    (
        *("sshd-forward", "allowtcpforwarding", "yes", ("yes", "all"), WARN),
        *("SSH relaie des connexions de la machine.", "SSH relays connections of the machine."),
        "AllowTcpForwarding no",
    ),
    (
        *("sshd-tunnel", "permittunnel", "no", ("yes", "point-to-point", "ethernet"), ALARM),
        *("SSH peut ouvrir un tunnel de réseau.", "SSH may open a network tunnel."),
        "PermitTunnel no",
    ),
    (
        *("sshd-gateway", "gatewayports", "no", ("yes", "clientspecified"), WARN),
        *("Un relais SSH peut écouter pour tous.", "An SSH relay may listen for everybody."),
        "GatewayPorts no",
    ),
    (
        *("sshd-x11", "x11forwarding", "no", ("yes",), WARN),
        *("SSH relaie l’affichage (X11).", "SSH relays the display (X11)."),
        "X11Forwarding no",
    ),
    (
        *("sshd-empty", "permitemptypasswords", "no", ("yes",), ALARM),
        *("SSH accepte un mot de passe vide.", "SSH accepts an empty password."),
        "PermitEmptyPasswords no",
    ),
)


def _settings(tree: Tree) -> dict[str, str]:
    """The first value of each keyword wins, included files in their place; blocks « Match » are left out."""
    found: dict[str, str] = {}

    def read(path: str, depth: int) -> None:
        for line in tree.lines(path):
            name, _, value = line.replace("=", " ", 1).partition(" ")
            name, value = name.lower(), value.strip()
            if name == "match":
                return
            if name == "include" and depth < 4:
                for pattern in value.split():
                    full = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
                    for inner in tree.glob(full):
                        read(inner, depth + 1)
            else:
                found.setdefault(name, value.lower())

    read(_SSHD, 0)
    return found


def tasks(tree: Tree) -> Iterator[Finding]:
    """Lines of cron and units of timers that run something that speaks to a network."""
    lines = [(path, line) for path in ("/etc/crontab", *tree.glob("/etc/cron.d/*")) for line in tree.lines(path)]
    lines += [(path, line) for path in tree.glob("/var/spool/cron/crontabs/*") for line in tree.lines(path)]
    for pattern in ("/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/cron.monthly/*"):
        lines += [(path, line) for path in tree.glob(pattern) for line in tree.lines(path)]
    for timer in tree.glob("/etc/systemd/system/timers.target.wants/*.timer"):
        name = timer.rpartition("/")[2].removesuffix(".timer")
        for folder in ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"):
            path = f"{folder}/{name}.service"
            lines += [(path, line) for line in tree.lines(path) if line.startswith("ExecStart")]
    found: dict[str, list[str]] = {}
    for path, line in lines:
        if SPEAKS.search(line):
            found.setdefault(path, []).append(line)
    for path, said in found.items():
        words = sorted({hit for line in said for hit in SPEAKS.findall(line)})
        yield Finding(
            *(f"task-{path.strip('/').replace('/', '-')}", "tasks", WARN),
            f"La tâche {path} parle au réseau ({', '.join(words)}).",
            f"Task {path} speaks to the network ({', '.join(words)}).",
            "ce que cette commande lit",
            "what this command reads",
            places([_SECRETS.sub("", _COMPUTED.split(hit)[0]) for line in said for hit in _URL.findall(line)]),
            "Lisez-la : d’où vient-elle, que lit-elle, où l’envoie-t-elle ?",
            "Read it: where does it come from, what does it read, where does it send it?",
            (path,),
        )
    if not found:
        fr = f"Aucune des {len(lines)} lignes des tâches planifiées ne parle au réseau."
        yield Finding("tasks-none", "tasks", GOOD, fr, f"None of the {len(lines)} lines of scheduled tasks does.")
    if tree.refused & {path for path in tree.refused if "cron" in path}:
        fr, en = "Des tâches planifiées ne se lisent pas : root.", "Scheduled tasks cannot be read: run as root."
        yield Finding("tasks-unread", "tasks", UNKNOWN, fr, en)


CLOCKS = (
    ("chrony", "/etc/chrony/chrony.conf", r"^\s*(?:server|pool)\s+(\S+)"),
    ("chrony", "/etc/chrony.conf", r"^\s*(?:server|pool)\s+(\S+)"),
    ("ntp", "/etc/ntp.conf", r"^\s*(?:server|pool)\s+(\S+)"),
    ("ntpsec", "/etc/ntpsec/ntp.conf", r"^\s*(?:server|pool)\s+(\S+)"),
    ("timesyncd", "/etc/systemd/timesyncd.conf", r"^\s*(?:NTP|FallbackNTP)\s*=\s*(.+)$"),
    ("timesyncd", "/etc/systemd/timesyncd.conf.d/*.conf", r"^\s*(?:NTP|FallbackNTP)\s*=\s*(.+)$"),
)


def clock(tree: Tree) -> Iterator[Finding]:
    """Who gives the time; certificates, proofs and the journal rest on it."""
    servers: list[str] = []
    files: list[str] = []
    for _, pattern, where in CLOCKS:
        for path in tree.glob(pattern):
            hits = re.findall(where, tree.text(path) or "", re.MULTILINE)
            servers += [one for hit in hits for one in hit.split()]
            files += [path] if hits else []
    if servers:
        fr, en = "L’heure vient d’ailleurs.", "The time comes from elsewhere."
        sends = "l’existence et l’adresse de la machine", "that the machine is there, and its address"
        yield Finding("clock", "clock", INFO, fr, en, *sends, places(servers), seen=tuple(dict.fromkeys(files)))
        return
    if tree.exists("/usr/lib/systemd/systemd-timesyncd") or tree.exists("/lib/systemd/systemd-timesyncd"):
        fr = "L’heure vient des serveurs par défaut de la distribution, tant que systemd-timesyncd tourne."
        en = "The time comes from the distribution’s default servers, as long as systemd-timesyncd runs."
        yield Finding("clock-default", "clock", INFO, fr, en, where=("*.debian.pool.ntp.org, ntp.ubuntu.com",))
        return
    fr = "Rien ne met cette machine à l’heure : certificats, preuves et journal finiront par se tromper."
    en = "Nothing sets this machine’s clock: certificates, proofs and the journal will be wrong in the end."
    yield Finding(
        "clock-none", "clock", WARN, fr, en, do_fr="Un serveur de temps à vous.", do_en="A time server of yours."
    )


def updates(tree: Tree, now: datetime) -> Iterator[Finding]:
    """Where updates come from, whether they are made, and how old the last is."""
    sources = [
        hit
        for path in ("/etc/apt/sources.list", *tree.glob("/etc/apt/sources.list.d/*"))
        for hit in _hosts(tree, path)
    ]
    if sources:
        fr, en = "Les mises à jour viennent de ces serveurs.", "Updates come from these servers."
        sends = "la liste des paquets et des versions installés", "the list of packages and versions installed"
        yield Finding("updates-from", "updates", INFO, fr, en, *sends, places(sources))
    text = "\n".join(tree.text(path) or "" for path in tree.glob("/etc/apt/apt.conf.d/*"))
    automatic = re.search(r'Unattended-Upgrade\s+"1"', text)
    if not automatic and not tree.exists("/etc/dnf/automatic.conf"):
        fr = "Les mises à jour de sécurité ne se font pas d’elles-mêmes."
        en = "Security updates are not made by themselves."
        do = "unattended-upgrades, depuis un miroir à vous si la machine est sans internet"
        yield Finding("updates-by-hand", "updates", WARN, fr, en, do_fr=do, do_en="unattended-upgrades")
    else:
        fr, en = "Les mises à jour de sécurité se font d’elles-mêmes.", "Security updates are made by themselves."
        yield Finding("updates-automatic", "updates", GOOD, fr, en)
    yield from _age(tree, now)
    if tree.exists("/var/run/reboot-required") or tree.exists("/run/reboot-required"):
        fr, en = (
            "Un redémarrage est attendu : le noyau corrigé ne tourne pas.",
            "A restart is due: the mended kernel does not run.",
        )
        yield Finding("updates-restart", "updates", WARN, fr, en)


def _hosts(tree: Tree, path: str) -> list[str]:
    return re.findall(r"(?:^|\s)([a-z+]+://\S+)", "\n".join(tree.lines(path)))


def _age(tree: Tree, now: datetime) -> Iterator[Finding]:
    stamps = [
        path for path in ("/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists") if tree.exists(path)
    ]
    if not stamps:
        return
    days = max(0, int((now.timestamp() - max(tree.at(path).stat().st_mtime for path in stamps)) // 86400))
    tone = WARN if days > 31 else GOOD
    fr = f"Listes de paquets vieilles de {counted(days, 'jour', 'jours')}."
    en = f"Lists of packages are {counted(days, 'day', 'days')} old."
    yield Finding("updates-age", "updates", tone, fr, en, seen=tuple(stamps))


KERNEL: tuple[tuple[str, str, Callable[[str], bool], str, str], ...] = (
    *(
        (
            "dmesg",
            "/proc/sys/kernel/dmesg_restrict",
            lambda v: v == "1",
            "tous lisent les messages du noyau",
            "all read its messages",
        ),
        (
            "kptr",
            "/proc/sys/kernel/kptr_restrict",
            lambda v: v in "12",
            "les adresses du noyau se lisent",
            "its addresses are readable",
        ),
        (
            "ptrace",
            "/proc/sys/kernel/yama/ptrace_scope",
            lambda v: v != "0",
            "un programme peut en lire un autre",
            "a program may read another",
        ),
        (
            "bpf",
            "/proc/sys/kernel/unprivileged_bpf_disabled",
            lambda v: v != "0",
            "tous chargent des programmes BPF",
            "all load BPF programs",
        ),
        (
            "forward",
            "/proc/sys/net/ipv4/ip_forward",
            lambda v: v == "0",
            "la machine relaie des paquets",
            "the machine forwards packets",
        ),
    ),
)


def kernel(tree: Tree) -> Iterator[Finding]:
    """Settings of BP-028 that concern a server, dumps, swap, names."""
    for id_, path, good, fr, en in KERNEL:
        value = (tree.text(path) or "").strip()
        if value and not good(value):
            yield Finding(
                f"kernel-{id_}", "kernel", WARN, f"Noyau : {fr}.", f"Kernel: {en}.", seen=(f"{path} {value}",)
            )
    pattern = (tree.text("/proc/sys/kernel/core_pattern") or "").strip()
    if pattern.startswith("|"):
        fr, en = "Une panne d’un programme est donnée à un autre.", "A program’s crash is handed to another."
        sends = "la mémoire du programme tombé", "the memory of the program that fell"
        do = ("Les processus de Demeure n’en laissent pas (RLIMIT_CORE 0).", "Demeure’s processes leave none.")
        yield Finding("kernel-core", "kernel", INFO, fr, en, *sends, do_fr=do[0], do_en=do[1], seen=(pattern,))
    swaps = [line.split()[0] for line in (tree.text("/proc/swaps") or "").splitlines()[1:] if line.split()]
    plain = [one for one in swaps if not one.startswith(("/dev/dm-", "/dev/mapper/", "/dev/zram"))]
    if plain:
        fr = "La mémoire peut être écrite sur un disque qui n’est pas chiffré."
        en = "Memory may be written to a disk that is not encrypted."
        yield Finding(
            "kernel-swap",
            "kernel",
            WARN,
            fr,
            en,
            where=tuple(plain),
            do_fr="Chiffrez-le, ou swapoff.",
            do_en="Encrypt it, or swapoff.",
        )
    servers = re.findall(r"^\s*nameserver\s+(\S+)", tree.text("/etc/resolv.conf") or "", re.MULTILINE)
    if servers:
        fr, en = (
            "Les noms sont demandés à ces serveurs (jamais par Demeure).",
            "Names are asked of these servers (never by Demeure).",
        )
        sends = "chaque nom cherché par les autres programmes", "each name that other programs look up"
        yield Finding("names", "kernel", INFO, fr, en, *sends, places(servers))


def accounts(tree: Tree) -> Iterator[Finding]:
    """Who else is root; who comes in without a password."""
    rows = [line.split(":") for line in tree.lines("/etc/passwd")]
    roots = [row[0] for row in rows if len(row) > 2 and row[2] == "0" and row[0] != "root"]
    if roots:
        fr, en = "D’autres comptes que root ont tous les droits.", "Accounts other than root have every right."
        yield Finding("accounts-root", "accounts", ALARM, fr, en, seen=tuple(roots))
    empty = [
        row[0] for row in (line.split(":") for line in tree.lines("/etc/shadow")) if len(row) > 1 and row[1] == ""
    ]
    if empty:
        fr, en = "Des comptes n’ont pas de mot de passe.", "Accounts have no password."
        yield Finding("accounts-empty", "accounts", ALARM, fr, en, seen=tuple(empty))
    nopass = [
        path
        for path in ("/etc/sudoers", *tree.glob("/etc/sudoers.d/*"))
        if "NOPASSWD" in "\n".join(tree.lines(path))
    ]
    if nopass:
        fr, en = "Des commandes de root ne demandent pas de mot de passe.", "Commands of root ask for no password."
        yield Finding("accounts-sudo", "accounts", WARN, fr, en, seen=tuple(nopass))
    if not roots and not empty and rows:
        fr, en = "Root est seul à avoir tous les droits.", "Root alone has every right."
        yield Finding("accounts", "accounts", GOOD, fr, en)
