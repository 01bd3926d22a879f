"""Why a profile is refused, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class TalentForResidents(NotAllowed):
    """A profile is of a confirmed grown-up resident."""

    code = "talent_for_residents"
    message = _("A profile is for grown-up residents whom their community has confirmed.")


class SkillsUnfit(Invalid):
    """A profile names a few skills in short words."""

    code = "talent_skills_unfit"
    message = _("Name one to %(most)s skills, each with at most %(longest)s characters.")


class TalentKnown(Conflict):
    """One profile a person and field."""

    code = "talent_known"
    message = _("There is a profile of this person in this field already.")


class ConsentUnfit(Invalid):
    """The full name is public or it is not shown."""

    code = "talent_consent_unfit"
    message = _("The full name is shown only where the profile is shown to everybody.")


class PaperUnfit(Invalid):
    """Consent on paper is for people without a log-in, given up to today."""

    code = "talent_paper_unfit"
    message = _("%(reason)s")


class TalentEnded(NotNow):
    """What was taken back is not changed any more."""

    code = "talent_ended"
    message = _("This profile has ended.")
