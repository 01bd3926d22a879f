"""The third party of an evaluation is recorded with its payer, and refused where it is not independent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from communities.people.policy import refuse_personal_numbers
from governance.audit import operations as audit
from governance.errors import NotAllowed
from projects.evaluation import refusals
from projects.evaluation.lifecycle import PlanStatus
from projects.evaluation.models import EvaluationPlan, Payer, ThirdPartyEngagement
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from governance.accounts.models import User

ZERO = Decimal(0)


def engage_third_party(
    *,
    by: User,
    now: dt.datetime,
    plan: EvaluationPlan,
    agency_name: str,
    payer: str,
    fee: Decimal = ZERO,
    agreed_on: dt.date,
    agency: SocialOrganization | None = None,
    payer_organization: SocialOrganization | None = None,
) -> ThirdPartyEngagement:
    """Record who judges as the professional third party, for which fee, and who pays; published with the result.

    Raises:
        NotAllowed: `by` may not manage the evaluation.
        NotInvitingNow: the collection is over.
        PayerUnclear: an organization that pays is not named, or a fee without a payer.
        EngagementNotIndependent: it is the one who is judged, is paid by it, or shares a person with it.
        AlreadyEngaged: the third party stands already.
        PersonalNumbersFound.
    Basis: report S0, three independent parties.
    """
    if not by.has_perm("projects.manage_evaluation", plan):
        raise NotAllowed
    refuse_personal_numbers(agency_name=agency_name)
    if (payer == Payer.ORGANIZATION) is (payer_organization is None) or (payer == Payer.NOBODY and fee):
        raise refusals.PayerUnclear(field="payer")
    with transaction.atomic():
        row = EvaluationPlan.objects.select_for_update(of=("self",)).select_related("implementer").get(pk=plan.pk)
        if row.status not in (PlanStatus.PLANNED, PlanStatus.COLLECTING):
            raise refusals.NotInvitingNow(status=row.get_status_display())
        _refuse_dependent(row, agency, payer_organization)
        made = ThirdPartyEngagement(
            plan=row,
            agency=agency,
            agency_name=agency_name.strip() or (agency.name if agency else ""),
            payer=payer,
            payer_organization=payer_organization,
            fee=fee,
            agreed_on=agreed_on,
            recorded_at=now,
            recorded_by=by,
        )
        made.full_clean(validate_unique=False, validate_constraints=False)
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as error:
            raise refusals.AlreadyEngaged from error
        after = {"third_party": made.agency_name, "payer": payer, "fee": str(fee)}
        audit.record(by=by, verb="projects.evaluation.third_party_engaged", row=row, now=now, after=after)
    return made


def _refuse_dependent(
    plan: EvaluationPlan, agency: SocialOrganization | None, payer: SocialOrganization | None
) -> None:
    if plan.implementer is None:
        return
    reason, field = "", "agency"
    if agency is not None and agency.pk == plan.implementer.pk:
        reason = _("it is the one that is evaluated")
    elif payer is not None and payer.pk == plan.implementer.pk:
        reason, field = _("it is paid by the one that is evaluated"), "payer_organization"
    elif agency is not None and _shares_a_person(plan, agency):
        reason = _("one person acts or acted for both")
    if reason:
        raise refusals.EngagementNotIndependent(field=field, organization=plan.implementer.name, reason=reason)


def _shares_a_person(plan: EvaluationPlan, agency: SocialOrganization) -> bool:
    running = Q(valid_to=None) | Q(valid_to__gt=plan.period_from)
    theirs = OrganizationAppointment.objects.filter(running, organization=plan.implementer).values("user")
    return OrganizationAppointment.objects.filter(running, organization=agency, user__in=theirs).exists()
