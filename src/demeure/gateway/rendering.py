"""Templates, compiled once at start, and what every one of them may say."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demeure.gateway import locale
from demeure.gateway.locale import Sentences


class Rendering:
    """Autoescaped, strict (an unknown name is an error, not a blank), no template is read after construction."""

    def __init__(self, sentences: Sentences) -> None:
        self.sentences = sentences
        loader = FileSystemLoader(Path(__file__).parent / "templates")
        self._environment = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        for name in self._environment.list_templates(extensions=["html"]):
            self._environment.get_template(name)

    def page(self, template: str, language: str, values: Mapping[str, Any]) -> str:
        """The whole text of ``template``, in ``language``."""
        return self._environment.get_template(template).render(**self._words(language), **values)

    def say(self, language: str, key: str, **fields: Any) -> str:
        """One sentence."""
        return self.sentences.say(language, key, **fields)

    def _words(self, language: str) -> dict[str, Any]:
        def moment(when: datetime) -> str:
            return locale.moment(language, when)

        return {
            "language": language,
            "t": lambda key, **fields: self.sentences.say(language, key, **fields),
            "n": lambda key, number, **fields: self.sentences.count(language, key, number, **fields),
            "whole": lambda number: locale.whole(language, number),
            "decimal": lambda number, figures=2: locale.decimal(language, number, figures),
            "size": lambda count: locale.size(language, count),
            "duration": lambda seconds: locale.duration(language, seconds),
            "moment": moment,
            "instant": datetime.fromisoformat,
            "hour": lambda when: locale.hour(language, when),
            "seconds": lambda spent: locale.seconds(language, spent),
            "day": lambda when: locale.day(language, when),
        }
