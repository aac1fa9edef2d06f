"""Request, stream and cancel over an inherited or handed socket."""

from demeure.wire.channel import Body, Channel, ChannelClosed, Handler, OperationUnknown, Reply
from demeure.wire.request import Request

__all__ = ["Body", "Channel", "ChannelClosed", "Handler", "OperationUnknown", "Reply", "Request"]
