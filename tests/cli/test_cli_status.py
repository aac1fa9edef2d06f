"""``demeure status``: every difference, and why a part does not run, in the language asked for."""

import pytest

from demeure.cli.status_cmd import _show
from demeure.testing.gateway import process

FAILURE = {"code": "ModelHashWrong", "fr": "m.gguf est refusé.", "en": "m.gguf is refused."}


@pytest.mark.parametrize(("language", "shown"), [("fr", "m.gguf est refusé."), ("en", "m.gguf is refused.")])
def test_why_a_part_does_not_run_is_told(capsys: pytest.CaptureFixture[str], language: str, shown: str) -> None:
    absent = {"code": "absent", "fr": "ne tourne pas", "en": "is not running"}
    down = process("engine-chat", 0, 0, state="down", facts={}, differences=[absent], failure=FAILURE)
    _show({"ladder": "A", "processes": [process("gateway", 7, 1000), down]}, language)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("!")]
    assert [line.split(" : ")[1] for line in lines] == [absent[language], shown]
