"""Reading a passage of a Writer document and changing it: one step to undo, the former text kept when asked."""

from com.sun.star.text.ControlCharacter import PARAGRAPH_BREAK

from demeure_desk.marks import Run, edits

STEP = 30_000
"""A cursor moves by a 16-bit number."""


class SelectionWrong(Exception):
    """``key``: of the sentence that says what to select."""

    def __init__(self, key):
        super().__init__(key)
        self.key = key


class Passage:
    """What was selected: its place follows the document while people go on writing."""

    def __init__(self, document, cursor):
        self.document, self.cursor = document, cursor
        self.words = _plain(cursor.getString())

    @property
    def unchanged(self):
        return _plain(self.cursor.getString()) == self.words

    @property
    def language(self):
        """Of its first character: fr, en or another."""
        try:
            locale = self.cursor.getStart().CharLocale
        except Exception:  # noqa: BLE001 - an attribute that some texts lack; UNO has many errors for it
            return ""
        return locale.Language

    def structured(self):
        """(name, text): its words, or the document's when nothing is selected, titles as Markdown's."""
        whole = self.document.getText() if not self.words.strip() else None
        if whole is None:
            return "texte.txt", self.words
        lines, titled = [], False
        every = whole.createEnumeration()
        while every.hasMoreElements():
            one = every.nextElement()
            if not one.supportsService("com.sun.star.text.Paragraph"):
                lines += _cells(one)
                continue
            level = min(6, int(one.OutlineLevel))
            titled = titled or level > 0
            lines.append(("#" * level + " " if level else "") + _plain(one.getString()))
        text = "\n\n".join(line for line in lines if line.strip())
        return ("document.md" if titled else "document.txt"), text


def _plain(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cells(table):
    if not table.supportsService("com.sun.star.text.TextTable"):
        return []
    return [" | ".join(str(cell) for cell in row) for row in table.getDataArray()]


def selected(document, needed=True):
    """The passage in front. ``needed``: it must hold words; otherwise the place of the cursor will do. Raises
    SelectionWrong."""
    if document.isReadonly():
        raise SelectionWrong("read_only")
    chosen = document.getCurrentSelection()
    if chosen is None or not chosen.supportsService("com.sun.star.text.TextRanges") or not chosen.getCount():
        raise SelectionWrong("select_one")
    if chosen.getCount() > 1:  # the first is empty when several were taken with the keyboard held
        spans = [one for one in (chosen.getByIndex(at) for at in range(chosen.getCount())) if one.getString()]
        if len(spans) != 1:
            raise SelectionWrong("select_one")
        span = spans[0]
    else:
        span = chosen.getByIndex(0)
    if needed and not span.getString().strip():
        raise SelectionWrong("select")
    return Passage(document, span.getText().createTextCursorByRange(span))


class step:  # noqa: N801 - read as a word: ``with step(document, "…")``
    """All that happens inside is undone at once, and tracked or not as ``tracked`` says."""

    def __init__(self, document, title, tracked):
        self._document, self._title, self._tracked = document, title, tracked

    def __enter__(self):
        self._was = self._document.RecordChanges
        self._document.getUndoManager().enterUndoContext(self._title)
        self._document.RecordChanges = self._was or self._tracked

    def __exit__(self, kind, problem, trace):
        self._document.RecordChanges = self._was
        self._document.getUndoManager().leaveUndoContext()


def correct(passage, after, title, tracked):
    """Only the words that differ are changed: formatting around them stays. How many were."""
    found = edits(passage.words, after)
    if found is None:
        replace(passage, [[Run(line)] for line in after.split("\n") if line.strip()], title, tracked)
        return 1
    spans = [(_span(passage, start, end), words) for start, end, words in found]
    if any(span.getString() != passage.words[start:end] for (span, _), (start, end, _) in zip(spans, found)):
        replace(passage, [[Run(line)] for line in after.split("\n") if line.strip()], title, tracked)
        return len(found)  # a field or a note in the middle: positions are not those of the words
    with step(passage.document, title, tracked):
        for span, words in reversed(spans):
            span.setString(words)
    return len(found)


def _span(passage, start, end):
    """A cursor over these characters of the passage."""
    text = passage.cursor.getText()
    span = text.createTextCursorByRange(passage.cursor.getStart())
    for length, taking in ((start, False), (end - start, True)):
        for gone in range(0, length, STEP):
            span.goRight(min(length - gone, STEP), taking)
    return span


def replace(passage, paragraphs, title, tracked):
    """The passage gives way to these paragraphs, in the manner of its first words."""
    with step(passage.document, title, tracked):
        text = passage.cursor.getText()
        passage.cursor.setString("")
        _write(passage.document, text, text.createTextCursorByRange(passage.cursor.getEnd()), paragraphs, {})


def insert_after(passage, paragraphs, sources, title, tracked):
    """These paragraphs after the one where the passage ends. ``sources``: n → words of the footnote of ``[n]``."""
    with step(passage.document, title, tracked):
        text = passage.cursor.getText()
        at = text.createTextCursorByRange(passage.cursor.getEnd())
        at.gotoEndOfParagraph(False)
        if not at.isStartOfParagraph():
            titled = at.OutlineLevel > 0
            text.insertControlCharacter(at, PARAGRAPH_BREAK, False)
            at.collapseToEnd()
            if titled:  # what follows a title is no title
                at.ParaStyleName = "Text body"
        _write(passage.document, text, at, paragraphs, sources)


def _write(document, text, at, paragraphs, sources):
    weight, posture = at.CharWeight, at.CharPosture
    told = set()
    for number, runs in enumerate(paragraphs):
        if number:
            text.insertControlCharacter(at, PARAGRAPH_BREAK, False)
            at.collapseToEnd()
        for run in runs:
            if run.note:
                _note(document, text, at, sources.get(run.note, ""), run.note in told)
                told.add(run.note)
                continue
            begun = text.createTextCursorByRange(at)
            text.insertString(at, run.text, False)
            begun.gotoRange(at, True)
            _dressed(begun, weight, posture, run)
            at.collapseToEnd()


def _dressed(span, weight, posture, run):
    from com.sun.star.awt.FontSlant import ITALIC
    from com.sun.star.awt.FontWeight import BOLD

    span.CharWeight = BOLD if run.bold else weight
    span.CharPosture = ITALIC if run.italic else posture


def _note(document, text, at, words, again):
    """A footnote; the second of a source says only where."""
    note = document.createInstance("com.sun.star.text.Footnote")
    text.insertTextContent(at, note, False)
    note.getText().setString(words.split("\n")[0] if again else words.replace("\n", " "))
    at.collapseToEnd()
