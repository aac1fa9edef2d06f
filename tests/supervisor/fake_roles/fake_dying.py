"""Dies as soon as it is born."""

from demeure.supervisor import Birth


def main(birth: Birth) -> int:
    return 7
