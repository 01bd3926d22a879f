"""Why the operations of enterprises and declarations say no."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotNow


class CreditCodeMissing(Invalid):
    """Only the letting of assets by the committee itself has no credit code."""

    code = "credit_code_missing"
    message = _("Enter the credit code. Only the letting of assets by the committee itself has none.")


class CreditCodeTaken(Conflict):
    """Another enterprise is registered under this code."""

    code = "credit_code_taken"
    message = _("Credit code %(text)s already belongs to another enterprise of the register.")


class RegisteredCapitalMissing(Invalid):
    """A company has a registered capital, on which its statutory reserve depends."""

    code = "registered_capital_missing"
    message = _("Enter the registered capital. A company needs it, because its statutory reserve depends on it.")


class PlaceClosed(NotNow):
    """The place is not a running street or community."""

    code = "enterprise_place_closed"
    message = _("%(place)s is not a street or community in operation.")


class AlreadyAppointed(Conflict):
    """The person already holds this office in the enterprise."""

    code = "already_appointed"
    message = _("%(person)s already holds this office in %(enterprise)s.")


class EndBeforeBeginning(Invalid):
    """A period would end before or on its first day."""

    code = "end_before_beginning"
    message = _("The last day must lie after %(beginning)s.")


class EnterpriseNotRunning(NotNow):
    """An enterprise that is only planned, or closed, declares nothing."""

    code = "enterprise_not_running"
    message = _("%(enterprise)s is “%(status)s” and cannot declare.")


class PeriodUnknown(Invalid):
    """The dates are no calendar quarter and no calendar year."""

    code = "period_unknown"
    message = _("%(starts_on)s to %(ends_on)s (exclusive) is not a whole calendar %(kind)s.")


class PeriodNotOver(NotNow):
    """The period has not ended yet."""

    code = "declared_period_not_over"
    message = _("The period ends on %(last_day)s. It can be declared from the day after.")


class PeriodBeforeFounding(Invalid):
    """The enterprise did not exist yet."""

    code = "period_before_founding"
    message = _("The enterprise was founded on %(founded_on)s; this period was over by then.")


class PeriodDeclared(Conflict):
    """The period has a declaration; what is wrong in it is corrected, not declared again."""

    code = "period_declared"
    message = _("The period %(period)s is already declared. Edit the draft or correct the audited declaration.")


class ProfitDoesNotAddUp(Invalid):
    """Revenue minus cost minus tax is another figure than the declared net profit."""

    code = "profit_does_not_add_up"
    message = _("Revenue − cost − tax is %(computed)s yuan, but %(declared)s yuan net profit is declared.")


class RentAboveRevenue(Invalid):
    """Rent is a part of the revenue."""

    code = "rent_above_revenue"
    message = _("The rent of %(rent)s yuan is part of the revenue and cannot exceed its %(revenue)s yuan.")


class NotADraft(NotNow):
    """Only a draft is edited; what was submitted is returned first."""

    code = "not_a_draft"
    message = _("The declaration is “%(status)s”. Only a draft can be edited.")


class NotAudited(NotNow):
    """Only an audited declaration is corrected by a new revision."""

    code = "not_audited"
    message = _("The declaration is “%(status)s” and not audited yet: edit the draft or have it returned.")


class CorrectionUnderWay(Conflict):
    """A later revision of the period exists."""

    code = "correction_under_way"
    message = _("%(period)s is a later revision of this period. Continue with that one.")


class AuditOpinionMissing(Invalid):
    """An audit is confirmed with its opinion."""

    code = "audit_opinion_missing"
    message = _("Enter the audit opinion.")


class MayNotDistribute(Invalid):
    """A social service agency keeps what it earns for its purpose."""

    code = "may_not_distribute"
    message = _(
        "%(enterprise)s is a social service agency. It may not distribute profit: what it earns stays with its purpose, "
        "so it promises no share and has no distribution policy."
    )


class NoReserveForForm(Invalid):
    """Only a company forms a statutory reserve."""

    code = "no_reserve_for_form"
    message = _("%(form)s: this form has no statutory reserve. Enter zero.")


class CharterShareUnfit(Invalid):
    """A share is a part of one."""

    code = "charter_share_unfit"
    message = _("The share of the charter is written as a part of 1, such as 0.6.")


class CapitalBelowPaidIn(Invalid):
    """The registered capital is at least what the shareholders have paid in."""

    code = "capital_below_paid_in"
    message = _("The shareholders have paid in %(paid)s yuan; the registered capital cannot be less.")


class FormUnfitForShares(Invalid):
    """The present shareholders do not fit the new legal form."""

    code = "form_unfit_for_shares"
    message = _("The present shareholders do not fit “%(form)s”. Enter the new ones first.")


class PolicyInForce(Invalid):
    """What distributes profit does not become what may distribute none."""

    code = "policy_in_force"
    message = _("A distribution policy of the enterprise is in force. Retire it first; “%(form)s” has none.")


class PaperNotNow(NotNow):
    """The statements belong to a draft, the auditor's report to a checked declaration."""

    code = "paper_not_now"
    message = _("The declaration is “%(status)s”: %(paper)s cannot be attached now.")
