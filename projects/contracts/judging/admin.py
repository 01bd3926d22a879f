"""Visits, reviews and audits on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from projects.contracts.forms import ReasonForm
from projects.contracts.judging import operations
from projects.contracts.judging.forms import AnswerForm
from projects.contracts.judging.models import ContractReview
from projects.contracts.terms.admin import OfContractAdmin

if TYPE_CHECKING:
    from django import forms
    from django_stubs_ext import StrOrPromise


@admin.register(ContractReview)
class ContractReviewAdmin(OfContractAdmin):
    """Visits, reviews and audits with what is to be mended; recorded on the contract's page."""

    list_display = ("contract", "kind", "held_on", "conclusion", "mend_by", "status")
    list_filter = ("kind", "conclusion", "status")
    search_fields = ("contract__number", "contract__title", "reviewer")
    row_name = "review"
    operations_of: ClassVar[dict[str, Any]] = {
        "answer": operations.answer_review,
        "settle": operations.settle_review,
        "return_answer": operations.return_answer,
    }
    forms_of: ClassVar[dict[str, type[forms.Form]]] = {"answer": AnswerForm, "return_answer": ReasonForm}
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.review.recorded": _("Visit or review recorded")}
