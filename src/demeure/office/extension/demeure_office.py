"""What LibreOffice calls: the addresses ``org.demeure.office:…`` of the menu, an act each."""

import unohelper
from com.sun.star.frame import FeatureStateEvent, XDispatch, XDispatchProvider
from com.sun.star.lang import XInitialization, XServiceInfo
from demeure_desk import acts

NAME = "org.demeure.office.Handler"
PROTOCOL = "org.demeure.office:"
SERVICES = ("com.sun.star.frame.ProtocolHandler",)


class Handler(unohelper.Base, XInitialization, XDispatchProvider, XDispatch, XServiceInfo):
    """One of each frame, made when an entry of the menu is drawn or chosen."""

    def __init__(self, context, *_arguments):
        self._context, self._frame = context, None

    def initialize(self, arguments):
        """The frame whose menu it is."""
        self._frame = arguments[0] if arguments else None

    def queryDispatch(self, url, _target, _flags):
        return self if url.Protocol == PROTOCOL else None

    def queryDispatches(self, requests):
        return tuple(self.queryDispatch(one.FeatureURL, one.FrameName, one.SearchFlags) for one in requests)

    def dispatch(self, url, arguments):
        """``arguments``: of a macro; from the menu there is none."""
        given = {one.Name: one.Value for one in arguments or ()}
        acts.run(self._context, self._frame, url.Path, given)

    def addStatusListener(self, listener, url):
        listener.statusChanged(FeatureStateEvent(self, url, "", True, False, None))

    def removeStatusListener(self, listener, url):
        """Nothing changes, nobody has to be told."""

    def getImplementationName(self):
        return NAME

    def supportsService(self, name):
        return name in SERVICES

    def getSupportedServiceNames(self):
        return SERVICES


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Handler, NAME, SERVICES)
