"""What everybody may read about community enterprises, and what their own people do on the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from funds.enterprises import operations, queries
from funds.enterprises.files import files_of
from funds.enterprises.filters import EnterpriseFilter
from funds.enterprises.form_page import EnterpriseRowForm, enterprise_for
from funds.enterprises.forms import AuditForm, DeclarationForm, FiguresForm, ReasonForm, StatementForm
from funds.enterprises.legal import told
from funds.enterprises.letting.queries import public_assets
from funds.enterprises.lifecycle import DECLARATION, DeclarationStatus
from funds.enterprises.models import (
    AUDITED_STATUSES,
    FIGURES,
    PAPERS,
    STATEMENTS,
    AuditOccasion,
    CommunityEnterprise,
    ProfitDeclaration,
)
from funds.enterprises.records.drawing import picture_of
from funds.enterprises.records.queries import entries, lines_of, months_of, public_income, totals
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Refusals, back, handed_out, keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from communities.notices.models import Attachment

SHOWN = 20


@require_safe
def enterprise_list(request: HttpRequest) -> HttpResponse:
    """List the enterprises, narrowed by name, place and form."""
    narrowed = EnterpriseFilter(request.GET, CommunityEnterprise.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else CommunityEnterprise.objects.none()
    page = keyset_page(rows, request)
    return render(request, "funds/enterprises/list.html", {"filter": narrowed, "page": page})


@require_safe
def enterprise_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an enterprise with its published years, and to its own people and staff what is under way."""
    rows = CommunityEnterprise.objects.visible_to(request.user).for_detail()
    enterprise = get_object_or_404(rows, pk=pk)
    handles = request.user.has_perm("funds.view_enterprise_file", enterprise)
    years = queries.published_years(enterprise)
    context = {
        "enterprise": enterprise,
        "form_rules": list(told(enterprise.legal_form)),
        "parts": list(enterprise.shareholders.filter(valid_to=None).order_by("-share", "pk")),
        "assets": public_assets(enterprise, clock.today()),
        "income": public_income(enterprise, years[0] if years else None),
        "term_audit": queries.term_audit_due(enterprise, clock.today()) if handles else None,
        "trail": list(Division.objects.ancestors(enterprise.division)),
        "years": years,
        "bars": queries.bars_of(years),
        "declarations": list(enterprise.declarations.for_list()[:SHOWN]) if handles else [],
        "handles": handles,
        "may_declare": request.user.has_perm("funds.submit_declaration", enterprise),
    }
    return render(request, "funds/enterprises/detail.html", context)


@login_required
@require_safe
def enterprise_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand a file of an enterprise out to those who act for it or oversee its place."""
    enterprise = enterprise_for(request, pk)
    if not request.user.has_perm("funds.view_enterprise_file", enterprise):
        raise PermissionDenied
    row = get_object_or_404(files_of(enterprise), pk=file)
    return handed_out(row.file, name=row.name, content_type=row.content_type)


class Mine(LoginRequiredMixin, View):
    """The enterprises for which the person acts, with what they have declared."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them; two queries."""
        enterprises = list(CommunityEnterprise.objects.run_by(acting_user(request)).for_list())
        rows = ProfitDeclaration.objects.filter(enterprise__in=enterprises).for_list()
        context = {"enterprises": enterprises, "declarations": list(rows[:SHOWN])}
        return render(request, "funds/enterprises/mine.html", context)


@require_safe
def declaration_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a declaration: its main figures to everybody, all of them and its moves to those who handle it."""
    row = get_object_or_404(ProfitDeclaration.objects.visible_to(request.user).for_detail(), pk=pk)
    handles = request.user.has_perm("funds.view_declaration_file", row)
    may_declare = request.user.has_perm("funds.submit_declaration", row)
    offers = lifecycle.available(row, acting_user(request)) if handles else []
    found = entries(row.enterprise, row.starts_on, row.ends_on) if handles else []
    months = months_of(found)
    context = {
        "declaration": row,
        "months": months,
        "picture": picture_of(months),
        "lines": lines_of(found),
        "totals": totals(found),
        "earlier": queries.earlier_revision(row) if handles else None,
        "trail": [*Division.objects.ancestors(row.division), row.enterprise],
        "handles": handles,
        "may_edit": may_declare and row.status == DeclarationStatus.DRAFT,
        "may_correct": may_declare and row.status in AUDITED_STATUSES,
        "offers": [offer for offer in offers if offer.move.name != "audit"],
        "papers": _papers(row) if handles else [],
        "paper_form": _paper_form(request, row),
        "audit_form": AuditForm() if any(o.is_open and o.move.name == "audit" for o in offers) else None,
        "move_url": reverse("funds:declaration-move", args=[row.pk]),
    }
    return render(request, "funds/enterprises/declaration.html", context)


def _papers(row: ProfitDeclaration) -> list[tuple[StrOrPromise, Attachment]]:
    """Return the files of a declaration with their names."""
    names = {column.name: column.verbose_name for column in ProfitDeclaration._meta.concrete_fields}
    return [(names[paper], getattr(row, paper)) for paper in PAPERS if getattr(row, paper)]


def _paper_form(request: HttpRequest, row: ProfitDeclaration) -> StatementForm | None:
    """Return the form for the files that this person may attach now, or None."""
    if row.status == DeclarationStatus.DRAFT and request.user.has_perm("funds.submit_declaration", row):
        return StatementForm(papers=STATEMENTS)
    if row.status == DeclarationStatus.CHECKED and request.user.has_perm("funds.audit_declaration", row):
        return StatementForm(papers=("audit_report",))
    return None


class DeclarationPaper(LoginRequiredMixin, Refusals, View):
    """Attach a statement, or the auditor's report."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Attach it and return to the page; a refusal becomes a message."""
        row = get_object_or_404(ProfitDeclaration.objects.visible_to(request.user), pk=pk)
        form = StatementForm(request.POST, request.FILES)
        if not form.is_valid():
            messages.error(request, _("Choose a file and say which it is."))
            return back(request, row.get_absolute_url())
        file, paper = form.cleaned_data["file"], form.cleaned_data["paper"]
        operations.attach_statement(
            by=acting_user(request), declaration=row, paper=paper, name=file.name, content=file.read(), now=clock.now()
        )
        messages.success(request, _("The file was attached."))
        return back(request, row.get_absolute_url())


class DeclarationMove(LoginRequiredMixin, Refusals, View):
    """Make a move of a declaration that a button asks for."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Make it and return to the page; a refusal becomes a message."""
        row = get_object_or_404(ProfitDeclaration.objects.visible_to(request.user), pk=pk)
        name = request.POST.get("move", "")
        if name not in DECLARATION.by_name:
            raise Http404
        by, now, reason = acting_user(request), clock.now(), request.POST.get("reason", "")
        if name == "audit":
            opinion, wanted = request.POST.get("audit_opinion", ""), request.POST.get("audit_occasion", "")
            occasion = wanted if wanted in AuditOccasion.values else AuditOccasion.YEARLY
            operations.audit_declaration(by=by, declaration=row, opinion=opinion, occasion=occasion, now=now)
        elif name.startswith("return_"):
            operations.return_declaration(by=by, declaration=row, move=name, reason=reason, now=now)
        else:
            lifecycle.move(row, name, by=by, now=now, reason=reason)
        messages.success(request, str(DECLARATION.by_name[name].label))
        return back(request, row.get_absolute_url())


class DeclarationNew(EnterpriseRowForm):
    """Declare a finished period."""

    form_class = DeclarationForm

    permission = "funds.submit_declaration"
    title = _("Declare a period")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the periods that are over and lie after the founding."""
        return {**super().get_form_kwargs(), "today": clock.today(), "founded_on": self.row.founded_on}

    def get_initial(self) -> dict[str, Any]:
        """Begin with the capital in the register."""
        return {"registered_capital": self.row.registered_capital}

    def done(self, form: Any) -> ProfitDeclaration | None:
        """Enter the declaration."""
        found: ProfitDeclaration | None = self.attempt(
            form,
            operations.enter_declaration,
            by=acting_user(self.request),
            enterprise=self.row,
            now=clock.now(),
            **form.chosen(),
            **form.figures(),
        )
        return found


class DeclarationEdit(EnterpriseRowForm):
    """Change the figures of a draft."""

    form_class = FiguresForm

    permission = "funds.submit_declaration"
    title = _("Edit the declaration")

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the declaration."""
        return get_object_or_404(ProfitDeclaration.objects.visible_to(request.user).for_detail(), pk=pk)

    def get_initial(self) -> dict[str, Any]:
        """Begin with what stands there."""
        return {name: getattr(self.row, name) for name in (*FIGURES, "note", "version")}

    def done(self, form: Any) -> ProfitDeclaration | None:
        """Edit the draft, unless somebody else has changed it."""
        found: ProfitDeclaration | None = self.attempt(
            form,
            operations.edit_declaration,
            by=acting_user(self.request),
            declaration=self.row,
            version=form.cleaned_data["version"],
            now=clock.now(),
            **form.figures(),
        )
        return found


class DeclarationCorrect(EnterpriseRowForm):
    """Begin a correction of an audited declaration."""

    form_class = ReasonForm

    permission = "funds.submit_declaration"
    title = _("Correct the declaration")

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the declaration."""
        return get_object_or_404(ProfitDeclaration.objects.visible_to(request.user).for_detail(), pk=pk)

    def done(self, form: Any) -> ProfitDeclaration | None:
        """Open the next revision as a draft."""
        found: ProfitDeclaration | None = self.attempt(
            form,
            operations.correct_declaration,
            by=acting_user(self.request),
            declaration=self.row,
            reason=form.cleaned_data["reason"],
            now=clock.now(),
        )
        return found
