"""Why the register refuses an entry, a listing, an inspection or an appointment."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotNow


class RegisterPlaceClosed(NotNow):
    """An organization belongs to a place that exists."""

    code = "register_place_closed"
    message = _("%(place)s is not a place in operation.")


class CodeMissing(Invalid):
    """A registered body has a credit code."""

    code = "organization_code_missing"
    message = _("Enter the credit code. Only an organization that is filed with the street has none.")


class CodeOfAFiledBody(Invalid):
    """Filed and registered are never mixed."""

    code = "organization_code_of_a_filed_body"
    message = _("An organization that is only filed has no credit code. If it has one, it is registered.")


class CodeTaken(Conflict):
    """Another organization is registered under this code."""

    code = "organization_code_taken"
    message = _("Credit code %(text)s already belongs to another organization of the register.")


class FilingNumberMissing(Invalid):
    """A filed body has the number that the street gave it."""

    code = "filing_number_missing"
    message = _("Enter the number under which the street has filed the organization.")


class FilingNumberTaken(Conflict):
    """Another organization is filed under this number."""

    code = "filing_number_taken"
    message = _("Filing number %(number)s already belongs to another organization of the register.")


class FiledBodyHasNoForm(Invalid):
    """Without a legal form a body can only be a community organization."""

    code = "filed_body_has_no_legal_form"
    message = _("An organization that is only filed is a community organization; it has no other legal form.")


class TooFewMembers(Invalid):
    """A filed body needs a few people."""

    code = "too_few_members"
    message = _("A filed organization has at least %(least)s members; enter how many it has.")


class FoundedLater(Invalid):
    """Nothing that is founded in the future stands in the register."""

    code = "founded_later"
    message = _("%(day)s lies in the future.")


class OrganizationEnded(NotNow):
    """A body that is deregistered or revoked changes no more."""

    code = "organization_ended"
    message = _("%(organization)s is “%(status)s”; nothing can be changed any more.")


class ListingKnown(Conflict):
    """The registrar's decision was entered before."""

    code = "listing_known"
    message = _("Decision %(number)s has already been entered for this organization and list.")


class ListingUnfit(Invalid):
    """A listing begins after the founding and not in the future."""

    code = "listing_unfit"
    message = _("The day of the listing lies between %(first)s and %(last)s.")


class ListingEnded(NotNow):
    """A listing ends once."""

    code = "listing_ended"
    message = _("This listing was already ended on %(day)s.")


class EndUnfit(Invalid):
    """An end does not lie before its beginning."""

    code = "end_unfit"
    message = _("The end lies on %(first)s at the earliest and not in the future.")


class InspectionYearUnfit(Invalid):
    """A year that is inspected is over, and the body existed in it."""

    code = "inspection_year_unfit"
    message = _("The year %(year)s cannot have been inspected by %(day)s.")


class InspectionKnown(Conflict):
    """One year has one conclusion, which may be revised."""

    code = "inspection_known"
    message = _("The inspection of %(year)s has already been entered. Revise it if the registrar has changed it.")


class ConclusionUnknown(Invalid):
    """The registrar's conclusions are three."""

    code = "conclusion_unknown"
    message = _("“%(text)s” is not a conclusion of an inspection.")


class AlreadyActs(Conflict):
    """The person already acts for the organization."""

    code = "already_acts_for_organization"
    message = _("%(person)s already acts for %(organization)s.")


class AppointmentEnded(NotNow):
    """An appointment ends once."""

    code = "organization_appointment_ended"
    message = _("This appointment already ends on %(day)s.")
