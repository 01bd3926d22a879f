"""Conventions of a place, their versions, and the households that joined an agreement."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import PublicNotice
from communities.people.queries import within
from communities.territory.models import Division, inside
from consultation.ballots.models import Ballot
from consultation.ballots.policy import text_number
from consultation.conventions.lifecycle import IN_FORCE, VERSION, VersionStatus
from consultation.conventions.policy import (
    LONGEST_CHANGE,
    LONGEST_NUMBER,
    LONGEST_TITLE,
    ConventionKind,
)
from governance import lifecycle

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class ConventionQuerySet(models.QuerySet["Convention"]):
    """Reads over conventions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What the residents were shown is public; a convention of which there are drafts only is seen by the staff."""
        shown = ConventionVersion.objects.filter(convention=models.OuterRef("pk"), announced_at__isnull=False)
        return self.filter(models.Exists(shown) | within(user))

    def in_division(self, division: Division) -> Self:
        """Conventions of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with the version in force, newest first."""
        in_force = ConventionVersion.objects.filter(status__in=IN_FORCE).select_related("convention")
        return (
            self.select_related("division")
            .prefetch_related(models.Prefetch("versions", in_force, to_attr="in_force"))
            .order_by("-pk")
        )

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related("division")


class Convention(models.Model):
    """Rules that the residents of a place give themselves (居民公约、村规民约、共同协议), in numbered versions."""

    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="conventions", verbose_name=_("division")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ConventionKind)
    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    created_at = models.DateTimeField(_("created at"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("created by"),
    )

    in_force: list[ConventionVersion]
    """Brought by `for_list`: the version that binds today, if any."""

    objects = ConventionQuerySet.as_manager()

    class Meta:
        verbose_name = _("convention")
        verbose_name_plural = _("conventions")
        indexes: ClassVar = [
            # Conventions of a place, newest first.
            models.Index(fields=["division", "-id"], name="convention_place"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=ConventionKind.values), name="convention_kind_is_known"),
            models.UniqueConstraint(fields=["division", "title"], name="convention_once_in_a_place"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The convention's public page."""
        return reverse("consultation:convention-detail", kwargs={"pk": self.pk})


class ConventionVersionQuerySet(models.QuerySet["ConventionVersion"]):
    """Reads over versions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Versions that the residents were shown are public; the others are seen by the staff of the place."""
        return self.filter(models.Q(announced_at__isnull=False) | within(user, division="convention__division"))

    def in_force(self) -> Self:
        """Versions that bind today."""
        return self.filter(status__in=IN_FORCE)

    def to_file(self, day: dt.date) -> Self:
        """Versions whose last day for filing lies before this day."""
        return self.filter(status=VersionStatus.ADOPTED, filing_due_on__lt=day)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("convention__division", "notice", "ballot").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related("convention__division", "notice", "ballot__result", "ballot__rule")


class ConventionVersion(models.Model):
    """One wording of a convention (status moved by `governance.lifecycle`).

    Checked against the law by the street, shown to the residents, passed by their vote, filed with the street or the
    town, which may order a correction. At most one version of a convention is in force.
    """

    convention = models.ForeignKey(
        Convention, on_delete=models.PROTECT, related_name="versions", verbose_name=_("convention")
    )
    number = models.PositiveSmallIntegerField(_("version"), editable=False)
    text = models.TextField(_("text"), help_text=_("One article a line."))
    change = models.CharField(_("what changes and why"), max_length=LONGEST_CHANGE)
    status = models.CharField(
        _("status"), max_length=20, choices=VersionStatus, default=VersionStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("drafted by"),
    )
    check_opinion = models.TextField(_("opinion of the legal check"), blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True, editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("checked by"),
    )
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="convention_version",
        verbose_name=_("notice"),
    )
    announced_at = models.DateTimeField(_("announced at"), null=True, blank=True, editable=False)
    ballot = models.OneToOneField(
        Ballot,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="convention_version",
        verbose_name=_("ballot"),
    )
    adopted_at = models.DateTimeField(pgettext_lazy("convention", "adopted at"), null=True, blank=True, editable=False)
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("convention", "adopted by"),
    )
    effective_on = models.DateField(_("in force from"), null=True, blank=True, editable=False)
    filing_due_on = models.DateField(_("to be filed by"), null=True, blank=True, editable=False)
    filing_number = models.CharField(_("filing number"), max_length=LONGEST_NUMBER, blank=True, editable=False)
    filed_at = models.DateTimeField(_("filed at"), null=True, blank=True, editable=False)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("filed by"),
    )
    repealing_ballot = models.OneToOneField(
        Ballot,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="repealed_version",
        verbose_name=_("ballot that repealed it"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    end_reason = models.TextField(_("why it ended"), blank=True, editable=False)

    objects = ConventionVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a convention")
        verbose_name_plural = _("versions of conventions")
        triggers: ClassVar = [
            lifecycle.trigger(VERSION),
            pgtrigger.Protect(
                name="checked_text_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.status <> 'DRAFT' AND (OLD.text, OLD.change) IS DISTINCT FROM (NEW.text, NEW.change)) OR "
                    "(OLD.convention_id, OLD.number) IS DISTINCT FROM (NEW.convention_id, NEW.number))"
                ),
            ),
            pgtrigger.Protect(
                name="voted_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.status <> 'ANNOUNCED' AND OLD.ballot_id IS DISTINCT FROM NEW.ballot_id) OR "
                    "(OLD.status NOT IN ('ADOPTED', 'FILED') "
                    "AND OLD.repealing_ballot_id IS DISTINCT FROM NEW.repealing_ballot_id))"
                ),
            ),
            pgtrigger.Trigger(
                name="passed_by_a_vote",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status__in=["ADOPTED", "REPEALED"]),
                func="""
                    IF NEW.status <> OLD.status AND NOT EXISTS (
                        SELECT 1 FROM consultation_ballot AS ballot
                        JOIN consultation_ballotresult AS result ON result.ballot_id = ballot.id
                        JOIN consultation_convention AS convention ON convention.division_id = ballot.division_id
                        WHERE ballot.id = CASE NEW.status WHEN 'ADOPTED' THEN NEW.ballot_id
                                          ELSE NEW.repealing_ballot_id END
                            AND convention.id = NEW.convention_id
                            AND ballot.status = 'PUBLISHED' AND result.is_passed
                            AND ballot.frozen_at >= NEW.announced_at
                            AND (ballot.is_binding OR convention.kind = 'AGREEMENT')
                    ) THEN
                        RAISE EXCEPTION 'No vote has passed this text'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'version_passed_by_a_vote';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="shown_to_the_residents",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="ADOPTED"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM communities_publicnotice
                        WHERE id = NEW.notice_id AND status IN ('CLOSED_CLEAR', 'ARCHIVED')
                    ) THEN
                        RAISE EXCEPTION 'The notice of the draft has not closed'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'version_shown_to_the_residents';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # What waits for its filing.
            models.Index(
                fields=["filing_due_on"], condition=models.Q(status="ADOPTED"), name="conventionversion_to_file"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=VersionStatus.values), name="conventionversion_status_is_known"
            ),
            models.UniqueConstraint(fields=["convention", "number"], name="conventionversion_numbered_once"),
            models.UniqueConstraint(
                fields=["convention"],
                condition=models.Q(status__in=["ADOPTED", "FILED"]),
                name="conventionversion_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["convention"],
                condition=models.Q(status__in=["DRAFT", "CHECKED", "ANNOUNCED"]),
                name="conventionversion_one_on_its_way",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None) | ~models.Q(checked_by=models.F("drafted_by")),
                name="conventionversion_checked_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(filed_by=None) | ~models.Q(filed_by=models.F("adopted_by")),
                name="conventionversion_filed_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=VersionStatus.FILED) | ~models.Q(filing_number=""),
                name="conventionversion_filed_with_a_number",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["ADOPTED", "FILED"])
                | models.Q(effective_on__isnull=False, filing_due_on__isnull=False),
                name="conventionversion_in_force_has_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.convention.title} v{self.number}"

    def get_absolute_url(self) -> str:
        """The version's public page."""
        return reverse("consultation:convention-version", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place of the convention."""
        return self.convention.division

    @property
    def text_hash(self) -> str:
        """The SHA-256 of the text, by which the notice and the question of the vote name it."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def text_number(self) -> str:
        """The last twelve digits of the hash written as a decimal number, which people can compare and read out."""
        return text_number(self.text_hash)

    @property
    def is_in_force(self) -> bool:
        """Whether it binds today."""
        return self.status in IN_FORCE

    @property
    def step_due_on(self) -> dt.date | None:
        """The last day for the filing, while it waits for it."""
        return self.filing_due_on if self.status == VersionStatus.ADOPTED else None

    @property
    def desk_name(self) -> str:
        """What the worklist shows."""
        return f"{self.convention.title} v{self.number}"


class ConventionJoin(models.Model):
    """A resident who has joined an agreement (共同协议); who leaves it keeps the row with its end."""

    version = models.ForeignKey(
        ConventionVersion, on_delete=models.PROTECT, related_name="joins", verbose_name=_("version of a convention")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("resident")
    )
    joined_at = models.DateTimeField(pgettext_lazy("agreement", "joined at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("participant of an agreement")
        verbose_name_plural = _("participants of agreements")
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="left_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.left_at IS NOT NULL OR (OLD.version_id, OLD.user_id, OLD.joined_at) IS DISTINCT FROM "
                    "(NEW.version_id, NEW.user_id, NEW.joined_at))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "user"], condition=models.Q(left_at=None), name="conventionjoin_once"
            ),
            models.CheckConstraint(
                condition=models.Q(left_at=None) | models.Q(left_at__gte=models.F("joined_at")),
                name="conventionjoin_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.user_id}"
