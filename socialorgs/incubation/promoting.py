"""The way of an incubated group from the shell into the register: it asks from its stay to be filed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from communities.people.queries import resident_of
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict
from socialorgs.incubation.models import ApplicantKind, IncubationStay
from socialorgs.incubation.shells import in_a_shell
from socialorgs.register.filing import operations as filing
from socialorgs.register.filing.lifecycle import FilingStatus
from socialorgs.register.filing.models import Filing
from socialorgs.register.filing.operations import Described

if TYPE_CHECKING:
    from governance.accounts.models import User

FAILED_FILINGS = (FilingStatus.REFUSED, FilingStatus.WITHDRAWN)


class StayFilingUnderWay(Conflict):
    """A group asks once to be filed, and an organization needs no filing."""

    code = "incubation_filing_under_way"
    message = _("“%(name)s” has already asked to be filed, or is an organization.")


def file_stay(*, by: User, now: dt.datetime, stay: IncubationStay, described: Described) -> Filing:
    """Ask that an incubated group be filed in a community: the way from the shell into the register.

    Raises:
        NotAllowed: who applied for the stay asks.
        NotInAShell; FilingUnderWay: it has asked, or is an organization.
        TooFewMembers, FilingNameTaken …: as for `register.filing.operations.submit_filing`.
    Basis: report on Ziliujing 2021; Opinions on Cultivating Community Social Organizations.
    """
    with transaction.atomic():
        fresh = in_a_shell(stay)
        require(by, "socialorgs.apply_for_incubation", fresh)
        known = Filing.objects.filter(stay=fresh).exclude(status__in=FAILED_FILINGS)
        if fresh.kind == ApplicantKind.ORGANIZATION or fresh.organization_id is not None or known.exists():
            raise StayFilingUnderWay(name=fresh.name)
        home = resident_of(by)
        made = filing.submit_filing(
            by=by, now=now, division=fresh.division if home is None else home.division, described=described
        )
        fresh.filing = made
        fresh.save(update_fields=["filing"])
        audit.record(by=by, verb="socialorgs.incubation.filing_asked", row=fresh, now=now, after={"filing": made.pk})
        return made
