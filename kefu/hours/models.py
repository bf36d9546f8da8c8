"""Service hours: a weekly table in one time zone, a country's public holidays, and a brand's special days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cached_property
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from kefu.events import log
from kefu.events.actors import Actor
from kefu.hours.calendar import Calendar
from kefu.hours.public_holidays import year_of
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Refused

FAR = timedelta(days=3 * 366)  # clocks look as far ahead as the last special day

Times = list[list[str]]
Week = dict[str, Times]


def office_week() -> Week:
    return {str(day): [["09:00", "18:00"]] for day in range(5)}


class Schedule(models.Model):
    """When something is open. ``week`` maps "0" (Monday) … "6" to spans ``["09:00", "18:00"]``; a day ends at
    "24:00". On the public holidays of its country it is closed; without a country it knows none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="schedules")
    name = models.CharField(max_length=60)
    time_zone = models.CharField(max_length=60, default="Asia/Shanghai")
    country = models.CharField(max_length=2, blank=True, default="", db_default="")
    subdivision = models.CharField(max_length=60, blank=True, default="", db_default="")
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
    def draw_up(
        cls,
        *,
        brand: Brand,
        name: str,
        time_zone: str,
        week: Week,
        by: Actor,
        country: str = "",
        subdivision: str = "",
    ) -> Schedule:
        schedule = cls(brand=brand, name=name, time_zone=time_zone, week=week)
        schedule.country, schedule.subdivision = country, subdivision
        schedule._keep("schedule.drawn_up", by=by)
        return schedule

    def change(
        self, *, name: str, time_zone: str, week: Week, by: Actor, country: str = "", subdivision: str = ""
    ) -> None:
        self.name, self.time_zone, self.week = name, time_zone, week
        self.country, self.subdivision = country, subdivision
        self._keep("schedule.changed", by=by)

    @transaction.atomic
    def remove(self, *, by: Actor) -> None:
        log.audit("schedule.removed", self, by=by)
        try:
            self.delete()
        except ProtectedError as problem:
            raise Refused(_("An inbox keeps these hours. Give it others first.")) from problem

    @cached_property
    def special_days(self) -> dict[date, SpecialDay]:
        """Its brand's, as they were when first asked. Prefetch ``brand__special_days`` before asking many schedules."""
        if self.brand_id is None:  # a draft
            return {}
        return {special.day: special for special in self.brand.special_days.all()}

    @property
    def calendar(self) -> Calendar:
        """Which days count as working days where these hours are kept."""
        own = {special.day: special.is_open for special in self.special_days.values()}
        return Calendar(ZoneInfo(self.time_zone), self.country, self.subdivision, own)

    def times_on(self, day: date) -> Times:
        """When it is open on a date; a night belongs to the date on which it begins."""
        special = self.special_days.get(day)
        if special is not None:
            return special.times or (self._as_worked(day) if special.is_open else [])
        known = year_of(self.country, self.subdivision, day.year)
        if day in known.holidays:
            return []
        return self._as_worked(day) if day in known.made_up else self.usual_times(day)

    def usual_times(self, day: date) -> Times:
        """By the table alone."""
        return self.week.get(str(day.weekday()), [])

    def _as_worked(self, day: date) -> Times:
        """A Saturday that is worked although the table closes it has the hours of the first day that has any."""
        return self.usual_times(day) or next(
            (times for _day, times in sorted(self.week.items()) if times), []
        )

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


class SpecialDay(models.Model):
    """A date on which all of a brand's service hours differ from their tables and from the public holidays."""

    class Kind(models.TextChoices):
        CLOSED = "closed", pgettext_lazy("service hours", "Closed")
        OPEN = "open", pgettext_lazy("service hours", "Open")

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="special_days")
    day = models.DateField()
    kind = models.CharField(max_length=6, choices=Kind)
    times: models.JSONField[Times, Times] = models.JSONField(default=list, blank=True)
    """Spans as in a week; none on an open day means the hours of that weekday, or of a working day."""
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "special_day"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "day"], name="special_day_in_brand"),
            models.CheckConstraint(
                condition=models.Q(kind="open") | models.Q(times=[]), name="special_day_closed_has_no_times"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"

    @property
    def is_open(self) -> bool:
        return self.kind == self.Kind.OPEN

    @classmethod
    @transaction.atomic
    def enter(
        cls, *, brand: Brand, days: Iterable[date], name: str, kind: str, times: Times, by: Actor
    ) -> None:
        """All of the days or none."""
        for day in days:
            cls(brand=brand, day=day, name=name, kind=kind, times=times)._keep("special_day.entered", by=by)

    @transaction.atomic
    def change(self, *, day: date, name: str, kind: str, times: Times, by: Actor) -> None:
        if not self._still_there():
            raise Refused(_("This day has been removed meanwhile."))
        self.day, self.name, self.kind, self.times = day, name, kind, times
        self._keep("special_day.changed", by=by)

    @transaction.atomic
    def remove(self, *, by: Actor) -> None:
        if self._still_there():
            log.audit("special_day.removed", self, by=by, date=self.day.isoformat(), state=self.kind)
            self.delete()

    def _still_there(self) -> bool:
        return SpecialDay.objects.select_for_update().filter(pk=self.pk).exists()

    def _keep(self, fact: str, *, by: Actor) -> None:
        if abs(self.day - timezone.localdate()) > FAR:
            raise Refused(_("Choose a day within three years from today."))
        try:
            with transaction.atomic():
                self.save()
                log.audit(fact, self, by=by, date=self.day.isoformat(), state=self.kind)
        except IntegrityError as problem:
            if "special_day_in_brand" not in str(problem):
                raise
            taken = date_format(self.day, "DATE_FORMAT")
            raise Refused(_("%(date)s is a special day already.") % {"date": taken}) from problem


def calendar_of(brand: Brand, *, time_zone: str, country: str = "", subdivision: str = "") -> Calendar:
    """The working days of a brand in a country, for deadlines that belong to no service hours."""
    own = {special.day: special.is_open for special in brand.special_days.all()}
    return Calendar(ZoneInfo(time_zone), country, subdivision, own)
