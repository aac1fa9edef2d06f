"""A job in the tightest box reads every format of the house and can do nothing else."""

import io
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ONE_THREAD = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def documents() -> str:
    """One small document of each kind, as Python source: made here, since the zygote only imports."""
    import docx
    import odfdo
    import openpyxl
    import reportlab.pdfgen.canvas

    word, book, text = docx.Document(), openpyxl.Workbook(), odfdo.Document("text")
    word.add_paragraph("Bonjour")
    book.active["A1"] = "Bonjour"
    text.body.append(odfdo.Paragraph("Bonjour"))
    made = {"PDF": io.BytesIO(), "DOCX": io.BytesIO(), "XLSX": io.BytesIO(), "ODT": io.BytesIO()}
    word.save(made["DOCX"])
    book.save(made["XLSX"])
    text.save(made["ODT"])
    page = reportlab.pdfgen.canvas.Canvas(made["PDF"])
    page.drawString(100, 700, "Bonjour")
    page.showPage()
    page.save()
    return "\n".join(f"{name} = {content.getvalue()!r}" for name, content in made.items())


ZYGOTE = """
import os, sys
from pathlib import Path
from demeure import confinement as c
from demeure.confinement.paths import role_lists
profile = c.PROFILES["workshop"]
enforced = c.box(profile, role_lists(profile, Path("/nonexistent"), {}), set())
assert c.ladder(enforced) == "A", enforced
import pypdfium2, lxml.html, docx, odfdo, openpyxl, io, socket, resource, threading, signal
held, me = c.address_space(), os.getpid()
def job(work):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            c.tighten_job(c.JobLimits(memory=256 << 20, cpu=2, descriptors=16), parent=me, held=held)
            answer = repr(work())
        except BaseException as problem:
            answer = type(problem).__name__ + ":" + str(getattr(problem, "errno", ""))
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    answer = open(reading, "rb").read().decode()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return answer or f"exit {code}"
"""


def zygote(body: str, before: str = "") -> str:
    """What a boxed zygote running ``body`` prints; ``job`` forks one tightened child."""
    source = before + ZYGOTE + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-"], input=source, capture_output=True, text=True, timeout=60, env=ONE_THREAD
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_format_is_read_behind_the_allow_list() -> None:
    answers = zygote(
        """
        print(job(lambda: pypdfium2.PdfDocument(PDF)[0].get_textpage().get_text_range().strip()))
        print(job(lambda: docx.Document(io.BytesIO(DOCX)).paragraphs[0].text))
        print(job(lambda: str(odfdo.Document(io.BytesIO(ODT)).body.paragraphs[-1]).strip()))
        print(job(lambda: openpyxl.load_workbook(io.BytesIO(XLSX)).active["A1"].value))
        print(job(lambda: lxml.html.fromstring("<p>Bon<b>jour</b></p>").text_content()))
        """,
        documents(),
    ).split()
    assert answers == ["'Bonjour'"] * 5


@pytest.mark.parametrize(
    ("attempt", "refused"),
    [
        ("os.fork()", "OSError:38"),
        ("threading.Thread(target=print).start()", "RuntimeError:"),
        ("socket.socket(socket.AF_UNIX)", "PermissionError:1"),
        ("socket.socket()", "PermissionError:1"),
        ("open('/etc/passwd')", "PermissionError:13"),
        ("open('/dev/null', 'w')", "PermissionError:13"),
        ("os.execv('/bin/true', ['true'])", "PermissionError:1"),
        ("os.kill(me, 0)", "PermissionError:1"),
        ("os.memfd_create('x')", "PermissionError:1"),
        ("os.unlink('/nonexistent')", "PermissionError:1"),
        ("bytearray(1 << 30)", "MemoryError:"),
        ("[os.dup(0) for _ in range(40)]", "OSError:24"),
    ],
)
def test_nothing_else_is_possible(attempt: str, refused: str) -> None:
    assert zygote(f"print(job(lambda: {attempt}))").strip() == refused


def test_a_job_that_never_ends_is_ended_by_its_processor_time() -> None:
    body = """
        def forever():
            while True: pass
        print(job(forever))
    """
    assert zygote(body).strip() in ("exit -24", "exit -9")


def test_a_job_dies_with_its_zygote(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    body = """
        import time
        channel = socket.socket(fileno=int(sys.argv[1]))
        if os.fork() == 0:
            c.tighten_job(c.JobLimits(), parent=me, held=held)
            channel.send(b"job")
            time.sleep(60)
            os._exit(0)
        time.sleep(60)
    """
    source = (ZYGOTE + textwrap.dedent(body)).replace("{}), set())", "{}), {int(sys.argv[1])})")
    with subprocess.Popen(
        [sys.executable, "-c", source, str(theirs.fileno())], pass_fds=[theirs.fileno()], env=ONE_THREAD
    ) as process:
        theirs.close()
        assert ours.recv(10) == b"job"
        process.kill()
        assert ours.recv(10) == b""  # both ends of theirs are gone: zygote and job
    ours.close()


def test_limits_never_grow() -> None:
    body = """
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
        print(job(lambda: resource.getrlimit(resource.RLIMIT_NOFILE)))
    """
    assert zygote(body).strip() == "(12, 12)"


def test_threads_begin_while_a_job_is_being_prepared_and_not_once_it_is_sealed() -> None:
    body = """
        def prepared():
            resting = threading.Event()
            early = threading.Thread(target=resting.wait)
            early.start()
            c.seal_job()
            found = []
            for attempt in (lambda: threading.Thread(target=print).start(), os.fork, lambda: socket.socket()):
                try:
                    attempt()
                except (OSError, RuntimeError) as problem:
                    found.append(type(problem).__name__)
            resting.set()
            early.join()
            return found, early.is_alive()
        def job_of_two_halves(work):
            tight = c.tighten_job
            c.tighten_job = lambda limits, **more: tight(limits, **more, preparing=True)
            try:
                return job(work)
            finally:
                c.tighten_job = tight
        print(job_of_two_halves(prepared))
        print(job_of_two_halves(lambda: os.fork()), job_of_two_halves(lambda: open("/dev/null", "w")))
    """
    sealed, unsealed = zygote(body).strip().split("\n")
    assert sealed == "(['RuntimeError', 'OSError', 'PermissionError'], False)"
    assert unsealed == "PermissionError:1 PermissionError:13", "never another process, never a file to write"
