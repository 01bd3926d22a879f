"""What bidders ask about an announced purchase (询问), and what the buyer answers them in days."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from projects.purchasing.models import Purchase

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class QuestionQuerySet(models.QuerySet["PurchaseQuestion"]):
    """Reads over questions on purchases."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Answered ones are public; others are seen by who asked and by those who work at the buyer."""
        public = models.Q(answered_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | models.Q(asked_by=user) | within(user, division="purchase__buyer"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("purchase__buyer").order_by("-pk")


class PurchaseQuestion(models.Model):
    """A question on an announced purchase; answered once within the days of the law, for all bidders alike to read.

    Who asked is told to nobody outside: the answer goes to everybody, so that no bidder knows more than another.
    Basis: Government Procurement Law art. 51; Regulations for it art. 52.
    """

    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, related_name="questions", verbose_name=_("purchase of a service")
    )
    text = models.CharField(pgettext_lazy("purchase", "question"), max_length=500)
    asked_at = models.DateTimeField(_("asked at"), editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("asked by"),
    )
    due_on = models.DateField(_("to be answered by"), editable=False)
    answer = models.TextField(pgettext_lazy("purchase", "answer"), blank=True, editable=False)
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

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question on a purchase")
        verbose_name_plural = _("questions on purchases")
        triggers: ClassVar = [
            lifecycle.columns_stay(
                "asked_question_stays", ("purchase_id", "text", "asked_at", "asked_by_id", "due_on")
            ),
            lifecycle.columns_stay(
                "answered_once", ("answer", "answered_at", "answered_by_id"), once="OLD.answered_at IS NOT NULL"
            ),
            pgtrigger.Trigger(
                name="while_it_is_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_purchase
                        WHERE id = NEW.purchase_id AND status IN ('CALLED', 'OPENED', 'PROPOSED')
                    ) THEN
                        RAISE EXCEPTION 'The purchase takes no questions'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchasequestion_while_it_is_open';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # Questions of a purchase, newest first.
            models.Index(fields=["purchase", "-id"], name="purchasequestion_purchase"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at=None, answered_by=None)
                | (~models.Q(answer="") & models.Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="purchasequestion_answered_with_words",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_by=None) | ~models.Q(answered_by=models.F("asked_by")),
                name="purchasequestion_answered_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purchase.number} · {self.text[:30]}"

    def get_absolute_url(self) -> str:
        """Where it is read: on the page of its purchase."""
        return f"{reverse('projects:purchase-detail', kwargs={'pk': self.purchase_id})}#questions"

    @property
    def division(self) -> Division:
        """The place that answers for this row: the buyer's."""
        return self.purchase.buyer
