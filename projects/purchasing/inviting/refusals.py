"""Why an invitation is refused, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Invalid, NotAllowed, NotNow


class NotByInvitation(Invalid):
    """Only a negotiation and an inquiry ask bodies by name."""

    code = "not_by_invitation"
    message = _("By %(procedure)s nobody is invited by name: everybody reads the announcement.")


class InvitationsFixed(NotNow):
    """Who is asked stands with the announcement."""

    code = "invitations_fixed"
    message = _("The purchase is “%(status)s”: who is invited does not change any more.")


class TooFewInvited(Invalid):
    """Those who are asked must be able to compete."""

    code = "too_few_invited"
    message = _("Invite at least %(needed)s bodies, or none at all; %(count)s are named.")


class InvitedTwice(Invalid):
    """A body is asked once."""

    code = "purchase_invited_twice"
    message = _("“%(organization)s” is named twice.")


class BodyNotAble(Invalid):
    """Who is asked can do the work: its capability was checked and reaches the place."""

    code = "body_not_able"
    message = _("“%(organization)s” has no checked capability in “%(ability)s” that reaches %(place)s.")


class NotInvited(NotAllowed):
    """Where bodies were asked by name, only they offer."""

    code = "not_invited"
    message = _("Only the bodies that were invited offer here; “%(organization)s” was not.")
