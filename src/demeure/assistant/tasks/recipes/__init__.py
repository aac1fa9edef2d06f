"""The ways of making a draft, by the name that a task file gives them."""

from collections.abc import Mapping

from demeure.assistant.tasks.making import Recipe
from demeure.assistant.tasks.recipes.compare import Compare
from demeure.assistant.tasks.recipes.proofread import Proofread
from demeure.assistant.tasks.recipes.refine import Refine
from demeure.assistant.tasks.recipes.rewrite import Rewrite
from demeure.assistant.tasks.recipes.summary import Summary
from demeure.assistant.tasks.recipes.table import Grid
from demeure.assistant.tasks.recipes.write import Write

RECIPES: Mapping[str, Recipe] = {
    "write": Write(),
    "rewrite": Rewrite(),
    "summary": Summary(),
    "proofread": Proofread(),
    "compare": Compare(),
    "table": Grid(),
    "refine": Refine(),
}
"""« refine » is no task's: it is what « affiner » asks of any draft."""

__all__ = ["RECIPES"]
