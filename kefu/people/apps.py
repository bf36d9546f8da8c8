from django.apps import AppConfig


class PeopleRoom(AppConfig):
    name = "kefu.people"
    label = "people"

    def ready(self) -> None:
        """Here and not in ``kefu.reactions``: mails are written by every process, jobs and commands too."""
        from kefu.events import deliveries
        from kefu.people import phrases

        deliveries.HEADS[:] = [phrases.head_of]
