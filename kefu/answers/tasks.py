"""Jobs of this room: thin shells around its verbs."""

from __future__ import annotations

from uuid import UUID

from procrastinate import Blueprint

from kefu.answers import learning

jobs = Blueprint()


@jobs.task(name="learn_intents")
def learn_intents(lesson: str) -> None:
    learning.learn(UUID(lesson))
