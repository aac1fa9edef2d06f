"""The texts that are written for systemd, journald and logrotate (pure). docs/install.md says why each is there.

The unit adds to Demeure's own walls and must not stand in their way: each role makes user, network and IPC
namespaces, a Landlock domain and a filter of its own. Nor may it hide what a proof tries: the proof must meet
Demeure's walls, and turn red without them.
"""

from demeure.install.layout import COMING, CREDENTIALS, DATA, KEYS, PROGRAM, RESUMING, UNITS

MADE = "# Made by demeure install. Changes of your own: systemctl edit {unit}; this file is written again.\n"
LIMITS = ("NoNewPrivileges=yes", "CapabilityBoundingSet=", "AmbientCapabilities=")
WALLS = (
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectControlGroups=yes",
    "RestrictNamespaces=user net ipc",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "RemoveIPC=yes",
    "KeyringMode=private",
    "SystemCallArchitectures=native",
    "SystemCallFilter=~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap",
    "SystemCallErrorNumber=EPERM",
    "UMask=0077",
    "LimitCORE=0",
)
"""Same in every unit that runs the program."""


def service(user: str, data: str, *, sealed: bool) -> str:
    """demeure.service: the one supervisor, whose roles box themselves."""
    lines = [
        MADE.format(unit="demeure.service") + "[Unit]",
        "Description=Demeure",
        "Requires=demeure.socket",
        "After=demeure.socket network.target",
        f"RequiresMountsFor={DATA} {PROGRAM}",
        "",
        "[Service]",
        "Type=exec",
        f"User={user}",
        f"Group={user}",
        f"WorkingDirectory={DATA}",
        *_environment(),
        f"ExecStart={PROGRAM}/current/program/bin/demeure up",
        "Restart=on-failure",
        "RestartSec=5",
        "RestartPreventExitStatus=2 3 4",
        "KillMode=mixed",
        "TimeoutStopSec=20",
        "LogNamespace=demeure",
        *_credentials(sealed),
        *_hardening(data),
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


def socket(host: str, port: int) -> str:
    """demeure.socket: systemd holds the listener; who asks during a restart waits instead of being refused."""
    address = f"[{host}]:{port}" if ":" in host else f"{ {'localhost': '127.0.0.1'}.get(host, host) }:{port}"
    lines = [
        MADE.format(unit="demeure.socket") + "[Unit]",
        "Description=Demeure, pages",
        "",
        "[Socket]",
        f"ListenStream={address}",
        "FileDescriptorName=pages",
        "Backlog=256",
        "NoDelay=yes",
        "",
        "[Install]",
        "WantedBy=sockets.target",
    ]
    return "\n".join(lines) + "\n"


def check_service(user: str, data: str, *, sealed: bool) -> str:
    """demeure-check.service: the doctor, once; it fails (systemctl --failed) when something is to be done."""
    told = "Demeure, daily check: certificates, clock, disk, databases, backups, journal"
    return _once("demeure-check.service", told, "doctor --whole", (user, data), sealed)


def prove_service(user: str, data: str, *, sealed: bool) -> str:
    """demeure-prove.service: a proof, once, under the unit that the house runs under: its twins must meet the same
    ground, or the proof says that it concludes nothing."""
    return _once("demeure-prove.service", "Demeure, proof of confinement", "prove", (user, data), sealed)


def _once(unit: str, told: str, word: str, whose: tuple[str, str], sealed: bool) -> str:
    user, data = whose
    lines = [
        MADE.format(unit=unit) + "[Unit]",
        f"Description={told}",
        "",
        "[Service]",
        "Type=oneshot",
        f"User={user}",
        f"Group={user}",
        f"WorkingDirectory={DATA}",
        *_environment(),
        f"ExecStart={PROGRAM}/current/program/bin/demeure {word}",
        "LogNamespace=demeure",
        *_credentials(sealed),
        *_hardening(data),
    ]
    return "\n".join(lines) + "\n"


def check_timer() -> str:
    """demeure-check.timer."""
    lines = [
        MADE.format(unit="demeure-check.timer") + "[Unit]",
        "Description=Demeure, daily check",
        "",
        "[Timer]",
        "OnCalendar=*-*-* 06:40",
        "RandomizedDelaySec=10min",
        "Persistent=yes",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def resume_service(data: str) -> str:
    """demeure-resume.service: what an update that was cut left is settled, by the program that was in force before
    it; root, as the update itself. After the house: it opens by itself at a start, on one version or the other."""
    lines = [
        MADE.format(unit="demeure-resume.service") + "[Unit]",
        "Description=Demeure, an update that was cut",
        "After=demeure.socket demeure.service",
        f"ConditionPathExists={PROGRAM}/{COMING}",
        f"RequiresMountsFor={DATA} {PROGRAM}",
        "",
        "[Service]",
        "Type=oneshot",
        "Environment=LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1",
        f"ExecStart={PROGRAM}/{RESUMING}/bin/demeure update --resume",
        "LogNamespace=demeure",
        "NoNewPrivileges=yes",
        *(one for one in WALLS if one.partition("=")[0] not in _NOT_RESUMING),
        f"ReadWritePaths={' '.join((PROGRAM, *_places(data)))}",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


_NOT_RESUMING = ("RestrictNamespaces", "SystemCallFilter", "SystemCallErrorNumber", "UMask")


def resume_timer() -> str:
    """demeure-resume.timer: the update alone was killed, and nothing restarts. Started and stopped by the update
    itself: it looks only while there is something to look for."""
    lines = [
        MADE.format(unit="demeure-resume.timer") + "[Unit]",
        "Description=Demeure, an update that was cut",
        "",
        "[Timer]",
        "OnCalendar=*:0/2",
        "AccuracySec=10s",
    ]
    return "\n".join(lines) + "\n"


def journald() -> str:
    """journald@demeure.conf: the unit's log is a journal of its own, rotated by size and age, never forwarded."""
    lines = [
        "# Made by demeure install.",
        "[Journal]",
        "Storage=persistent",
        "SystemMaxUse=200M",
        "SystemMaxFileSize=20M",
        "MaxRetentionSec=12month",
        "ForwardToSyslog=no",
        "ForwardToConsole=no",
        "ForwardToWall=no",
    ]
    return "\n".join(lines) + "\n"


def logrotate() -> str:
    """For a machine without systemd, where the house is started with its output in that file."""
    return (
        "# Made by demeure install.\n"
        "/var/log/demeure/house.log {\n"
        "    weekly\n    rotate 52\n    maxsize 20M\n    compress\n    delaycompress\n    missingok\n"
        "    notifempty\n    copytruncate\n"
        "    su root root\n"  # whose shell opened that file
        "}\n"
    )


def command(user: str, *, sealed: bool) -> str:
    """/usr/local/bin/demeure: the commands of the installed house, as its own user."""
    as_user = f'setpriv --reuid {user} --regid {user} --init-groups -- "$program" "$@"'
    handed = f"""\
# Keys that are sealed: in memory, for this user, for the time of the command. What a killed one left goes first.
for left in /run/demeure-keys.*; do
    of=${{left#/run/demeure-keys.}}
    [ ! -d "$left" ] || [ -d "/proc/${{of%%.*}}" ] || rm -rf "$left"
done
keys=$(mktemp -d "/run/demeure-keys.$$.XXXXXX") || exit 1
trap 'rm -rf "$keys"' EXIT
trap 'exit 130' INT TERM HUP
for name in {" ".join(KEYS)}; do
    systemd-creds decrypt --name="$name" "{CREDENTIALS}/demeure.$name" "$keys/$name" || exit 1
    chmod 0400 "$keys/$name"
done
chown -R {user}: "$keys"
CREDENTIALS_DIRECTORY="$keys"
export CREDENTIALS_DIRECTORY"""
    as_root, sealing = ("", f"{handed}\n") if sealed else ("exec ", "")
    return f"""\
#!/bin/sh
# Made by demeure install: the commands of the installed house. As root they run as its user, except those that
# install or look at the machine; anybody else runs them as oneself.
DEMEURE_INSTANCE="${{DEMEURE_INSTANCE:-{PROGRAM}/current/data}}"
program={PROGRAM}/current/program/bin/demeure
export DEMEURE_INSTANCE
asked=""
skip=""
for word in "$@"; do
    if [ -n "$skip" ]; then skip=""; continue; fi
    case "$word" in
        --instance|--language) skip=1 ;;
        -*) ;;
        *) asked="$word"; break ;;
    esac
done
[ "$(id -u)" = 0 ] || exec "$program" "$@"
if [ "$*" = prove ] && [ -d /run/systemd/system ] && [ -e {UNITS}/demeure-prove.service ]; then
    began=$(date +%s)
    systemctl start demeure-prove.service
    code=$?
    journalctl --namespace=demeure --unit=demeure-prove.service --since=@"$began" --output=cat --no-pager
    exit $code
fi
{sealing}case "$asked" in
    install|uninstall|bundle|update|host)
        {as_root}"$program" "$@"
        exit $? ;;
esac
HOME={DATA}
export HOME
cd {DATA} || exit 1
{as_root}{as_user}
"""


def _environment() -> list[str]:
    return [
        f"Environment=DEMEURE_INSTANCE={PROGRAM}/current/data",
        f"Environment=HOME={DATA} LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1",
    ]


def _credentials(sealed: bool) -> list[str]:
    if not sealed:
        return []
    return [f"LoadCredentialEncrypted={name}:{CREDENTIALS}/demeure.{name}" for name in KEYS]


def _hardening(data: str) -> list[str]:
    return [*LIMITS, *WALLS, f"ReadWritePaths={' '.join(_places(data))}"]


def _places(data: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((DATA, data))) if not data.startswith(f"{DATA}/") else (DATA,)
