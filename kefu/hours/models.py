"""Service hours as a plain weekly table in one time zone."""

from __future__ import annotations

from typing import ClassVar

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Refused

Week = dict[str, list[list[str]]]


def office_week() -> Week:
    return {str(day): [["09:00", "18:00"]] for day in range(5)}


class Schedule(models.Model):
    """When something is open. ``week`` maps "0" (Monday) … "6" to spans ``["09:00", "18:00"]``; a day ends at
    "24:00".
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="schedules")
    name = models.CharField(max_length=60)
    time_zone = models.CharField(max_length=60, default="Asia/Shanghai")
    week: models.JSONField[Week, Week] = models.JSONField(default=office_week)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "schedule"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="schedule_name_in_brand")
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def draw_up(cls, *, brand: Brand, name: str, time_zone: str, week: Week, by: Actor) -> Schedule:
        schedule = cls(brand=brand, name=name, time_zone=time_zone, week=week)
        schedule._keep("schedule.drawn_up", by=by)
        return schedule

    def change(self, *, name: str, time_zone: str, week: Week, by: Actor) -> None:
        self.name, self.time_zone, self.week = name, time_zone, week
        self._keep("schedule.changed", by=by)

    @transaction.atomic
    def remove(self, *, by: Actor) -> None:
        log.audit("schedule.removed", self, by=by)
        try:
            self.delete()
        except ProtectedError as problem:
            raise Refused(_("An inbox keeps these hours. Give it others first.")) from problem

    def _keep(self, fact: str, *, by: Actor) -> None:
        try:
            with transaction.atomic():
                self.save()
                log.audit(fact, self, by=by)
        except IntegrityError as problem:
            if "schedule_name_in_brand" not in str(problem):
                raise
            raise Refused(
                _("There are service hours of that name already. Choose another name.")
            ) from problem
