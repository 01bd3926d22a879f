"""Clubs and interest groups: where they meet, who has joined and consented to what, what they do."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from communities.venues.models import Venue
from governance import lifecycle
from socialorgs.register.clubs.lifecycle import CLUB, ClubStatus
from socialorgs.register.deciding import Ended
from socialorgs.register.filing.models import Filing

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

OPEN_TO_ALL = [ClubStatus.ACTIVE.value, ClubStatus.GROWN.value, ClubStatus.DISSOLVED.value]


class ClubKind(models.TextChoices):
    """What a club is about."""

    CULTURE = "CULTURE", _("culture and arts")
    SPORT = "SPORT", _("sport and health")
    CRAFT = "CRAFT", _("crafts and gardening")
    LEARNING = "LEARNING", pgettext_lazy("club", "learning")
    CARE = "CARE", _("care and mutual help")
    OTHER = "OTHER", pgettext_lazy("club", "other")


class ClubQuerySet(models.QuerySet["Club"]):
    """Reads over clubs."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Clubs that were opened are public; others are seen by their founder and the staff of the place."""
        public = models.Q(status__in=OPEN_TO_ALL)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | within(user) | models.Q(proposed_by=user))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first: how many have joined, and when they meet next."""
        joined = ClubMember.objects.present().filter(club=models.OuterRef("pk")).order_by().values("club")
        counted = joined.annotate(count=models.Count("pk")).values("count")
        return (
            self.select_related("division__parent", "filing__organization", "venue")
            .annotate(members_count=models.Subquery(counted, output_field=models.IntegerField()))
            .order_by("-pk")
        )


class Club(Ended):
    """A club or interest group of residents (社团、兴趣社群) that meets in a venue (status moved by `governance.lifecycle`).

    It is no organization: it has no seal and no money of its own. Grown, it is filed, and `filing` leads to what it became.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("community"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=ClubKind)
    purpose = models.TextField(_("what it does"))
    place = models.CharField(_("where it meets"), max_length=200)
    venue = models.ForeignKey(
        Venue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="clubs",
        verbose_name=_("venue"),
        help_text=_("The venue of the place in which it meets; empty for a park or a yard."),
    )
    meets = models.CharField(_("when it meets"), max_length=100)
    most_members = models.PositiveIntegerField(_("members at most"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=ClubStatus, default=ClubStatus.PROPOSED, editable=False
    )
    proposed_at = models.DateTimeField(_("proposed at"), editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("led by"),
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("opened by"),
    )
    filing = models.OneToOneField(
        Filing,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="club",
        editable=False,
        verbose_name=_("filing"),
    )

    objects = ClubQuerySet.as_manager()

    class Meta:
        verbose_name = _("club")
        verbose_name_plural = _("clubs")
        triggers: ClassVar = [lifecycle.trigger(CLUB)]
        indexes: ClassVar = [
            # The clubs of a place, newest first.
            models.Index(fields=["division", "-id"], name="club_place"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ClubStatus.values, kind__in=ClubKind.values),
                name="club_status_and_kind_are_known",
            ),
            models.UniqueConstraint(
                fields=["division", "name"],
                condition=models.Q(status__in=["PROPOSED", "ACTIVE"]),
                name="club_name_is_free",
            ),
            models.CheckConstraint(
                condition=models.Q(opened_by=None) | ~models.Q(opened_by=models.F("proposed_by")),
                name="club_opened_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="GROWN") | models.Q(filing__isnull=False), name="club_grows_by_a_filing"
            ),
            models.CheckConstraint(
                condition=models.Q(most_members=None) | models.Q(most_members__gte=1), name="club_has_room"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The club's page."""
        return reverse("socialorgs:club-detail", kwargs={"pk": self.pk})


class ClubMemberQuerySet(models.QuerySet["ClubMember"]):
    """Reads over members, who are never public."""

    def present(self) -> Self:
        """Those who have not left."""
        return self.filter(left_at=None)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Oneself, those of the clubs one leads, and those of the places one works in."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            models.Q(user=user) | models.Q(club__proposed_by=user) | within(user, division="club__division")
        )


class ClubMember(models.Model):
    """Somebody who has joined a club, having agreed to be kept on its list; `may_be_named` when it is filed.

    Basis: Personal Information Protection Law art. 13, 14, 15: consent is asked for each purpose and can be withdrawn.
    """

    club = models.ForeignKey(Club, on_delete=models.PROTECT, related_name="members", verbose_name=_("club"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("member")
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=50)
    may_be_named = models.BooleanField(_("may be named when the club is filed"), default=False)
    joined_at = models.DateTimeField(_("joined and agreed at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    objects = ClubMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a club")
        verbose_name_plural = _("members of clubs")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["club", "user"], condition=models.Q(left_at=None), name="clubmember_joins_once"
            ),
            models.CheckConstraint(
                condition=models.Q(left_at=None) | models.Q(left_at__gte=models.F("joined_at")),
                name="clubmember_leaves_after_joining",
            ),
            # Whoever has left is named nowhere any more.
            models.CheckConstraint(
                condition=models.Q(left_at=None) | models.Q(may_be_named=False, name=""),
                name="clubmember_forgotten_when_gone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.club} · {self.name}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.club.division


class ClubActivity(models.Model):
    """Something that a club does on a day; afterwards told with how many came."""

    club = models.ForeignKey(Club, on_delete=models.PROTECT, related_name="events", verbose_name=_("club"))
    title = models.CharField(_("title"), max_length=120)
    place = models.CharField(pgettext_lazy("event", "place"), max_length=200)
    starts_at = models.DateTimeField(_("begins at"))
    attended = models.PositiveIntegerField(_("how many came"), null=True, blank=True)
    report = models.TextField(_("what it was like"), blank=True)
    announced_at = models.DateTimeField(_("announced at"))
    announced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("announced by")
    )
    told_at = models.DateTimeField(pgettext_lazy("club", "told at"), null=True, blank=True)

    class Meta:
        verbose_name = _("activity of a club")
        verbose_name_plural = _("activities of clubs")
        indexes: ClassVar = [
            # What a club does, latest first.
            models.Index(fields=["club", "-starts_at"], name="clubactivity_latest"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["club", "starts_at"], name="clubactivity_one_at_a_time"),
            # Nobody has come to what has not begun.
            models.CheckConstraint(
                condition=models.Q(attended=None, told_at=None)
                | models.Q(attended__isnull=False, told_at__gte=models.F("starts_at")),
                name="clubactivity_told_after_it",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.club.division

    def is_open_on(self, now: dt.datetime) -> bool:
        """Whether it is still to come."""
        return self.starts_at > now
