"""The ways of making a draft, by the name that a task file gives them."""

from collections.abc import Mapping

from demeure.assistant.tasks.making import Recipe
from demeure.assistant.tasks.recipes.compare import Compare
from demeure.assistant.tasks.recipes.minutes import Minutes
from demeure.assistant.tasks.recipes.proofread import Proofread
from demeure.assistant.tasks.recipes.refine import Refine
from demeure.assistant.tasks.recipes.rewrite import Rewrite
from demeure.assistant.tasks.recipes.section import Resection
from demeure.assistant.tasks.recipes.summary import Summary
from demeure.assistant.tasks.recipes.table import Grid
from demeure.assistant.tasks.recipes.write import Write

RECIPES: Mapping[str, Recipe] = {
    "write": Write(),
    "rewrite": Rewrite(),
    "summary": Summary(),
    "minutes": Minutes(),
    "proofread": Proofread(),
    "compare": Compare(),
    "table": Grid(),
    "refine": Refine(),
    "section": Resection(),
}
"""« refine » and « section » are no task's: they are what « affiner » asks of any draft, and one section anew."""

__all__ = ["RECIPES"]
