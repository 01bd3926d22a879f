"""The contracts room on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from funds.spending.lifecycle import PaymentStatus, RequestStatus
from funds.spending.models import SpendingRequest
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, EditsAdmin, Follow, MovesAdmin, display
from projects.contracts import drafting, evaluating, operations
from projects.contracts.forms import (
    ContractForm,
    CorrectionForm,
    EvaluationForm,
    EvaluationNameForm,
    EvidenceForm,
    FieldForm,
    FilingForm,
    ReasonForm,
    ReportForm,
    WithheldForm,
    corrected,
)
from projects.contracts.grades import FAILED, held_by_grade, may_decide, may_name_next
from projects.contracts.lifecycle import SIGNED, ContractStatus
from projects.contracts.models import Contract, Milestone
from projects.contracts.queries import (
    clocks_of,
    contract_for,
    contract_on_grant,
    contract_on_purchase,
    heavy_parts,
    next_due,
    rest_waits_for,
)
from projects.contracts.terms import operations as terms
from projects.contracts.terms.forms import SettlementForm
from projects.contracts.terms.models import Ground
from projects.contracts.terms.queries import unused_of
from projects.evaluation import operations as evaluation
from projects.evaluation.forms import places_of
from projects.evaluation.models import SubjectKind
from projects.grants.models import GrantAward
from projects.purchasing.awarding.models import PurchaseAward
from socialorgs.register.barring.queries import proposal_told

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def _release(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data
    number = next_due(row)
    if number is not None:
        operations.release_instalment(by=by, now=now, contract=row, number=number)


def _join(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data
    operations.join_contract(by=by, now=now, contract=row)


def _correct(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    corrected(by=by, now=now, contract=row, **data)


def _file(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.record_filing(by=by, now=now, contract=row, filed_on=data["filed_on"], number=data["number"])


def _propose_settlement(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    terms.propose_settlement(by=by, now=now, contract=row, **data)


def _reckon_unused(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data
    terms.reckon_unused(by=by, now=now, contract=row)


def _name_field(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.name_field(by=by, now=now, contract=row, **data)


def _nothing_due(row: Contract) -> StrOrPromise | None:
    return None if next_due(row) is not None else held_by_grade(row) or _("No instalment is due yet.")


def _name_evaluation(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    evaluating.attach_evaluation(by=by, now=now, contract=row, evaluation=data["evaluation"])


def _plan_evaluation(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    """Plan the evaluation of what the contract is about, and name it in the contract; both or neither."""
    with transaction.atomic():
        plan = evaluation.plan_evaluation(
            by=by,
            now=now,
            today=clock.today(),
            title=gettext("Evaluation: %(title)s") % {"title": row.title},
            subject_kind=SubjectKind.PROJECT,
            subject_name=row.title,
            division=row.division,
            template=data["template"],
            period_from=row.starts_on,
            period_to=row.ends_on,
            opens_on=data["opens_on"],
            closes_on=data["closes_on"],
            implementer=row.organization,
        )
        evaluating.attach_evaluation(by=by, now=now, contract=row, evaluation=plan)


def _pay_despite(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    evaluating.pay_despite_grade(by=by, now=now, contract=row, reason=data["reason"])


def _withhold(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    terms.withhold_rest(by=by, now=now, contract=row, **data)


UNRELEASED = Q(instalments__payment=None) | Q(instalments__payment__status=PaymentStatus.CANCELLED)


@admin.register(Contract)
class ContractAdmin(EditsAdmin, MovesAdmin):
    """Contracts with their moves; instalments are released here, payments made in the spending room."""

    view_permission = "projects.view_contract_file"
    add_permission = "projects.manage_contract"
    form = ContractForm
    list_display = ("number", "title", "organization", "division", "amount", "status")
    list_select_related = ("organization", "division")
    list_filter = ("status", "field")
    search_fields = ("number", "title", "organization__name")
    ordering = ("-pk",)
    autocomplete_fields = ("organization",)
    readonly_fields = ("budget", "items", "parts", "course", "legal_days", "rest")
    acts: ClassVar[dict[str, StrOrPromise]] = {
        drafting.DRAFTED: _("Contract drafted"),
        drafting.CORRECTED: _("Draft corrected"),
        evaluating.NAMED: _("Evaluation named"),
        evaluating.DESPITE_GRADE: _("Decided to pay the rest although the evaluation was failed"),
        "projects.contract.field_named": _("Field named"),
        "projects.contract.instalment_released": _("Instalment released"),
        "projects.acceptance_opinion.given": _("Opinion on a delivery given"),
        "projects.acceptance_opinion.taken": _("Opinion on a delivery taken down"),
        "projects.acceptance_sample.drawn": _("Residents drawn by lot"),
        "projects.contract.joined": _("Signed for the community"),
        "projects.contract.filed": _("Copy filed with the finance department"),
        "projects.deliverable.judged": _("Item judged"),
    }
    follows = (
        Follow(
            "funds.SpendingRequest",
            "projects.Contract",
            _("Draft a contract"),
            "projects.manage_contract",
            waiting=lambda rows: rows.filter(status=RequestStatus.APPROVED, contracts=None, payments=None),
            given=contract_for,
        ),
        Follow(
            "projects.PurchaseAward",
            "projects.Contract",
            _("Draft a contract"),
            "projects.manage_contract",
            waiting=lambda rows: rows.filter(status="FINAL", contracts=None),
            given=contract_on_purchase,
        ),
        Follow(
            "projects.GrantAward",
            "projects.Contract",
            _("Draft a contract"),
            "projects.manage_contract",
            waiting=lambda rows: rows.filter(status="GRANTED", contracts=None),
            given=contract_on_grant,
        ),
    )
    forms_of_moves: ClassVar[dict[str, type[forms.Form]]] = {"report_delivery": ReportForm}
    deeds = (
        Deed(
            "edit",
            _("Correct the draft"),
            "projects.manage_contract",
            _correct,
            is_open=lambda row: row.status == ContractStatus.DRAFT,
        ),
        Deed(
            "join",
            _("Sign for the community"),
            "projects.join_contract",
            _join,
            is_open=lambda row: row.status == ContractStatus.AGREED and row.joined_at is None,
            other_than=lambda row: {row.offered_by_id, row.agreed_by_id},
            waiting=lambda rows: rows.filter(status=ContractStatus.AGREED, joined_at=None).exclude(
                purchase=None, grant=None
            ),
        ),
        Deed(
            "file",
            _("Write down the filing of the copy"),
            "projects.manage_contract",
            _file,
            form=FilingForm,
            is_open=lambda row: row.purchase_id is not None and row.signed_on is not None and row.filed_on is None,
            waiting=lambda rows: rows.filter(purchase__isnull=False, signed_on__isnull=False, filed_on=None),
        ),
        Deed(
            "settlement",
            _("Propose how it ends early"),
            "projects.manage_contract",
            _propose_settlement,
            form=SettlementForm,
            is_grave=True,
            is_open=lambda row: row.status == ContractStatus.RUNNING,
        ),
        Deed(
            "unused",
            _("Reckon what is left of the grant"),
            "projects.manage_contract",
            _reckon_unused,
            is_open=lambda row: row.status == ContractStatus.ACCEPTED and bool(unused_of(row)),
        ),
        Deed(
            "release",
            _("Release an instalment"),
            "projects.manage_contract",
            _release,
            is_open=lambda row: row.status in SIGNED,
            hindrance=_nothing_due,
            waiting=lambda rows: rows.filter(UNRELEASED, status__in=SIGNED).distinct(),
        ),
        Deed(
            "plan_evaluation",
            _("Plan its evaluation"),
            "projects.manage_evaluation",
            _plan_evaluation,
            form=EvaluationForm,
            is_open=may_name_next,
            waiting=lambda rows: rows.filter(status__in=(ContractStatus.DELIVERED, ContractStatus.ACCEPTED)).filter(
                evaluation=None
            ),
        ),
        Deed(
            "evaluation",
            _("Name the evaluation"),
            "projects.manage_contract",
            _name_evaluation,
            form=EvaluationNameForm,
            is_open=may_name_next,
        ),
        Deed(
            "despite_grade",
            _("Pay the rest although the evaluation was failed"),
            "projects.sign_contract",
            _pay_despite,
            form=ReasonForm,
            is_grave=True,
            is_open=may_decide,
            waiting=lambda rows: (
                rows.filter(FAILED, status=ContractStatus.ACCEPTED, despite_at=None)
                .filter(UNRELEASED)
                .exclude(settlement__ground=Ground.FAILED)
                .distinct()
            ),
        ),
        Deed(
            "withhold",
            _("Do not pay the rest: the evaluation was failed"),
            "projects.sign_contract",
            _withhold,
            form=WithheldForm,
            is_grave=True,
            is_open=lambda row: row.status == ContractStatus.ACCEPTED and may_decide(row, again=True),
        ),
        Deed("field", _("Say in which field it serves"), "projects.manage_contract", _name_field, form=FieldForm),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = ContractForm.Meta.fields
        if obj is None:
            return [*entered, "grounds", "instalments", "lines", "deliverables", "milestones"]
        people = ("drafted_by", "offered_by", "agreed_by", "joined_by", "signed_by", "delivered_by", "accepted_by")
        more = (
            "evaluation",
            "rest",
            "despite_grade",
            "prolonged_to",
            "opinions_needed",
            "budget",
            "items",
            "parts",
            "course",
            "delivery_report",
            "legal_days",
            "filed_on",
            "filing_number",
        )
        return ["number", *entered, *more, "status", *people]

    @display(description=_("instalments"))
    def parts(self, row: Contract) -> str:
        """Show the instalments with their conditions."""
        return "\n".join(
            f"{part.number}. {part.percent.normalize():f}% {format_yuan(part.amount)} {part.get_condition_display()}"
            for part in row.instalments.all()
        )

    @display(description=_("the last instalment and the evaluation"))
    def rest(self, row: Contract) -> str:
        """Show whether the last instalment waits for the evaluation, or for who decides after it was failed."""
        return rest_waits_for(row) or "-"

    @display(description=_("days of the law"))
    def legal_days(self, row: Contract) -> str:
        """Show by when it is to be signed, published and filed, and what of it was done."""
        return "\n".join(one.said for one in clocks_of(row, clock.today())) or "-"

    @display(description=_("budget lines"))
    def budget(self, row: Contract) -> str:
        """Show the lines of the budget, with a warning where personnel or administration take much of it."""
        lines = list(row.lines.all())
        shown = [f"{line} {line.get_category_display()} {format_yuan(line.amount)}" for line in lines]
        return "\n".join([*shown, *heavy_parts(row, clock.today())])

    @display(description=_("items"))
    def items(self, row: Contract) -> str:
        """Show what is promised and what was found."""
        return "\n".join(
            f"{item} {item.target.normalize():f} {item.unit} {item.get_result_display()}"
            for item in row.deliverables.all()
        )

    @display(description=_("milestones"))
    def course(self, row: Contract) -> str:
        """Show the milestones with their states."""
        return "\n".join(
            f"{step.number}. {step.title} {step.due_on} {step.get_status_display()}" for step in row.milestones.all()
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts and the requests whose money is held there."""
        standing = Contract.objects.exclude(status=ContractStatus.TERMINATED)
        if db_field.name == "division":
            kwargs["queryset"] = places_of(request.user)
        elif db_field.name == "purchase":
            free = PurchaseAward.objects.filter(status="FINAL").exclude(contracts__in=standing)
            kwargs["queryset"] = free.filter(within(request.user, division="landing")).order_by("-pk")
        elif db_field.name == "grant":
            given = GrantAward.objects.filter(status="GRANTED").exclude(contracts__in=standing)
            kwargs["queryset"] = given.filter(within(request.user)).order_by("-pk")
        elif db_field.name == "request":
            held = SpendingRequest.objects.filter(status=RequestStatus.APPROVED)
            kwargs["queryset"] = held.filter(within(request.user, division="fund__division")).order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Draft the contract."""
        return drafting.draft_contract(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def edit_form(self, row: Any) -> Callable[..., forms.BaseForm]:
        """Return what the draft says."""
        return partial(CorrectionForm, instance=row)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what the move asks for."""
        return self.forms_of_moves.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "sign":
            return operations.sign_contract(by=by, now=now, today=clock.today(), contract=row)
        by_name: dict[str, Any] = {
            "offer": operations.offer_contract,
            "agree": operations.agree_contract,
            "report_delivery": operations.report_delivery,
            "return_delivery": operations.return_delivery,
            "accept": operations.accept_contract,
            "close": operations.close_contract,
            "terminate": operations.terminate_contract,
        }
        needs = {"report_delivery": ("report",), "return_delivery": ("reason",), "terminate": ("reason",)}
        given = {key: data[key] for key in needs.get(name, ())}
        made: Model = by_name[name](by=by, now=now, contract=row, **given)
        if name == "terminate" and (said := proposal_told(row.organization_id, row.number)):
            messages.info(request, said)
        return made


@admin.register(Milestone)
class MilestoneAdmin(MovesAdmin):
    """Milestones with their moves."""

    view_permission = "projects.view_contract_file"
    list_display = ("title", "contract", "due_on", "status")
    list_select_related = ("contract__division", "contract__organization")
    list_filter = ("status",)
    search_fields = ("title", "contract__number", "contract__title")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show the milestones of the contracts that the viewer may see."""
        rows = super().get_queryset(request).select_related("contract__division", "contract__organization")
        return rows.filter(contract__in=Contract.objects.visible_to(request.user))

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what the move asks for."""
        return {"report": EvidenceForm, "send_back": ReasonForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "report":
            report, evidence = data["report"], data["evidence"]
            return operations.report_milestone(by=by, now=now, milestone=row, report=report, evidence=evidence)
        if name == "confirm":
            return operations.confirm_milestone(by=by, now=now, milestone=row)
        return operations.return_milestone(by=by, now=now, milestone=row, reason=data["reason"])
