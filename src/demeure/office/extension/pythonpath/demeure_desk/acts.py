"""The acts of the menu: each reads the document, works in a thread, and writes in the document's own thread."""

import threading
import traceback

import uno
import unohelper
from com.sun.star.awt import XCallback

from demeure_desk import connection as links
from demeure_desk import dialogs, house, marks, writing
from demeure_desk.words import say

BAR = "demeure"
INFO, SUCCESS, WARNING, DANGER = range(4)
NOTE = 280
"""Characters of a passage quoted in a footnote."""
TASKS = {
    "reformuler": ("reformulation", "texte"),
    "corriger": ("relecture", "texte"),
    "resumer": ("resume", "document"),
}
"""Act → task of the house, and its field."""

_running = {}
"""The work of each document that has one. Touched in LibreOffice's main thread alone."""


def run(context, frame, act, given):
    """One act, from the menu or a macro. ``given``: Code (reglages), Question (question), Tracked."""
    desk = Desk(context, frame)
    try:
        if act == "reglages":
            desk.settings(given)
        elif act == "arreter":
            desk.stop()
        elif act == "travaux":
            desk.open("/taches")
        elif act == "question":
            desk.question(given)
        elif act in TASKS:
            desk.task(act, given)
    except writing.SelectionWrong as problem:
        desk.tell(WARNING, say(desk.language, problem.key))
    except Exception as problem:  # noqa: BLE001 - the last line: LibreOffice would say nothing at all
        desk.surprised(problem)


class Desk:
    """One frame, its document, and who is linked to it."""

    def __init__(self, context, frame):
        self.context, self.frame = context, frame
        self.language = "fr" if _locale(context).startswith("fr") else "en"
        self.folder = _profile(context)
        self.linked = links.load(self.folder)

    @property
    def document(self):
        return self.frame.getController().getModel()

    # -- saying --------------------------------------------------------------------------------------------------

    def tell(self, kind, first, second="", actions=()):
        """A bar above the document; the former one goes."""
        try:
            controller = self.frame.getController()
            if controller.hasInfobar(BAR):
                controller.removeInfobar(BAR)
            pairs = tuple(uno.createUnoStruct("com.sun.star.beans.StringPair", *pair) for pair in actions)
            controller.appendInfobar(BAR, first, second, kind, pairs, True)
        except Exception:  # noqa: BLE001 - the window was closed meanwhile: nobody is left to be told
            return

    def surprised(self, problem):
        """An error of ours: its kind, never what the document says."""
        where = traceback.extract_tb(problem.__traceback__)[-1:]
        place = f"{type(problem).__name__}, {where[0].name} {where[0].lineno}" if where else type(problem).__name__
        self.tell(DANGER, say(self.language, "surprise", what=place))

    def open(self, path):
        """A page of the house, in the person's browser."""
        if not self._is_linked():
            return
        shell = self.context.ServiceManager.createInstanceWithContext(
            "com.sun.star.system.SystemShellExecute", self.context
        )
        shell.execute(self.linked.address + path, "", 1)  # URIS_ONLY: an address, never a program

    # -- acts ----------------------------------------------------------------------------------------------------

    def settings(self, given):
        code, tracked = given.get("Code"), given.get("Tracked")
        if code is None:
            answer = dialogs.settings(self.context, self.frame, self.language, self.linked)
            if answer is None:
                return
            code, tracked = answer
        kept = self.linked.tracked if self.linked else True
        try:
            link = self.linked
            if code.strip() or link is None:
                link = links.from_code(code)
            link.tracked = kept if tracked is None else bool(tracked)
        except links.CodeWrong:
            self.tell(
                DANGER,
                say(self.language, "code_wrong"),
                "",
                [(say(self.language, "to_settings"), "org.demeure.office:reglages")],
            )
            return
        links.save(self.folder, link)
        self.linked = link
        self._begin("reglages", lambda there, _told: there.greet(), self._greeted)

    def _greeted(self, _found):
        self.tell(SUCCESS, say(self.language, "ready", address=self.linked.address))

    def stop(self):
        held = _running.get(_key(self.frame))
        if held is not None:
            held.stop()

    def task(self, act, given):
        passage = writing.selected(self.document, needed=act != "resumer")
        task, field = TASKS[act]
        language = passage.language if passage.language in ("fr", "en") else self.language
        name, text = passage.structured() if act == "resumer" else ("", passage.words)
        if not text.strip():
            raise writing.SelectionWrong("select")

        def work(there, told):
            value = there.file(name, text.encode()) if name else text
            return there.drafted(task, {field: value}, language, told)

        self._begin(act, work, lambda found: self._drafted(act, passage, found, given))

    def _drafted(self, act, passage, work, given):
        draft, title = work["drafts"][-1], say(self.language, act)
        step = say(self.language, "step", act=title)
        see = [(say(self.language, "see"), "org.demeure.office:travaux")]
        if draft["state"] != "done" or not draft["text"].strip():
            why = (draft.get("reason") or {}).get(self.language, "")
            self.tell(DANGER, say(self.language, "unfinished", why=why), "", see)
            return
        if not passage.unchanged:
            self.tell(WARNING, say(self.language, "moved"), "", see)
            return
        tracked = bool(given.get("Tracked", self.linked.tracked))
        told = say(self.language, "done", act=title)
        if act == "corriger":
            number = writing.correct(passage, draft["text"], step, tracked)
            if not number:
                self.tell(SUCCESS, say(self.language, "nothing"))
                return
            told = say(self.language, "corrected", number=number)
        elif act == "reformuler":
            writing.replace(passage, marks.paragraphs(draft["text"]), step, tracked)
        else:
            notes = _notes(draft["sources"], pages=False)
            writing.insert_after(passage, marks.paragraphs(draft["text"], notes), notes, step, tracked)
        self.tell(
            SUCCESS,
            told,
            self._doubts(draft["details"].get("findings", ())),
            [(say(self.language, "undo"), ".uno:Undo"), *see],
        )

    def question(self, given):
        passage = writing.selected(self.document, needed=False)
        asked = given.get("Question")
        if asked is None:
            asked = dialogs.question(self.context, self.frame, self.language, passage.words[:400])
        if not asked or not asked.strip():
            return
        self._begin(
            "question",
            lambda there, told: there.asked(asked, told),
            lambda found: self._answered(passage, found, given),
        )

    def _answered(self, passage, closed, given):
        text = closed.get("text") or ""
        if closed.get("outcome") != "done" or not text.strip():
            self.tell(DANGER, say(self.language, "unfinished", why=""))
            return
        if not closed.get("found", True):
            self.tell(INFO, say(self.language, "not_found"), text[:300])
            return
        notes = _notes(closed["sources"])
        missing = [number for number in closed.get("citations", ()) if f"[{number}]" not in text]
        if missing and "[" not in text:
            text += "".join(f"[{number}]" for number in missing)
        title = say(self.language, "question")
        step = say(self.language, "step", act=title)
        tracked = bool(given.get("Tracked", self.linked.tracked))
        writing.insert_after(passage, marks.paragraphs(text, notes), notes, step, tracked)
        doubts = self._doubts(closed.get("unsupported", ()))
        self.tell(
            SUCCESS, say(self.language, "done", act=title), doubts, [(say(self.language, "undo"), ".uno:Undo")]
        )

    def _doubts(self, findings):
        said = list(dict.fromkeys(str(one.get("said", "")) for one in findings if one.get("said")))
        return say(self.language, "doubts", number=len(said), what=", ".join(said[:6])) if said else ""

    def _is_linked(self):
        """With a house; else what to do first is said."""
        if self.linked is None:
            settings = (say(self.language, "to_settings"), "org.demeure.office:reglages")
            self.tell(WARNING, say(self.language, "first"), "", [settings])
        return self.linked is not None

    # -- threads -------------------------------------------------------------------------------------------------

    def _begin(self, act, work, ended):
        if not self._is_linked():
            return
        key = _key(self.frame) if act != "reglages" else object()  # a greeting holds nobody back
        if key in _running:
            self.tell(
                WARNING,
                say(self.language, "busy"),
                "",
                [(say(self.language, "stop"), "org.demeure.office:arreter")],
            )
            return
        _running[key] = Work(self, key, act, work, ended)
        if act != "reglages":
            self._under_way(say(self.language, "under_way", act=say(self.language, act)))
        _running[key].start()

    def _under_way(self, words):
        self.tell(INFO, words, "", [(say(self.language, "stop"), "org.demeure.office:arreter")])


class Work(threading.Thread):
    """What the house is asked, away from the document; what comes of it goes to LibreOffice's main thread."""

    def __init__(self, desk, key, act, work, ended):
        super().__init__(name="demeure", daemon=True)
        self._desk, self._key, self._act, self._work, self._ended = desk, key, act, work, ended
        self._house, self._last = house.House(desk.linked, desk.language), ()

    def stop(self):
        self._house.stop()

    def run(self):
        try:
            found = self._work(self._house, self._progress)
            self._main(lambda: self._ended(found))
        except house.Stopped:
            self._main(lambda: self._desk.tell(INFO, say(self._desk.language, "stopped")))
        except house.HouseProblem as problem:
            told = problem.said or say(self._desk.language, problem.key, **problem.told)
            self._main(lambda: self._desk.tell(DANGER, told))
        except Exception as problem:  # noqa: BLE001 - a thread that ends silently would leave its bar for ever
            caught = problem
            self._main(lambda: self._desk.surprised(caught))

    def _progress(self, done, parts, _work):
        if parts > 1 and self._last != (done, parts):
            self._last = (done, parts)
            words = say(
                self._desk.language, "part", act=say(self._desk.language, self._act), done=done, parts=parts
            )
            in_main(self._desk.context, lambda: self._desk._under_way(words) if self._key in _running else None)

    def _main(self, what):
        def last():
            _running.pop(self._key, None)
            try:
                what()
            except Exception as problem:  # noqa: BLE001 - as in ``run``
                self._desk.surprised(problem)

        in_main(self._desk.context, last)


class Callback(unohelper.Base, XCallback):
    """A function as LibreOffice calls one."""

    def __init__(self, what):
        self._what = what

    def notify(self, _data):
        self._what()


def in_main(context, what):
    """Have ``what`` called in LibreOffice's main thread, soon."""
    caller = context.ServiceManager.createInstanceWithContext("com.sun.star.awt.AsyncCallback", context)
    caller.addCallback(Callback(what), None)


def _notes(sources, pages=True):
    """n → « Document, page 3 » and the passage, shortened, on a second line."""
    found = {}
    for one in sources:
        place = ", ".join(filter(None, ((one.get("document") if pages else ""), one.get("place_label") or "")))
        quote = " ".join(str(one.get("quote") or "").split())
        short = quote if len(quote) <= NOTE else quote[:NOTE].rsplit(" ", 1)[0] + "…"
        found[int(one["number"])] = "\n".join(filter(None, (place, "« " + short + " »" if short else ""))) or "?"
    return found


def _key(frame):
    return frame.getController().getModel().RuntimeUID


def _locale(context):
    reader = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.configuration.ConfigurationProvider", context
    )
    where = uno.createUnoStruct("com.sun.star.beans.NamedValue", "nodepath", "/org.openoffice.Setup/L10N")
    return reader.createInstanceWithArguments("com.sun.star.configuration.ConfigurationAccess", (where,)).ooLocale


def _profile(context):
    paths = context.ServiceManager.createInstanceWithContext("com.sun.star.util.PathSubstitution", context)
    return uno.fileUrlToSystemPath(paths.substituteVariables("$(user)", True))
