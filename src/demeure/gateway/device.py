"""« Firefox, Windows »: enough for a person to tell their own sessions apart, and nothing more of a browser is
kept."""

_BROWSERS = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome")),
    *(("Chrome", "Chrome"), ("Safari", "Safari")),
)
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def device(agent: str) -> str:
    """From a User-Agent header; empty when nothing in it is known."""
    found = [next((word for mark, word in table if mark in agent[:500]), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(word for word in found if word)
