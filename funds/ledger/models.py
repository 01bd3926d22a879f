"""The ledger: books, accounts, journals of transfers, balances, periods.

A transfer moves a positive amount from one account to another of the same book, so double entry holds by
construction. Journals and transfers are written once, by `funds.ledger.operations.post_journal`, and never changed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from funds.ledger.lifecycle import BOOK, SUSPENSION, BookStatus, SuspensionStatus
from funds.ledger.policy import GENESIS, STANDARD_NAMES
from governance import lifecycle
from governance.audit.models import AppendOnly
from governance.money import YuanField

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

NUMBER_FORM = "%d-%05d"


class Unit(models.TextChoices):
    """What a book counts."""

    YUAN = "YUAN", _("yuan")
    POINTS = "POINTS", _("points")


def readable(user: User | AnonymousUser, book: str = "") -> models.Q:
    """Return the filter of rows whose book this person may read: books of money everybody, others staff of the place."""
    public = models.Q(**{f"{book}unit": Unit.YUAN})
    return public | within(user, division=f"{book}division") if user.is_authenticated else public


class BookQuerySet(models.QuerySet["Book"]):
    """Reads over books."""

    def visible_to(self, user: User | AnonymousUser) -> BookQuerySet:
        """Books of money are public; books of points belong to people and are read by the staff of their place."""
        return self.filter(readable(user))

    def for_list(self) -> BookQuerySet:
        """Rows with what lists show."""
        return self.select_related("division")

    def with_balance(self) -> BookQuerySet:
        """Annotate `free`, `restricted` and `held`, the money that lies in the book: three indexed reads a row."""

        def total(condition: models.Q) -> models.functions.Coalesce:
            lying = Balance.objects.filter(condition, account__book=models.OuterRef("pk")).order_by()
            summed = lying.values("account__book").annotate(left=models.Sum(models.F("received") - models.F("given")))
            return models.functions.Coalesce(
                models.Subquery(summed.values("left")), models.Value(Decimal(0)), output_field=YuanField(max_digits=18)
            )

        is_free = models.Q(account__code=FREE)
        return self.annotate(
            free=total(is_free),
            restricted=total(models.Q(kind=AccountKind.POOL) & ~is_free),
            held=total(models.Q(kind=AccountKind.HOLD)),
        )


class Book(models.Model):
    """One set of accounts, such as that of one community fund.

    The head of the chain and the voucher counter stand here; the row is locked by every posting, which makes voucher
    numbers continuous and the chain one line. A frozen book (figures that do not agree) takes no posting; one with a
    suspension in force takes or gives no money (`is_intake_stopped`, `is_outgo_stopped`). Status moved by
    `governance.lifecycle`; triggers move the head with each journal and the stops with each suspension, and the
    application's role may not.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit, default=Unit.YUAN)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="books", verbose_name=_("division"))
    status = models.CharField(_("status"), max_length=10, choices=BookStatus, default=BookStatus.OPEN, editable=False)
    status_reason = models.CharField(_("reason"), max_length=200, blank=True)
    opened_on = models.DateField(_("opened on"))
    sequence = models.PositiveBigIntegerField(_("journals posted"), default=0, editable=False)
    head_hash = models.CharField(_("head of the chain"), max_length=64, default=GENESIS, editable=False)
    voucher_year = models.PositiveSmallIntegerField(_("voucher year"), default=0, editable=False)
    voucher_number = models.PositiveIntegerField(_("last voucher number"), default=0, editable=False)
    is_intake_stopped = models.BooleanField(_("takes no money"), default=False, editable=False)
    is_outgo_stopped = models.BooleanField(_("gives no money"), default=False, editable=False)

    moved_by_triggers: ClassVar = frozenset(
        {"sequence", "head_hash", "voucher_year", "voucher_number", "is_intake_stopped", "is_outgo_stopped"}
    )

    objects = BookQuerySet.as_manager()

    class Meta:
        verbose_name = _("book")
        verbose_name_plural = _("books")
        triggers: ClassVar = [lifecycle.trigger(BOOK)]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=BookStatus.values), name="book_status_is_known"),
            models.CheckConstraint(condition=models.Q(unit__in=Unit.values), name="book_unit_is_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Flow(models.TextChoices):
    """Which way money moves, seen from the book."""

    INTAKE = "INTAKE", _("money coming in")
    OUTGO = "OUTGO", _("money held for uses or going out")


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    """Reads over suspensions."""

    def visible_to(self, user: User | AnonymousUser) -> SuspensionQuerySet:
        """Suspensions of the books this person may read."""
        return self.filter(readable(user, "book__"))

    def in_force(self) -> SuspensionQuerySet:
        """Suspensions that nobody has lifted."""
        return self.filter(status=SuspensionStatus.IMPOSED)

    def for_list(self) -> SuspensionQuerySet:
        """Rows with what lists show."""
        return self.select_related("book__division", "book__fund", "imposed_by", "lifted_by")


class Suspension(models.Model):
    """A stop of one way of a book's money, in or out, that every posting meets (status moved by `governance.lifecycle`).

    Imposed by one person with a public reason and lifted by another. A trigger keeps the book's stops; the wall stands
    in the ledger, so that no path of posting can forget it.
    """

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="suspensions", verbose_name=_("book"))
    flow = models.CharField(_("suspended is"), max_length=10, choices=Flow)
    reason = models.CharField(_("reason"), max_length=200)
    lift_reason = models.CharField(_("why it was lifted"), max_length=200, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=SuspensionStatus, default=SuspensionStatus.IMPOSED, editable=False
    )
    imposed_at = models.DateTimeField(_("imposed at"))
    imposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("imposed by")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("lifted by"),
    )

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        triggers: ClassVar = [
            lifecycle.trigger(SUSPENSION),
            pgtrigger.Protect(
                name="imposed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.book_id, OLD.flow, OLD.reason, OLD.imposed_at, OLD.imposed_by_id) IS DISTINCT FROM "
                    "(NEW.book_id, NEW.flow, NEW.reason, NEW.imposed_at, NEW.imposed_by_id))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["book", "flow"], condition=models.Q(status="IMPOSED"), name="suspension_one_at_a_time"
            ),
            models.CheckConstraint(condition=models.Q(flow__in=Flow.values), name="suspension_flow_is_known"),
            models.CheckConstraint(
                condition=models.Q(status__in=SuspensionStatus.values), name="suspension_status_is_known"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="suspension_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(lifted_by=None) | ~models.Q(lifted_by=models.F("imposed_by")),
                name="suspension_lifted_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(status="IMPOSED", lifted_by=None)
                | (models.Q(status="LIFTED", lifted_by__isnull=False) & ~models.Q(lift_reason="")),
                name="suspension_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book}: {self.get_flow_display()}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.book.division

    @property
    def fund(self) -> Any:
        """The fund whose book it is, if it is one's."""
        return getattr(self.book, "fund", None)


class AccountKind(models.TextChoices):
    """What an account stands for."""

    SOURCE = "SOURCE", _("source")
    POOL = "POOL", _("pool")
    HOLD = "HOLD", _("hold")
    SINK = "SINK", _("use")


FREE = "pool:free"
"""The code of the pool without restriction, which every book has."""
EARMARKED = "pool:budget:"
"""How the codes of pools begin that hold free money set aside for a participatory budget: no donor restricts it."""


class AccountQuerySet(models.QuerySet["Account"]):
    """Reads over accounts."""

    def visible_to(self, user: User | AnonymousUser) -> AccountQuerySet:
        """Accounts of the books this person may read."""
        return self.filter(readable(user, "book__"))

    def for_list(self) -> AccountQuerySet:
        """Rows with what lists show: the balance in the same query."""
        return self.select_related("balance", "book")

    def with_balance(self) -> AccountQuerySet:
        """Annotate `amount`: what lies on a pool or hold, what has passed a source (negative) or a use."""
        return self.annotate(
            amount=models.ExpressionWrapper(
                models.F("balance__received") - models.F("balance__given"),
                output_field=YuanField(max_digits=18, signed=True),
            )
        )


class Account(models.Model):
    """A place in a book: an outside source, a pool of money, a hold on it, an outside use.

    `code` is stable within the book ("source:enterprise", "pool:free", "pool:restricted:12", "use:environment").
    Pools and holds can never go below zero; sources and uses only count what has passed.
    """

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("book"))
    code = models.CharField(_("code"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=AccountKind)
    name = models.CharField(_("name"), max_length=120)
    purpose = models.CharField(_("restricted to"), max_length=200, blank=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["book", "code"], name="account_code_is_unique_in_book"),
            # Target of the composite foreign keys (book, account) of the transfers.
            models.UniqueConstraint(fields=["book", "id"], name="account_belongs_to_its_book"),
            models.CheckConstraint(condition=models.Q(kind__in=AccountKind.values), name="account_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.book.division

    @property
    def label(self) -> StrOrPromise:
        """The name in the reader's language, where the account is one of the standard ones."""
        return STANDARD_NAMES.get(self.code, self.name)


class Balance(models.Model):
    """What went into and out of one account so far; kept by the trigger of the transfers, proven every night.

    No statement but that trigger may change a row. `kind` repeats the account's, for the check that pools and holds never go below zero.
    """

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, primary_key=True, related_name="balance", verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=AccountKind)
    received = YuanField(_("received"), max_digits=18, default=0)
    given = YuanField(_("given"), max_digits=18, default=0)

    moved_by_triggers: ClassVar = frozenset({"account", "kind", "received", "given"})

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["SOURCE", "SINK"]) | models.Q(received__gte=models.F("given")),
                name="balance_never_below_zero",
            ),
            models.CheckConstraint(condition=models.Q(received__gte=0, given__gte=0), name="balance_totals_only_grow"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.amount}"

    @property
    def amount(self) -> Decimal:
        """What lies on a pool or hold; what has passed a source (negative) or a use."""
        difference: Decimal = self.received - self.given
        return difference


class JournalKind(models.TextChoices):
    """What a journal records."""

    DONATION = "DONATION", _("donation")
    REINVESTMENT = "REINVESTMENT", _("reinvestment")
    MATCHING = "MATCHING", _("matching")
    SUPPORT = "SUPPORT", _("government support")
    INTEREST = "INTEREST", _("interest")
    HOLD = "HOLD", _("hold")
    RELEASE = "RELEASE", _("release of a hold")
    PAYMENT = "PAYMENT", _("payment")
    REFUND = "REFUND", _("refund")
    FEE = "FEE", _("management fee")
    ALLOCATION = "ALLOCATION", _("allocation")
    REVERSAL = "REVERSAL", _("reversal")


class JournalQuerySet(models.QuerySet["Journal"]):
    """Reads over journals."""

    def visible_to(self, user: User | AnonymousUser) -> JournalQuerySet:
        """Journals of the books this person may read."""
        return self.filter(readable(user, "book__"))

    def for_list(self) -> JournalQuerySet:
        """Rows with what lists show; two queries."""
        return self.select_related("book", "reverses").prefetch_related(
            models.Prefetch("transfers", Transfer.objects.order_by("line").select_related("source", "target"))
        )

    def for_detail(self) -> JournalQuerySet:
        """A voucher with its lines, what it reverses and what reverses it; two queries."""
        return self.for_list().select_related("book__division", "reversed_by")

    def dated(self, first: dt.date, end: dt.date) -> JournalQuerySet:
        """Journals that bear a date in the half-open range."""
        return self.filter(posted_on__gte=first, posted_on__lt=end)


class Journal(AppendOnly):
    """One voucher (凭证): a group of transfers with a continuous number, chained by hash to the journal before.

    `key` is the business key of the effect, unique in its book: posting it again returns the first journal. A
    correction is a journal of kind REVERSAL that names what it `reverses`; a journal can be reversed once. A journal and
    its transfers are written by one statement; a trigger refuses one that does not continue its book.
    """

    # No plain foreign key: a journal has transfers, whose accounts belong to the book.
    book = models.ForeignKey(
        Book,
        on_delete=models.PROTECT,
        related_name="journals",
        db_index=False,
        db_constraint=False,
        verbose_name=_("book"),
    )
    sequence = models.PositiveBigIntegerField(_("sequence"))
    year = models.PositiveSmallIntegerField(_("year"))
    voucher_number = models.PositiveIntegerField(_("voucher number"))
    kind = models.CharField(_("kind"), max_length=20, choices=JournalKind)
    posted_on = models.DateField(_("date"))
    posted_at = models.DateTimeField(_("posted at"))
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("posted by"),
    )
    key = models.CharField(_("business key"), max_length=120)
    memo = models.CharField(_("summary"), max_length=200)
    total = YuanField(_("total"))
    # The composite key (book, reverses) of the migration stands in for the plain one.
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="reversed_by",
        db_constraint=False,
        verbose_name=_("reverses"),
    )
    # The place in the feed that accounting systems read: nothing appears behind an older transaction.
    transaction_id = models.BigIntegerField(
        _("transaction"),
        editable=False,
        db_default=models.Func(function="txid_current", output_field=models.BigIntegerField()),
    )
    previous_hash = models.CharField(_("hash of the journal before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)

    objects = JournalQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        constraints: ClassVar = [
            # Also the list of a book, newest first, by keyset.
            models.UniqueConstraint(fields=["book", "sequence"], name="journal_sequence_is_unique"),
            # Target of the composite foreign keys (book, journal) of the transfers.
            models.UniqueConstraint(fields=["book", "id"], name="journal_belongs_to_its_book"),
            models.UniqueConstraint(fields=["book", "year", "voucher_number"], name="journal_voucher_is_unique"),
            models.UniqueConstraint(fields=["book", "key"], name="journal_effect_happens_once"),
            models.CheckConstraint(condition=models.Q(kind__in=JournalKind.values), name="journal_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(kind="REVERSAL", reverses__isnull=False)
                | (~models.Q(kind="REVERSAL") & models.Q(reverses=None)),
                name="journal_reversal_names_its_target",
            ),
        ]
        indexes: ClassVar = [
            # Statements of a period.
            models.Index(fields=["book", "posted_on"], name="journal_date"),
            # The list of a book narrowed by kind, newest first.
            models.Index(fields=["book", "kind", "-sequence"], name="journal_kind"),
            # The feed of vouchers, in the order in which nothing is overtaken.
            models.Index(fields=["transaction_id", "id"], name="journal_feed"),
        ]

    def __str__(self) -> str:
        return NUMBER_FORM % (self.year, self.voucher_number)

    def get_absolute_url(self) -> str:
        """The voucher's public page."""
        return reverse("funds:journal-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.book.division


class Transfer(AppendOnly):
    """One movement of a positive amount between two accounts of one book.

    Composite foreign keys (book, journal), (book, source) and (book, target), added by the migration, keep books apart
    and stand in for the plain ones. A statement trigger adds the amounts to the balances.
    """

    journal = models.ForeignKey(
        Journal,
        on_delete=models.PROTECT,
        related_name="transfers",
        db_index=False,
        db_constraint=False,
        verbose_name=_("journal"),
    )
    book = models.ForeignKey(
        Book, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("book")
    )
    line = models.PositiveSmallIntegerField(_("line"))
    source = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="outgoing",
        db_index=False,
        db_constraint=False,
        verbose_name=pgettext_lazy("transfer", "from"),
    )
    target = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="incoming",
        db_index=False,
        db_constraint=False,
        verbose_name=pgettext_lazy("transfer", "to"),
    )
    amount = YuanField(_("amount"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["journal", "line"], name="transfer_line_is_unique"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="transfer_amount_is_positive"),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="transfer_moves_between_two_accounts"
            ),
        ]
        indexes: ClassVar = [
            # The history of an account, and the nightly proof of its balance.
            models.Index(fields=["source", "id"], name="transfer_source"),
            models.Index(fields=["target", "id"], name="transfer_target"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target} {self.amount}"


class PeriodQuerySet(models.QuerySet["Period"]):
    """Reads over closed months."""

    def visible_to(self, user: User | AnonymousUser) -> PeriodQuerySet:
        """Months of the books this person may read."""
        return self.filter(readable(user, "book__"))

    def for_list(self) -> PeriodQuerySet:
        """Rows with what lists show."""
        return self.select_related("book__division", "proposed_by", "closed_by")


class Period(models.Model):
    """A closed month of a book: no posting may bear a date in it. Closed by one person, approved by another.

    `sequence` and `head_hash` say where the chain stood then, so that the month's statement can be had again as it was;
    `open_points` what was still under way. A closed month is never opened again: what was wrong in it is corrected by a
    voucher of a later one that names it.
    """

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="periods", verbose_name=_("book"))
    year = models.PositiveSmallIntegerField(_("year"))
    month = models.PositiveSmallIntegerField(_("month"))
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("closed by")
    )
    sequence = models.PositiveBigIntegerField(_("closed at journal"), null=True, editable=False)
    head_hash = models.CharField(_("head of the chain"), max_length=64, blank=True, editable=False)
    open_points = models.JSONField(_("still open when it was closed"), default=list, blank=True, editable=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["book", "year", "month"], name="period_once"),
            models.CheckConstraint(condition=models.Q(month__gte=1, month__lte=12), name="period_month_exists"),
            models.CheckConstraint(
                condition=models.Q(closed_by=None) | ~models.Q(closed_by=models.F("proposed_by")),
                name="period_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None)
                | (models.Q(sequence__isnull=False, closed_by__isnull=False) & ~models.Q(head_hash="")),
                name="period_closed_at_a_journal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.year}-{self.month:02d}"

    @property
    def name(self) -> str:
        """The month, as statements write it."""
        return f"{self.year}-{self.month:02d}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.book.division
