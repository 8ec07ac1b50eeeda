"""Talks without a server: what a conversation in a file, in the terminal or in the studio needs around the engine."""

from __future__ import annotations

from bot.channels.fit import fit
from bot.channels.registry import CAPABILITIES, capabilities
from bot.dialogue.talks import Surroundings
from bot.service.content import Content
from bot.service.understand import Understanding


def surroundings(content: Content) -> Surroundings:
    """Masking, the embedded classifier and the apps' limits, as on the server."""
    return Surroundings(
        library=content.library,
        channels=CAPABILITIES,
        understand=Understanding(content.classifier.parse),
        fit=lambda channel, reply: fit(reply, capabilities(channel)),
    )
