"""How a matter came in, who else stands behind it, and with which others it is handled."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.models import Resident
from communities.people.queries import within
from communities.territory.models import Division
from consultation.matters.intake.lifecycle import JOINING, JoiningStatus
from consultation.matters.models import FILE_READERS, Matter
from governance import lifecycle
from governance.accounts.secrets import EncryptedTextField
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class NeedField(models.TextChoices):
    """What a need is about (Basis: fields of public service projects, report S2)."""

    ELDERLY = "ELDERLY", _("older people")
    DISABLED = "DISABLED", _("people with disabilities")
    YOUTH = "YOUTH", _("children and young people")
    RELIEF = "RELIEF", _("relief and hardship")
    CULTURE = "CULTURE", _("culture and sport")
    FACILITIES = "FACILITIES", _("housing and facilities")
    ENVIRONMENT = "ENVIRONMENT", _("environment and order")
    GOVERNANCE = "GOVERNANCE", _("community governance")
    OTHER = "OTHER", _("other needs")


class VisitKind(models.TextChoices):
    """How staff came to hear of needs outside the office."""

    WALK = "WALK", _("walk through the neighborhood")
    CONSOLATION = "CONSOLATION", _("visit to a household")
    QUESTIONNAIRE = "QUESTIONNAIRE", _("questionnaire filled in together")


class VisitQuerySet(models.QuerySet["Visit"]):
    """Reads over visits."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Visits of places that one handles, and one's own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, *FILE_READERS) | models.Q(recorded_by=user))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "recorded_by").annotate(need_count=models.Count("needs")).order_by("-pk")


class Visit(AppendOnly):
    """A visit from which needs were brought back (实地走访、入户慰问): who went, whom they met, what they found.

    Its needs are matters of their own (`needs`). Made by `consultation.matters.intake.operations.record_visit`.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("community"))
    kind = models.CharField(pgettext_lazy("visit", "kind"), max_length=20, choices=VisitKind)
    visited_on = models.DateField(_("visited on"))
    resident = models.ForeignKey(
        Resident,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resident on the register"),
    )
    person_name = models.CharField(_("who was met"), max_length=50)
    address = models.CharField(_("building and door"), max_length=200, blank=True)
    companion = models.CharField(_("went along"), max_length=50, blank=True)
    findings = models.TextField(_("what was found"), blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("recorded by"),
    )

    objects = VisitQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes: ClassVar = [models.Index(fields=["division", "-id"], name="visit_place")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=VisitKind.values), name="visit_kind_is_known"),
        ]

    def __str__(self) -> str:
        """Name the visit without the person: who was met stays out of the trail."""
        return f"{self.division} {self.visited_on} #{self.pk}"

    def get_absolute_url(self) -> str:
        """The visit's page."""
        return reverse("consultation:visit-detail", kwargs={"pk": self.pk})


class MatterIntake(models.Model):
    """How a matter came in: what it is compared by, whose it is where no log-in tells, out of which visit it grew.

    One to each matter, written with it. `phone_hash` is the keyed hash of the number that was left as contact.
    """

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, primary_key=True, related_name="intake", verbose_name=_("matter")
    )
    grams = ArrayField(models.IntegerField(), default=list, verbose_name=_("character pairs"))
    need_field = models.CharField(_("need"), max_length=20, choices=NeedField, blank=True)
    is_common = models.BooleanField(_("shared by many"), null=True, blank=True)
    is_hardship = models.BooleanField(_("of a household in hardship"), default=False)
    resident = models.ForeignKey(
        Resident,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resident on the register"),
    )
    phone_hash = models.CharField(_("hash of the contact's number"), max_length=64, blank=True, editable=False)
    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="needs", verbose_name=_("visit")
    )
    classified_at = models.DateTimeField(_("classified at"), null=True, blank=True, editable=False)
    classified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("classified by"),
    )

    class Meta:
        verbose_name = _("intake of a matter")
        verbose_name_plural = _("intakes of matters")
        triggers: ClassVar = [
            pgtrigger.Protect(name="whose_it_is_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="origin_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.matter_id, OLD.resident_id, OLD.phone_hash, OLD.visit_id) IS DISTINCT FROM "
                    "(NEW.matter_id, NEW.resident_id, NEW.phone_hash, NEW.visit_id))"
                ),
            ),
        ]
        indexes: ClassVar = [
            # Similar matters: those that share a rare character pair.
            GinIndex(fields=["grams"], name="matterintake_grams", fastupdate=False),
            # What came from one telephone number today.
            models.Index(fields=["phone_hash"], condition=~models.Q(phone_hash=""), name="matterintake_phone"),
            # The express line for people in hardship.
            models.Index(fields=["matter"], condition=models.Q(is_hardship=True), name="matterintake_hardship"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(need_field__in=["", *NeedField.values]), name="matterintake_field_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(classified_at=None, classified_by=None)
                | (models.Q(classified_at__isnull=False, classified_by__isnull=False) & ~models.Q(need_field="")),
                name="matterintake_classified_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.matter)

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.matter.division


class MatterSlip(models.Model):
    """The slip that somebody without a log-in takes home: a code under which they follow their matter.

    A lost slip is replaced: the old code opens nothing from then on. Made by `consultation.matters.intake.operations`.
    """

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="slips", verbose_name=_("matter"))
    code = EncryptedTextField(pgettext_lazy("slip", "code"), editable=False)
    code_hash = models.CharField(_("hash of the code"), max_length=64, unique=True, editable=False)
    issued_at = models.DateTimeField(_("issued at"), editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("issued by"),
    )
    revoked_at = models.DateTimeField(_("replaced at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("slip of a matter")
        verbose_name_plural = _("slips of matters")
        triggers: ClassVar = [
            pgtrigger.Protect(name="slips_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="replaced_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.revoked_at IS NOT NULL OR "
                    "(OLD.matter_id, OLD.code, OLD.code_hash, OLD.issued_at, OLD.issued_by_id) IS DISTINCT FROM "
                    "(NEW.matter_id, NEW.code, NEW.code_hash, NEW.issued_at, NEW.issued_by_id))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["matter"], condition=models.Q(revoked_at=None), name="matterslip_one_that_opens"
            ),
        ]

    def __str__(self) -> str:
        return str(self.matter)

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.matter.division


class MatterSupport(models.Model):
    """One person says that a public matter is theirs as well ("me too"), once; it stays with the matter it was given to.

    By the person, or recorded by staff for a resident without a log-in. Taken back it stays, and no longer counts.
    """

    matter = models.ForeignKey(
        Matter,
        on_delete=models.PROTECT,
        db_index=False,  # the unique constraints begin with it
        related_name="supports",
        verbose_name=_("matter"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    resident = models.ForeignKey(
        Resident,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resident without a log-in"),
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    supported_at = models.DateTimeField(_("supported at"))
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("support of a matter")
        verbose_name_plural = _("supports of matters")
        triggers: ClassVar = [
            pgtrigger.Protect(name="supports_stay", operation=pgtrigger.Delete),
            # Joining never moves it: neither the matter nor the person of a support changes.
            pgtrigger.Protect(
                name="never_moved",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.matter_id, OLD.user_id, OLD.resident_id, OLD.recorded_by_id) IS DISTINCT FROM "
                    "(NEW.matter_id, NEW.user_id, NEW.resident_id, NEW.recorded_by_id))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["matter", "user"], name="mattersupport_once_each"),
            models.UniqueConstraint(fields=["matter", "resident"], name="mattersupport_once_each_resident"),
            models.CheckConstraint(
                condition=models.Q(user=None, resident__isnull=False) | models.Q(user__isnull=False, resident=None),
                name="mattersupport_of_one_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter} · {self.pk}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.matter.division


class Voice(models.TextChoices):
    """How the question whether matters are handled together was answered."""

    PERSON = "PERSON", _("the person")
    SLIP = "SLIP", _("by the slip")
    STAFF = "STAFF", _("told to the staff")
    SILENCE = "SILENCE", _("no word within the days")


class MatterJoiningQuerySet(models.QuerySet["MatterJoining"]):
    """Reads over joinings."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Joinings of places that one handles, and those one is asked about."""
        if not user.is_authenticated:
            return self.none()
        mine = models.Q(matter__raised_by=user)
        return self.filter(within(user, *FILE_READERS, division="matter__division") | mine)

    def live(self) -> Self:
        """Joinings that are asked about or stand."""
        return self.filter(status__in=LIVE)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("matter__division", "lead__division", "asked_by").order_by("-pk")


LIVE = (JoiningStatus.ASKED, JoiningStatus.STANDING)


class MatterJoining(models.Model):
    """A matter is handled together with another that leads (status moved by `governance.lifecycle`).

    Nothing is moved by it: both matters, their supports and their people stay where they are. The person behind the
    joined matter is asked once; silence within the days counts as agreement, and they may split off at any time.
    Leads are not joined themselves. Made by `consultation.matters.intake.joining`.
    """

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="joinings", verbose_name=_("matter"))
    lead = models.ForeignKey(
        Matter, on_delete=models.PROTECT, related_name="joined", verbose_name=_("handled together with")
    )
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(
        _("status"), max_length=10, choices=JoiningStatus, default=JoiningStatus.ASKED, editable=False
    )
    asked_at = models.DateTimeField(_("asked at"), editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("asked by")
    )
    due_on = models.DateField(_("answer until"), editable=False)
    voice = models.CharField(_("who answered"), max_length=10, choices=Voice, blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("answered by"),
    )
    ended_at = models.DateTimeField(_("split off at"), null=True, blank=True, editable=False)
    end_reason = models.CharField(_("why split off"), max_length=300, blank=True, editable=False)

    objects = MatterJoiningQuerySet.as_manager()

    class Meta:
        verbose_name = _("joining of matters")
        verbose_name_plural = _("joinings of matters")
        triggers: ClassVar = [
            lifecycle.trigger(JOINING),
            pgtrigger.Protect(
                name="asked_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.matter_id, OLD.lead_id, OLD.reason, OLD.asked_at, OLD.asked_by_id, OLD.due_on) "
                    "IS DISTINCT FROM "
                    "(NEW.matter_id, NEW.lead_id, NEW.reason, NEW.asked_at, NEW.asked_by_id, NEW.due_on))"
                ),
            ),
            pgtrigger.Protect(name="joinings_stay", operation=pgtrigger.Delete),
        ]
        indexes: ClassVar = [
            # What is handled together with a matter.
            models.Index(fields=["lead", "status"], name="matterjoining_lead"),
            # Questions whose days run.
            models.Index(fields=["due_on"], condition=models.Q(status="ASKED"), name="matterjoining_due"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=JoiningStatus.values) & models.Q(voice__in=["", *Voice.values]),
                name="matterjoining_status_is_known",
            ),
            models.CheckConstraint(condition=~models.Q(matter=models.F("lead")), name="matterjoining_of_two_matters"),
            # People are asked once.
            models.UniqueConstraint(fields=["matter", "lead"], name="matterjoining_asked_once"),
            models.UniqueConstraint(
                fields=["matter"],
                condition=models.Q(status__in=["ASKED", "STANDING"]),
                name="matterjoining_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(status="ASKED", voice="") | (~models.Q(status="ASKED") & ~models.Q(voice="")),
                name="matterjoining_answered_by_a_voice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter.number} → {self.lead.number}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.matter.division
