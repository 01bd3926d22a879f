"""Why volunteering refuses something, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class ActivityDatesUnfit(Invalid):
    """An activity ends after it begins, on the same day, and does not lie in the past."""

    code = "activity_dates_unfit"
    message = _("%(reason)s")


class ActivityNotYours(Invalid):
    """An activity of a contract is that of its organization and place."""

    code = "activity_not_of_the_contract"
    message = _("The contract is about another organization or place, or does not run.")


class InsuranceMissing(NotNow):
    """Before a risky activity the volunteers are insured (Basis: Regulations on Volunteer Service art. 17)."""

    code = "insurance_missing"
    message = _("This activity has risks. Insure the volunteers and tell them of the risks before it is opened.")


class SignInCodeWrong(Invalid):
    """The code stands on the sheet at the place."""

    code = "sign_in_code_wrong"
    message = _("This code is not that of the activity. Please scan the code at the place.")


class SignInNotNow(NotNow):
    """Volunteers sign in when the activity is open, shortly before it begins and until it ends."""

    code = "sign_in_not_now"
    message = _("Signing in is possible from %(first)s until %(last)s, while the activity is open.")


class ActivityFull(NotNow):
    """An activity has its number of places."""

    code = "activity_full"
    message = _("All %(places)s places are taken.")


class VolunteerUnfit(NotAllowed):
    """Volunteers are people with a log-in of their own."""

    code = "volunteer_unfit"
    message = _("Only people who are signed in can serve as volunteers.")


class SignedInAlready(Conflict):
    """One person signs in to an activity once."""

    code = "signed_in_already"
    message = _("You have already signed in to this activity.")


class HoursOverlap(Conflict):
    """Nobody serves in two places at once."""

    code = "hours_overlap"
    message = _("%(person)s is recorded elsewhere at that time. Sign out there first.")


class NotSignedIn(NotNow):
    """Who signs out has signed in."""

    code = "not_signed_in"
    message = _("You are not signed in to this activity.")


class HoursDatesUnfit(Invalid):
    """Service lies within the time of its activity and is over."""

    code = "hours_dates_unfit"
    message = _("The times must lie within the activity, and the end after the beginning.")


class SheetEmpty(Invalid):
    """An attendance sheet names somebody."""

    code = "sheet_empty"
    message = _("Enter at least one volunteer.")


class HoursOpen(NotNow):
    """An activity ends when everybody has signed out; the clock does that at the planned end."""

    code = "hours_open"
    message = _("%(count)s volunteers have not signed out.")
