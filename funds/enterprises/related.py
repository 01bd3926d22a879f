"""Related parties (关联方): what a row says of them, and how they are found out.

No committee member or close relative is lessee or supplier without recusal and notice (Basis: Organic Law of Urban
Residents' Committees; report S0: separation of duties).
"""

from __future__ import annotations

import datetime as dt
import unicodedata

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import COMMITTEES, BodyMembership
from communities.people.models import Post, Role
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment
from governance.calendar.days import valid_on
from governance.errors import Invalid

OFFICES = (Role.COMMUNITY_STAFF, Role.SUPERVISOR)


class RelatedParty(models.Model):
    """What a contract says of a party that stands close to those who decide."""

    is_related = models.BooleanField(
        _("related party"),
        default=False,
        help_text=_("The other side is a member of the committee, works for the community or is a close relative."),
    )
    relation = models.CharField(_("relation"), max_length=120, blank=True)
    recusal = models.CharField(
        _("who withdrew"), max_length=200, blank=True, help_text=_("Who stayed out of the decision, and when.")
    )

    class Meta:
        abstract = True


class RelatedUnexplained(Invalid):
    """A related party needs its relation and who withdrew."""

    code = "related_unexplained"
    message = _("Name the relation, and who withdrew from the decision.")


class RelatedUnflagged(Invalid):
    """The other side bears the name of somebody who decides here."""

    code = "related_unflagged"
    message = _(
        "“%(name)s” is also the name of %(office)s. Mark the other side as a related party and name who withdrew, or, "
        "if it is another person, add what tells them apart to the name."
    )


def plain(name: str) -> str:
    """Return a name for comparison: one form of each sign, no blanks."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def office_of(name: str, enterprise: CommunityEnterprise, day: dt.date) -> str:
    """Return the office that somebody of this name holds around the enterprise on a day, or nothing; three queries."""
    wanted, place = plain(name), enterprise.division_id
    seats = BodyMembership.objects.held_on(day).filter(body__division=place, body__kind__in=COMMITTEES)
    for member in seats.select_related("body"):
        if plain(member.name) == wanted:
            return member.body.name
    posts = Post.objects.filter(valid_on(day), division=place, role__in=OFFICES).select_related("user")
    for post in posts:
        if plain(post.user.display_name) == wanted:
            return str(post.get_role_display())
    for held in EnterpriseAppointment.objects.held_on(day).filter(enterprise=enterprise).select_related("user"):
        if plain(held.user.display_name) == wanted:
            return str(held.get_role_display())
    return ""


def check_related(
    enterprise: CommunityEnterprise, name: str, day: dt.date, *, is_related: bool, relation: str, recusal: str
) -> None:
    """Refuse a related party that is not named as one, or whose relation and recusal are not told.

    Raises:
        RelatedUnexplained, RelatedUnflagged.
    """
    if is_related:
        if not relation.strip() or not recusal.strip():
            raise RelatedUnexplained(field="relation")
    elif name and (office := office_of(name, enterprise, day)):
        raise RelatedUnflagged(field="is_related", name=name, office=office)


def explained(model: str) -> models.CheckConstraint:
    """Return the constraint that a related party has its relation and its recusal."""
    told = ~models.Q(relation="") & ~models.Q(recusal="")
    return models.CheckConstraint(
        condition=models.Q(is_related=False) | told, name=f"{model}_related_party_is_explained"
    )
