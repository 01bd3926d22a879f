"""Ties of persons to organizations are written down, by themselves or by the office, and end."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import NotAllowed
from projects.evaluation import refusals
from projects.evaluation.models import EvaluatorTie

if TYPE_CHECKING:
    from governance.accounts.models import User
    from socialorgs.register.models import SocialOrganization


def record_tie(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    user: User,
    kind: str,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
) -> EvaluatorTie:
    """Write down what ties a person to an organization, so that the person does not judge it.

    The office of the place writes down anybody's; whoever is invited to judge by name declares their own. An invitation
    that stands already can then no longer be answered.

    Raises:
        NotAllowed: `by` may not, and it is not their own.
        TieUnclear: it ends before it begins.
    Basis: report S0, three independent parties.
    """
    is_own = user.pk == by.pk and by.has_perm("projects.declare_tie")
    if not is_own and not by.has_perm("projects.record_tie", organization):
        raise NotAllowed
    if valid_to is not None and valid_to <= valid_from:
        raise refusals.TieUnclear(field="valid_to")
    row = EvaluatorTie(
        organization=organization,
        user=user,
        kind=kind,
        valid_from=valid_from,
        valid_to=valid_to,
        recorded_at=now,
        recorded_by=by,
    )
    with transaction.atomic():
        row.full_clean(validate_constraints=False)
        row.save(force_insert=True)
        audit.record(by=by, verb="projects.tie.recorded", row=row, now=now, after={"kind": kind})
    return row


def end_tie(*, by: User, now: dt.datetime, tie: EvaluatorTie, valid_to: dt.date, reason: str) -> EvaluatorTie:
    """Write down on which day a tie is over; it keeps its person from judging for the years that the rule counts.

    Nobody ends a tie of their own.

    Raises:
        NotAllowed: `by` may not, or it is their own.
        TieEnded: its end is known.
        TieUnclear: it would end before it begins.
        ReasonMissing.
    """
    if tie.user_id == by.pk or not by.has_perm("projects.record_tie", tie.organization):
        raise NotAllowed
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = EvaluatorTie.objects.select_for_update(of=("self",)).get(pk=tie.pk)
        if row.valid_to is not None:
            raise refusals.TieEnded(day=row.valid_to)
        if valid_to <= row.valid_from:
            raise refusals.TieUnclear(field="valid_to")
        row.valid_to = valid_to
        row.save(update_fields=["valid_to"])
        after = {"valid_to": valid_to.isoformat()}
        audit.record(by=by, verb="projects.tie.ended", row=row, now=now, after=after, reason=reason.strip())
    return row
