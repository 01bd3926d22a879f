"""Why the records of services, posts, venues and awards refuse something."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid


class ServiceDayUnfit(Invalid):
    """Services are done while the contract runs."""

    code = "service_day_unfit"
    message = _(
        "The day must lie within the term of the contract (%(begins)s – %(ends)s) and not after today (%(today)s)."
    )


class ServiceUnfit(Invalid):
    """A record of service counts at least one person, for an item of the same contract."""

    code = "service_unfit"
    message = _("%(reason)s")


class PostsUnfit(Invalid):
    """Posts bought are a service with results since March 2020."""

    code = "posts_unfit"
    message = _("%(reason)s")


class PostsForbidden(Invalid):
    """Hiring, labour dispatch and public-welfare posts are no services."""

    code = "posts_forbidden"
    message = _(
        "Since 1 March 2020 hiring people, labour dispatch and public-welfare posts cannot be bought as services (Ministry of "
        "Finance order 102). Draft a service contract with results that are agreed on, and record the posts with it."
    )


class VenueUnfit(Invalid):
    """A venue is operated under a contract on a venue, once."""

    code = "venue_unfit"
    message = _("%(reason)s")


class AwardKnown(Conflict):
    """An award is entered once."""

    code = "award_known"
    message = _("This award of %(granted_by)s has been entered already.")


class AwardDayUnfit(Invalid):
    """Awards are granted after the contract was signed, and not in the future."""

    code = "award_day_unfit"
    message = _("An award is granted between the signature (%(signed)s) and today (%(today)s).")
