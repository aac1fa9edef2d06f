"""The two windows of the extension: settings, and a question."""

from demeure_desk.words import say

WIDTH = 260


def settings(context, frame, language, linked):
    """(what was pasted, is the former text kept?); None: given up."""
    window = Window(context, frame, say(language, "settings"), 132)
    now = say(language, "linked", address=linked.address) if linked else say(language, "not_linked")
    window.label("now", now, 8, 12)
    window.label("what", say(language, "code"), 24, 20)
    window.field("code", "", 46, 44)
    window.box("tracked", say(language, "tracked"), linked.tracked if linked else True, 94)
    window.buttons(say(language, "ok"), say(language, "cancel"), 112)
    if not window.agreed():
        return None
    return window.said("code"), window.ticked("tracked")


def question(context, frame, language, begun):
    """The question; None: given up. ``begun``: what the field holds first."""
    window = Window(context, frame, say(language, "ask"), 90)
    window.label("what", say(language, "ask_what"), 8, 12)
    window.field("code", begun, 22, 40)
    window.buttons(say(language, "ask_do"), say(language, "cancel"), 70)
    return window.said("code") if window.agreed() else None


class Window:
    """A dialogue made by hand: what LibreOffice ships is enough."""

    def __init__(self, context, frame, title, height):
        self._context, self._frame = context, frame
        self._model = self._made("UnoControlDialogModel")
        self._model.Title, self._model.Width, self._model.Height = title, WIDTH, height

    def _made(self, name):
        return self._context.ServiceManager.createInstanceWithContext("com.sun.star.awt." + name, self._context)

    def _put(self, kind, name, x, y, width, height, **facts):
        one = self._model.createInstance("com.sun.star.awt.UnoControl" + kind + "Model")
        one.PositionX, one.PositionY, one.Width, one.Height, one.Name = x, y, width, height, name
        for fact, value in facts.items():
            setattr(one, fact, value)
        self._model.insertByName(name, one)

    def label(self, name, text, y, height):
        self._put("FixedText", name, 8, y, WIDTH - 16, height, Label=text, MultiLine=True)

    def field(self, name, text, y, height):
        self._put("Edit", name, 8, y, WIDTH - 16, height, Text=text, MultiLine=True, VScroll=True)

    def box(self, name, text, ticked, y):
        self._put("CheckBox", name, 8, y, WIDTH - 16, 12, Label=text, State=int(ticked))

    def buttons(self, agree, give_up, y):
        self._put("Button", "ok", WIDTH - 146, y, 66, 16, Label=agree, PushButtonType=1, DefaultButton=True)
        self._put("Button", "no", WIDTH - 74, y, 66, 16, Label=give_up, PushButtonType=2)

    def agreed(self):
        """Shown until it is answered."""
        self._window = self._made("UnoControlDialog")
        self._window.setModel(self._model)
        self._window.createPeer(self._made("Toolkit"), self._frame.getContainerWindow())
        answer = self._window.execute()
        self._window.dispose()
        return answer == 1

    def said(self, name):
        return self._model.getByName(name).Text

    def ticked(self, name):
        return bool(self._model.getByName(name).State)
