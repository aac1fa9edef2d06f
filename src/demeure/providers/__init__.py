"""Identity providers outside (OpenID Connect): what they say of who comes in, and whose account it is. Nothing
here opens a connection."""

from demeure.providers.declared import (
    PLACE,
    Provider,
    all_providers,
    find,
    keep,
    known,
    leads,
    led,
    put_back,
    read,
    remove,
    text_of,
    unusable,
)
from demeure.providers.errors import (
    NobodyHere,
    ProviderAnswer,
    ProviderInvalid,
    ProviderMoved,
    ProviderTaken,
    ProviderUnknown,
    SignInDeclined,
    SignInOver,
    TokenRefused,
)
from demeure.providers.linking import Admitted, Linking

__all__ = [
    "PLACE",
    "Admitted",
    "Linking",
    "NobodyHere",
    "Provider",
    "ProviderAnswer",
    "ProviderInvalid",
    "ProviderMoved",
    "ProviderTaken",
    "ProviderUnknown",
    "SignInDeclined",
    "SignInOver",
    "TokenRefused",
    "all_providers",
    "find",
    "keep",
    "known",
    "leads",
    "led",
    "put_back",
    "read",
    "remove",
    "text_of",
    "unusable",
]
