"""Drives a LibreOffice that was started beside it, with the system's Python (it has UNO): commands come as JSON
lines, answers go the same way. No part of the test's own process: it has no UNO."""

import json
import sys
import time

import uno


class Writer:
    """One document in front."""

    def __init__(self, pipe):
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        self.context = self._waited(
            lambda: resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        )
        make = self.context.ServiceManager.createInstanceWithContext
        self.desktop = make("com.sun.star.frame.Desktop", self.context)
        self.helper = make("com.sun.star.frame.DispatchHelper", self.context)

    @staticmethod
    def _waited(what, seconds=40):
        end = time.monotonic() + seconds
        while True:
            try:
                return what()
            except Exception:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def open(self, text):
        """A new document that says ``text``, a line a paragraph."""
        self.document = self.desktop.loadComponentFromURL("private:factory/swriter", "_blank", 0, ())
        self.document.Text.setString(text.replace("\n", "\r"))
        self.document.UndoManager.clear()
        return True

    def select(self, begins, ends):
        text = self.document.Text.getString()
        first, last = text.index(begins), text.index(ends) + len(ends)
        cursor = self.document.Text.createTextCursor()
        cursor.gotoStart(False)
        cursor.goRight(first, False)
        cursor.goRight(last - first, True)
        self.document.CurrentController.select(cursor)
        return cursor.getString()

    def bold(self, words):
        """Weigh these words."""
        self.select(words, words)
        self.document.CurrentSelection.getByIndex(0).CharWeight = 150
        return True

    def weight(self, words):
        self.select(words, words)
        return self.document.CurrentSelection.getByIndex(0).CharWeight

    def act(self, name, **given):
        """Through the dispatcher, as the menu does."""
        values = []
        for key, value in given.items():
            one = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
            one.Name, one.Value = key, value
            values.append(one)
        frame = self.document.CurrentController.Frame
        self.helper.executeDispatch(frame, "org.demeure.office:" + name, "_self", 0, tuple(values))
        return True

    def look(self):
        notes = self.document.Footnotes
        redlines = self.document.Redlines.createEnumeration()
        return {
            "text": self.document.Text.getString(),
            "notes": [notes.getByIndex(at).getString() for at in range(notes.getCount())],
            "steps": len(self.document.UndoManager.getAllUndoActionTitles()),
            "tracked": redlines.hasMoreElements(),
            "recording": self.document.RecordChanges,
            "bar": self.document.CurrentController.hasInfobar("demeure"),
        }

    def undo(self):
        self.document.UndoManager.undo()
        return self.look()

    def type(self, words):
        """Somebody goes on writing, at the end."""
        self.document.Text.insertString(self.document.Text.getEnd(), words, False)
        return True

    def spoil(self, words, other):
        """Somebody changes the passage."""
        self.select(words, words)
        self.document.CurrentSelection.getByIndex(0).setString(other)
        return True

    def close(self):
        self.desktop.terminate()
        return True


def main():
    writer = Writer(sys.argv[1])
    print(json.dumps(True), flush=True)
    for line in sys.stdin:
        name, given, named = json.loads(line)
        print(json.dumps(getattr(writer, name)(*given, **named)), flush=True)
        if name == "close":
            return


main()
