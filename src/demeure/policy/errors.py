"""The refusal of the house, when a decision has to become an exception."""

from demeure.errors import DemeureError


class Denied(DemeureError):
    """{why_en}"""

    fr = "{why_fr}"
    exit_code = 3
    http_status = 403
