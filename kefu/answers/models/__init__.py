from kefu.answers.models.assistants import Assistant, Band, Stage, Talk, Turn, WhyPerson
from kefu.answers.models.endpoints import Endpoint, Outcome, Phrasing, Spent
from kefu.answers.models.gaps import Gap, GapState
from kefu.answers.models.intents import About, Destination, Intent, Lesson, LessonState

__all__ = [
    "About",
    "Assistant",
    "Band",
    "Destination",
    "Endpoint",
    "Gap",
    "GapState",
    "Intent",
    "Lesson",
    "LessonState",
    "Outcome",
    "Phrasing",
    "Spent",
    "Stage",
    "Talk",
    "Turn",
    "WhyPerson",
]
