"""Where a one-time link leads: the address of this house, for whoever hands it over."""

from demeure.gateway.house import House


def link_address(house: House, token: str) -> str:
    """The whole address of a one-time link."""
    return f"{house_address(house)}/lien/{token}"


def house_address(house: House) -> str:
    """Scheme, host and port the pages are served on."""
    host = f"[{house.settings.host}]" if ":" in house.settings.host else house.settings.host
    return f"http://{host}:{house.port}"
