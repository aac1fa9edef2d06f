"""Which system calls each kind of process may make.

Deny-lists for the supervisor and the roles that hold data; allow-lists, found by tracing real work, for the two
places where hostile bytes meet native code: the engine and the workshop's jobs.
"""

import errno

from demeure.confinement.seccomp import Policy, Rule, at_most, has, is_none_of, is_one_of, lacks

AF_UNIX = 1
AF_INET, AF_INET6 = 2, 10
TCP = 6
DATAGRAM = 2  # bit set in SOCK_DGRAM (2) and SOCK_RAW (3), not in SOCK_STREAM (1) and SOCK_SEQPACKET (5)
MSG_FASTOPEN = 0x20000000
OUR_NAMESPACES = 0x10000000 | 0x40000000 | 0x08000000  # user, network, IPC
NEW_NAMESPACES = 0x7E020000 | 0x80
CLONE_THREAD = 0x10000
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
AT_EMPTY_PATH = 0x1000
WRITING = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE
LONGEST_ADDRESS = 15
"""connect(2) wants 16 bytes for an IPv4 address and more for the others: up to 15 it can only name a Unix
socket."""

SURFACE = """
setns ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd kcmp mount umount2
pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick mount_setattr statmount
listmount listns bpf userfaultfd perf_event_open io_uring_setup io_uring_enter io_uring_register io_setup
io_submit keyctl add_key request_key init_module finit_module delete_module kexec_load kexec_file_load reboot
swapon swapoff acct quotactl quotactl_fd open_by_handle_at name_to_handle_at fanotify_init fanotify_mark syslog
settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname vhangup uselib ustat sysfs iopl ioperm
modify_ldt personality mq_open mq_unlink shmget shmat shmctl msgget msgsnd msgrcv semget semop semctl semtimedop
migrate_pages move_pages symlink symlinkat mknod mknodat chdir fchdir memfd_create memfd_secret uretprobe uprobe
setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat file_setattr
chmod fchmodat fchmodat2 chown lchown fchownat utime utimes futimesat utimensat inotify_add_watch
"""
"""Refused everywhere. symlink and chdir because the supervisor connects to short relative names only, and nothing
may move the folder those names are relative to. Attributes, rights, owners and dates because Landlock asks nothing
of whoever marks a file without opening it; watches because it asks nothing of whoever waits for one to change."""

MEMORY = "brk mmap munmap mprotect mremap madvise mincore mlock mlock2 munlock membarrier map_shadow_stack mseal"
THREADS = """futex futex_waitv futex_wake futex_wait futex_requeue set_robust_list get_robust_list rseq gettid
getpid getppid sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
sched_get_priority_min getcpu exit exit_group set_tid_address arch_prctl restart_syscall"""
SIGNALS = "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait sigaltstack"
TIME = "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage"
IDENTITY = """uname sysinfo getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getsid getpgid
getrlimit getrandom getpriority capget"""
FILES = """read readv pread64 preadv preadv2 write writev lseek close close_range fstat stat lstat newfstatat statx
access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd fcntl dup dup2 dup3 fadvise64 readahead
fstatfs statfs umask poll ppoll select pselect6"""
EVENTS = """epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 pipe pipe2
timerfd_create timerfd_settime"""
TALK = "recvfrom recvmsg shutdown getsockopt getsockname getpeername"
SERVE = "bind listen accept accept4 setsockopt open openat unlink unlinkat"

_NO_FASTOPEN = (  # connect in disguise: leaves by an inherited listener despite namespaces and Landlock (measured)
    Rule("sendto", (lacks(3, MSG_FASTOPEN),)),
    Rule("sendmsg", (lacks(2, MSG_FASTOPEN),)),
    Rule("sendmmsg", (lacks(3, MSG_FASTOPEN),)),
)
_STREAM_PAIR = Rule("socketpair", (is_one_of(0, AF_UNIX), lacks(1, DATAGRAM)))
_STREAM_SOCKET = Rule("socket", (is_one_of(0, AF_UNIX), lacks(1, DATAGRAM)), errno.EAFNOSUPPORT)
_NO_NAMESPACE = Rule("clone", (lacks(0, NEW_NAMESPACES),))
_NO_INJECTION = Rule("ioctl", (is_none_of(1, TIOCSTI, TIOCLINUX),))
_THREADS_ONLY = Rule("clone", (has(0, CLONE_THREAD), lacks(0, NEW_NAMESPACES)))
_PLAIN_IOCTL = Rule("ioctl", (is_one_of(1, 0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451),))
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX."""
_PLAIN_PRCTL = Rule("prctl", (is_one_of(0, 1, 3, 4, 15, 16, 21, 23, 39, 42, 0x53564D41),))
"""Death signal, dumpable, names, seccomp and no_new_privs (read), THP (read), names of memory areas."""
_OWN_LIMITS = (  # of ourselves (0), never of a neighbour: the kernel allows it, and a number is a message
    Rule("prlimit64", (is_one_of(0, 0),)),
    Rule("setpriority", (is_one_of(0, 0), is_one_of(1, 0))),
    Rule("sched_setaffinity", (is_one_of(0, 0),)),
)
_OWN_SCHEDULE = (
    Rule("sched_setscheduler", (is_one_of(0, 0),)),
    Rule("sched_setparam", (is_one_of(0, 0),)),
    Rule("sched_setattr", (is_one_of(0, 0),)),
    Rule("ioprio_set", (is_one_of(0, 1), is_one_of(1, 0))),
)
_CLONE3 = {"clone3": errno.ENOSYS}  # its flags are in memory, out of a filter's sight; libraries fall back to clone
_NO_EXEC = {"execve": errno.EPERM, "execveat": errno.EPERM}


_TCP_STREAM = Rule(  # plain TCP and nothing else: MPTCP (262) and SCTP are not seen by Landlock
    "socket",
    (
        is_one_of(0, AF_INET, AF_INET6),
        is_one_of(1, *(1 | flags for flags in (0, 0x800, 0x80000, 0x80800))),
        is_one_of(2, TCP),
    ),
    errno.EAFNOSUPPORT,
)


def _refused(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, errno.EPERM)


def _executes(descriptor: int | None) -> tuple[Rule, ...]:
    """execveat of one open descriptor and nothing else."""
    if descriptor is None:
        return ()
    return (Rule("execveat", (is_one_of(0, descriptor), is_one_of(4, AT_EMPTY_PATH))),)


def supervisor(executes: bool) -> Policy:
    """Boxes children (unshare), connects to the engines' sockets (short relative names); no other socket.
    ``executes``: some child will run one declared binary, under its own stricter filter."""
    exec_free = {"execve": errno.EPERM} if executes else _NO_EXEC
    return Policy(
        default=None,
        deny={**_CLONE3, **_refused(*SURFACE.split()), **exec_free},
        rules=(
            Rule("unshare", (lacks(0, 0xFFFFFFFF & ~OUR_NAMESPACES),)),
            Rule("connect", (at_most(2, LONGEST_ADDRESS),), errno.EACCES),
            _STREAM_SOCKET,
            _STREAM_PAIR,
            _NO_NAMESPACE,
            _NO_INJECTION,
            *_NO_FASTOPEN,
            *_OWN_LIMITS,
            *_OWN_SCHEDULE,
        ),
    )


def role() -> Policy:
    """Gateway, worker, scribe, workshop: no socket of their own, no connect, no program, no namespace."""
    return Policy(
        default=None,
        deny={
            **_CLONE3,
            **_refused(*SURFACE.split(), "unshare", "bind", "pidfd_open", "execve", "execveat"),
            "connect": errno.EACCES,
            "socket": errno.EAFNOSUPPORT,
        },
        rules=(_STREAM_PAIR, _NO_NAMESPACE, _NO_INJECTION, *_NO_FASTOPEN, *_OWN_LIMITS, *_OWN_SCHEDULE),
    )


def _allowed(*groups: str) -> frozenset[str]:
    return frozenset(" ".join(groups).split())


def engine(pid: int, executes: int | None = None) -> Policy:
    """Only what llama.cpp does on a Unix socket. ``executes``: the descriptor of the one binary it may become."""
    return Policy(
        default=errno.EPERM,
        deny=_CLONE3,
        allow=_allowed(MEMORY, THREADS, SIGNALS, TIME, IDENTITY, FILES, EVENTS, TALK, SERVE),
        rules=(
            _STREAM_SOCKET,
            _STREAM_PAIR,
            _THREADS_ONLY,
            _PLAIN_IOCTL,
            _PLAIN_PRCTL,
            Rule("tgkill", (is_one_of(0, pid),)),
            *_NO_FASTOPEN,
            *_OWN_LIMITS,
            *_executes(executes),
        ),
    )


def preparing(pid: int) -> Policy:
    """A job before its document: threads of its own may still begin (a recognition model is loaded with them),
    and the next filter may be put on. ``job`` follows, for the whole process, before a byte of the document."""
    made = job(pid)
    return Policy(
        default=made.default,
        deny=_CLONE3,
        allow=made.allow | {"seccomp"},
        rules=(*made.rules, _THREADS_ONLY, _OWN_LIMITS[1]),
    )


def job(pid: int) -> Policy:
    """Only what reading a document held in memory does: no new process, no thread, no file opened for writing.

    A thread is refused as on a machine that has none (ENOSYS): typst's pool then works in the thread that asks;
    EPERM it takes for a failure."""
    return Policy(
        default=errno.EPERM,
        deny=_CLONE3 | {"clone": errno.ENOSYS},
        allow=_allowed(MEMORY, THREADS, SIGNALS, TIME, IDENTITY, FILES, TALK),
        rules=(
            Rule("open", (lacks(1, WRITING),), errno.EACCES),
            Rule("openat", (lacks(2, WRITING),), errno.EACCES),
            _PLAIN_IOCTL,
            _PLAIN_PRCTL,
            Rule("tgkill", (is_one_of(0, pid),)),
            *_NO_FASTOPEN,
            _OWN_LIMITS[0],
        ),
    )


def door(pid: int) -> Policy:
    """The door of the airlock: what a job may do, and open TCP connections (Landlock says to which ports), which it
    hands over and never reads."""
    made = job(pid)
    return Policy(
        default=made.default,
        deny=made.deny,
        allow=made.allow | {"connect"},
        rules=(*made.rules, _TCP_STREAM),
    )


def clock(pid: int) -> Policy:
    """The clock of the airlock: what a job may do, less every call by which a datagram names where it goes.
    write(2) on a connected socket names none."""
    made = job(pid)
    naming = {"sendto", "sendmsg", "sendmmsg"}
    return Policy(
        default=made.default,
        deny=made.deny,
        allow=made.allow - naming,
        rules=tuple(rule for rule in made.rules if rule.name not in naming),
    )
