"""Files of donations from platforms: how their columns are read, what they hold, what came of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.files.lifecycle import OVER
from communities.territory.files.models import TakenFile
from communities.territory.models import Division
from funds.appeals.models import Appeal
from funds.charity.models import CommunityFund, HostCharity, own_charities
from funds.donations.lifecycle import DonationStatus
from funds.donations.models import Donation
from funds.intake.lifecycle import INTAKE, IntakeStatus
from funds.ledger.models import Period
from governance import lifecycle
from governance.money import YuanField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class MappingKind(models.TextChoices):
    """What the files hold whose columns a mapping names."""

    DONATIONS = "DONATIONS", _("donations of a platform")
    BANK = "BANK", _("statements of a bank")


class ColumnMappingQuerySet(models.QuerySet["ColumnMapping"]):
    """Reads over saved column mappings."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Mappings of the charities for which this person acts or whose place they work in."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, division="charity__division") | models.Q(charity__in=own_charities(user)))

    def for_list(self) -> Self:
        """Rows with what lists show, by name."""
        return self.select_related("charity__division").order_by("charity", "name", "pk")

    def of(self, kind: str) -> Self:
        """Mappings for one kind of file."""
        return self.filter(kind=kind)


class ColumnMapping(models.Model):
    """How one platform or bank heads the columns of its files: our name of a column to the heading in the file.

    `account` is the charity's account whose statements they are; a file of another is refused.
    """

    charity = models.ForeignKey(
        HostCharity, on_delete=models.PROTECT, related_name="column_mappings", verbose_name=_("charity")
    )
    kind = models.CharField(
        _("files of"), max_length=10, choices=MappingKind, default=MappingKind.DONATIONS, editable=False
    )
    name = models.CharField(_("platform"), max_length=60)
    account = models.CharField(_("own account"), max_length=40, blank=True)
    columns = models.JSONField(_("columns"))
    saved_at = models.DateTimeField(_("saved at"), editable=False)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("saved by")
    )

    objects = ColumnMappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["charity", "kind", "name"], name="columnmapping_name_is_unique"),
            models.CheckConstraint(condition=models.Q(kind__in=MappingKind.values), name="columnmapping_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(account="") | models.Q(kind="BANK"), name="columnmapping_account_is_a_banks"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.charity.division


class DonationIntakeQuerySet(models.QuerySet["DonationIntake"]):
    """Reads over files."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Files for the funds of one's places and charities, and one's own."""
        if not user.is_authenticated:
            return self.none()
        own = models.Q(fund__charity__in=own_charities(user)) | models.Q(uploaded_by=user)
        return self.filter(within(user, division="fund__division") | own)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "fund__charity", "appeal", "mapping", "uploaded_by").order_by(
            "-pk"
        )


class DonationIntake(TakenFile):
    """One file of donations for a fund (status by the lifecycle): read by a job, confirmed by another, posted whole.

    The same file is taken once per charity. `fresh`, `known` and `bad` count its rows.
    """

    fund = models.ForeignKey(CommunityFund, on_delete=models.PROTECT, related_name="intakes", verbose_name=_("fund"))
    charity = models.ForeignKey(
        HostCharity, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("charity")
    )
    appeal = models.ForeignKey(
        Appeal, on_delete=models.PROTECT, null=True, blank=True, related_name="intakes", verbose_name=_("appeal")
    )
    mapping = models.ForeignKey(
        ColumnMapping, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("columns")
    )
    fresh = models.PositiveIntegerField(_("new"), default=0, editable=False)
    known = models.PositiveIntegerField(_("recorded before"), default=0, editable=False)
    bad = models.PositiveIntegerField(_("unusable"), default=0, editable=False)
    total = YuanField(_("amount of the new ones"), default=0, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=IntakeStatus, default=IntakeStatus.UPLOADED, editable=False
    )
    posted_at = models.DateTimeField(pgettext_lazy("intake", "posted at"), null=True, blank=True, editable=False)

    objects = DonationIntakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of donations")
        verbose_name_plural = _("files of donations")
        triggers: ClassVar = [lifecycle.trigger(INTAKE)]
        indexes: ClassVar = [models.Index(fields=["fund", "-id"], name="donationintake_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["charity", "sha256"],
                condition=~models.Q(status__in=OVER),
                name="donationintake_file_is_taken_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=IntakeStatus.values), name="donationintake_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("uploaded_by")),
                name="donationintake_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.fund}"

    def get_absolute_url(self) -> str:
        """The file's page."""
        return reverse("funds:intake-detail", kwargs={"pk": self.pk})

    @property
    def has_unpublished(self) -> bool:
        """Whether donations of the file have neither a receipt nor a note on it yet; one query."""
        return self.rows.filter(donation__status=DonationStatus.RECEIVED).exists()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division


class Verdict(models.TextChoices):
    """What came of a row."""

    FRESH = "FRESH", _("new")
    KNOWN = "KNOWN", _("recorded before")
    BAD = "BAD", _("unusable")
    POSTED = "POSTED", pgettext_lazy("intake", "posted")


class IntakeRowQuerySet(models.QuerySet["IntakeRow"]):
    """Reads over rows of files."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rows of the files that this person may see."""
        return self.filter(intake__in=DonationIntake.objects.visible_to(user))

    def for_list(self) -> Self:
        """Rows in the order of the file."""
        return self.select_related("intake__fund__division", "intake__fund__charity").order_by("intake", "number")

    def in_closed_months(self) -> Self:
        """New rows paid in a month that the fund has closed: they are posted on the day of their posting."""
        months = Period.objects.filter(
            book=models.OuterRef("intake__fund__book"),
            year=models.OuterRef("paid_on__year"),
            month=models.OuterRef("paid_on__month"),
            closed_at__isnull=False,
        )
        return self.filter(models.Exists(months), verdict=Verdict.FRESH)


class IntakeRow(models.Model):
    """One row of a file as it was understood, or why it was not; what is posted points to its donation."""

    intake = models.ForeignKey(DonationIntake, on_delete=models.PROTECT, related_name="rows", verbose_name=_("file"))
    number = models.PositiveIntegerField(_("row"))
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    donor_name = models.CharField(_("donor"), max_length=100, blank=True)
    is_name_public = models.BooleanField(_("name may be published"), default=False)
    amount = YuanField(_("amount"), null=True)
    paid_on = models.DateField(_("paid on"), null=True)
    restricted_to = models.CharField(_("restricted to"), max_length=200, blank=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    donation = models.OneToOneField(
        Donation, on_delete=models.PROTECT, null=True, related_name="intake_row", verbose_name=_("donation")
    )

    objects = IntakeRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of a file of donations")
        verbose_name_plural = _("rows of files of donations")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["intake", "number"], name="intakerow_number_is_unique"),
            models.UniqueConstraint(
                fields=["intake", "reference"],
                condition=models.Q(verdict__in=["FRESH", "POSTED"]),
                name="intakerow_reference_is_unique",
            ),
            models.CheckConstraint(condition=models.Q(verdict__in=Verdict.values), name="intakerow_verdict_is_known"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["KNOWN", "BAD"])
                | (models.Q(amount__gt=0, paid_on__isnull=False) & ~models.Q(reference="")),
                name="intakerow_fresh_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="POSTED", donation__isnull=False)
                | (~models.Q(verdict="POSTED") & models.Q(donation=None)),
                name="intakerow_posted_is_a_donation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intake} {self.number}"

    @property
    def fund(self) -> CommunityFund:
        """The fund into which the file is taken."""
        return self.intake.fund

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.intake.fund.division

    @property
    def charity_id(self) -> int:
        """The key of the charity that takes the file in."""
        return self.intake.charity_id
