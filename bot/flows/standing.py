"""People in the middle of a guide: a step on which they stand may be renamed, but not vanish without a word on where they go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.flows.diagnostics import Diagnostic
from bot.flows.loader import Loaded
from bot.flows.schema_errors import near

Standing = Mapping[tuple[str, str], int]  # (guide, step) -> people


def left_behind(loaded: Loaded, standing: Standing) -> Iterator[Diagnostic]:
    """One error for each step that is gone, has no `moved:`, and on which people stand."""
    for draft in loaded.guide_drafts:
        model = draft.model
        for (guide_id, step_id), people in sorted(standing.items()):
            if guide_id == model.guide and step_id not in model.steps and model.moved.get(step_id) not in model.steps:
                path = ("moved",) if draft.tree.child("moved") else ("steps",)
                params = {"name": step_id, "people": str(people), "near": near(step_id, model.steps)}
                yield draft.finding("people-stand-here", path, params, at_key=True)
