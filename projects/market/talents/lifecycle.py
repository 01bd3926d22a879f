"""How the profile of a talent proceeds: stated or proposed, consented to, listed, and taken back at any time."""

from django.db import models
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class TalentStatus(models.TextChoices):
    """Where a profile stands."""

    PROPOSED = "PROPOSED", pgettext_lazy("talent", "waits for the person's consent")
    STATED = "STATED", pgettext_lazy("talent", "waits for the community's confirmation")
    LISTED = "LISTED", pgettext_lazy("talent", "listed")
    DECLINED = "DECLINED", pgettext_lazy("talent", "declined")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("talent", "withdrawn by the person")
    REMOVED = "REMOVED", pgettext_lazy("talent", "taken off the list")


ALIVE = (TalentStatus.PROPOSED, TalentStatus.STATED, TalentStatus.LISTED)
ENDED = (TalentStatus.DECLINED, TalentStatus.WITHDRAWN, TalentStatus.REMOVED)
LAW = "Personal Information Protection Law art. 13"
ERASED = ("skills", "text", "times", "shown_to", "is_name_shown", "ended_reason")
"""What an end takes back with the consent."""

TALENT_PROFILE = Lifecycle(
    "projects.TalentProfile",
    initial=TalentStatus.PROPOSED,
    # Who states something of oneself consents with it; then the community confirms.
    also_begins=(TalentStatus.STATED,),
    terminal=frozenset(ENDED),
    moves=(
        Move(
            "consent",
            frozenset({TalentStatus.PROPOSED}),
            TalentStatus.LISTED,
            permission="projects.own_talent",
            label=pgettext_lazy("talent", "Consent"),
            verb="projects.talent_profile.consented",
            basis=LAW,
            stamp="consented",
            apart_from=("confirmed",),
            fields=("shown_to", "is_name_shown"),
            event="projects.talent_profile.listed",
        ),
        Move(
            "note_consent",
            frozenset({TalentStatus.PROPOSED}),
            TalentStatus.LISTED,
            permission="projects.keep_talents",
            label=pgettext_lazy("talent", "Note the written consent"),
            verb="projects.talent_profile.paper_consent_noted",
            basis=LAW,
            stamp="consented",
            apart_from=("confirmed",),
            fields=("shown_to", "is_name_shown", "paper_day"),
            event="projects.talent_profile.listed",
        ),
        Move(
            "refuse",
            frozenset({TalentStatus.PROPOSED}),
            TalentStatus.DECLINED,
            permission="projects.own_talent",
            label=pgettext_lazy("talent", "I do not want this"),
            verb="projects.talent_profile.refused",
            stamp="ended",
            fields=ERASED,
            waits=False,
        ),
        Move(
            "confirm",
            frozenset({TalentStatus.STATED}),
            TalentStatus.LISTED,
            permission="projects.keep_talents",
            label=pgettext_lazy("talent", "Confirm"),
            verb="projects.talent_profile.confirmed",
            stamp="confirmed",
            apart_from=("consented",),
            event="projects.talent_profile.listed",
        ),
        Move(
            "decline",
            frozenset({TalentStatus.STATED}),
            TalentStatus.DECLINED,
            permission="projects.keep_talents",
            label=pgettext_lazy("talent", "Decline"),
            verb="projects.talent_profile.declined",
            stamp="ended",
            needs_reason=True,
            fields=ERASED,
            event="projects.talent_profile.declined",
        ),
        Move(
            "withdraw",
            frozenset({TalentStatus.STATED, TalentStatus.LISTED}),
            TalentStatus.WITHDRAWN,
            permission="projects.own_talent",
            label=pgettext_lazy("talent", "Withdraw my profile"),
            verb="projects.talent_profile.withdrawn",
            basis="Personal Information Protection Law art. 15, 47",
            stamp="ended",
            fields=ERASED,
            waits=False,
        ),
        Move(
            "remove",
            frozenset({TalentStatus.PROPOSED, TalentStatus.LISTED}),
            TalentStatus.REMOVED,
            permission="projects.keep_talents",
            label=pgettext_lazy("talent", "Take off the list"),
            verb="projects.talent_profile.removed",
            stamp="ended",
            needs_reason=True,
            fields=ERASED,
            event="projects.talent_profile.removed",
            waits=False,
        ),
    ),
)
