"""Why something about a meeting is refused."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class CouncilExists(Conflict):
    """One body is one council."""

    code = "council_exists"
    message = _("“%(body)s” is set up as a council already.")


class FormUnfit(Invalid):
    """The kind of council does not fit."""

    code = "form_unfit"
    message = _("Choose one of the kinds of councils.")


class CallTooFew(NotNow):
    """Too few have asked for a meeting (Basis: Organic Laws of Residents' and Villagers' Committees)."""

    code = "call_too_few"
    message = _("%(asked)s of %(entitled)s asked for a meeting; it must be called when %(needed)s do.")


class CallUsed(Conflict):
    """One request is met by one meeting."""

    code = "call_used"
    message = _("This request for a meeting is met by another meeting, or belongs to another body.")


class TimesUnfit(Invalid):
    """A meeting lies ahead and ends after it has begun."""

    code = "times_unfit"
    message = _("The meeting must lie ahead and end after it has begun, on the same day.")


class BodyNotSitting(NotNow):
    """The body's term does not cover the day."""

    code = "body_not_sitting"
    message = _("The term of “%(body)s” does not cover %(day)s.")


class RuleMissing(NotNow):
    """A body that resolves names the rule by which it does."""

    code = "rule_missing"
    message = _("“%(body)s” has no decision rule. Name one before it resolves anything.")


class RuleCountsArea(Invalid):
    """A meeting counts heads."""

    code = "rule_counts_area"
    message = _("The rule “%(rule)s” counts floor area as well; owners decide by a ballot.")


class ChairRecords(Invalid):
    """Chair and recorder are two people: both sign the minutes."""

    code = "chair_records"
    message = _("Chair and recorder must be different people: both sign the minutes.")


class AgendaEmpty(NotNow):
    """People are told beforehand what about."""

    code = "agenda_empty"
    message = _("The agenda is empty. Put at least one item on it before people are invited.")


class AgendaAnnounced(NotNow):
    """What was announced stays."""

    code = "agenda_announced"
    message = _("The agenda was announced and stays as it is.")


class AgendaFull(NotNow):
    """An agenda is for one meeting."""

    code = "agenda_full"
    message = _("An agenda has at most %(most)s items.")


class ItemUnfit(Invalid):
    """The topic or matter does not belong on this agenda."""

    code = "item_unfit"
    message = _("This topic or matter is of another place, is not open yet, or is on the agenda already.")


class TextMissing(Invalid):
    """Something has to be said."""

    code = "meeting_text_missing"
    message = _("Please write a text; it may have at most %(most)s characters.")


class NoticeTooLate(NotNow):
    """The rule asks for days of notice before the meeting."""

    code = "meeting_notice_too_late"
    message = _("The invitation must stand until the end of %(ends_on)s; the meeting begins too early.")


class NobodyEntitled(NotNow):
    """Nobody could vote."""

    code = "nobody_entitled"
    message = _("Nobody is entitled: the body has no voting members on that day, or their number is not given.")


class NotTheDay(NotNow):
    """A meeting is held on the day for which people were invited."""

    code = "not_the_day"
    message = _("People were invited for %(day)s. The meeting can be opened on that day only.")


class NotHeld(NotNow):
    """The meeting is not being held."""

    code = "meeting_not_held"
    message = _("The meeting is not being held at present.")


class CodeWrong(Invalid):
    """The code on the spot changes every few minutes."""

    code = "meeting_code_wrong"
    message = _("This code is wrong or has expired. Scan the code that is shown now.")


class SignedInAlready(Conflict):
    """One person signs in once."""

    code = "signed_in_to_the_meeting"
    message = _("%(name)s has signed in already.")


class SeatTaken(Conflict):
    """Somebody is invited once."""

    code = "invited_already"
    message = _("This person is on the list already.")


class NotEntitled(NotAllowed):
    """Only those with a seat, or adults of the place, vote."""

    code = "not_entitled_here"
    message = _("This person is not entitled to vote at this meeting.")


class MoreThanEntitled(NotNow):
    """Nobody counts who is not entitled."""

    code = "more_than_entitled"
    message = _("%(present)s are there, only %(entitled)s are entitled.")


class NothingToResolve(NotNow):
    """A hearing collects opinions and resolves nothing."""

    code = "nothing_to_resolve"
    message = _("This kind of meeting hears opinions and resolves nothing.")


class NotAnnounced(NotNow):
    """Only what was announced is voted on."""

    code = "item_not_announced"
    message = _("This item was not announced; it can be talked about, and voted on at the next meeting.")


class VoteIsSecret(NotNow):
    """The rule asks for a secret vote."""

    code = "vote_is_secret"
    message = _("The rule “%(rule)s” asks for a secret vote: count slips of paper instead of recording names.")


class MotionJudged(NotNow):
    """A count is judged once."""

    code = "motion_judged"
    message = _("The vote on this motion is closed.")


class NotThere(Invalid):
    """Only who has signed in and is entitled votes."""

    code = "not_there"
    message = _("Somebody who is not entitled or has not signed in cannot vote.")


class SideUnknown(Invalid):
    """For, against, abstain, or withdrawn."""

    code = "side_unknown"
    message = _("“%(text)s” is no vote.")


class WithdrawalWithoutReason(Invalid):
    """Whoever withdraws says why."""

    code = "withdrawal_without_reason"
    message = _("Write why %(name)s withdraws from this vote.")


class SheetMissing(NotNow):
    """Counted votes come from a sheet that two people have read."""

    code = "sheet_missing"
    message = _("The count from paper is missing, or has not been checked by a second person.")


class SheetExists(Conflict):
    """One count, one sheet."""

    code = "sheet_exists"
    message = _("This count was entered already.")


class SheetDisagrees(Invalid):
    """Two people read the same."""

    code = "sheet_disagrees"
    message = _("Your figures differ from those that were entered. Read the sheet again, or enter it anew together.")


class SheetImpossible(Invalid):
    """The figures of a sheet contradict each other."""

    code = "sheet_impossible"
    message = _("There are more votes or affected people than people present, or more people than are entitled.")


class MotionsOpen(NotNow):
    """A meeting ends when its votes are closed."""

    code = "motions_open"
    message = _("Motion %(number)s is not judged yet.")


class MinutesMissing(NotNow):
    """There is nothing to approve."""

    code = "minutes_missing"
    message = _("There are no minutes yet.")


class WroteThem(NotAllowed):
    """Who wrote the minutes does not approve them."""

    code = "wrote_minutes"
    message = _("You wrote the last version of the minutes. A different person must approve them.")


class DueBefore(Invalid):
    """A task is due in the future."""

    code = "task_due_before"
    message = _("The day by which it is to be done lies in the past.")


class TooEarlyForTasks(NotNow):
    """Tasks follow from a meeting."""

    code = "too_early_for_tasks"
    message = _("Tasks are given once the meeting is being held.")


class CaseEnded(NotNow):
    """Nothing is added to a case whose result is reported."""

    code = "case_ended"
    message = _("This is not being carried out at present: its result was reported.")


class PartyUnfit(Invalid):
    """A task belongs to a party to its own case; only organizations are organizations of the register."""

    code = "party_unfit"
    message = _("Choose one of the parties to this case, and what kind of party it is.")


class PartyKnown(Conflict):
    """Each party joins a case once, and one leads."""

    code = "party_known"
    message = _("“%(name)s” takes part in this already.")


class TooManyParties(NotNow):
    """So many parties work on one case."""

    code = "too_many_parties"
    message = _("At most %(most)s parties work on one case.")


class PartyStays(NotNow):
    """Whoever leads or has tasks stays."""

    code = "party_stays"
    message = _("This party leads, has left, or has tasks that are not confirmed.")


class TasksOpen(NotNow):
    """A result is reported once its tasks are done."""

    code = "tasks_open"
    message = _("%(count)s tasks are still to be done. Have them reported or drop them first.")


class PhotosOver(NotNow):
    """Photos are added while a task is worked on."""

    code = "photos_over"
    message = _("Photos from before are added until a task is reported, those from after until it is confirmed.")


class PhotoMissing(Invalid):
    """Who shows something adds a photo."""

    code = "photo_missing"
    message = _("Choose at least one photo.")


class TooManyTaskPhotos(Invalid):
    """So many photos are enough."""

    code = "too_many_task_photos"
    message = _("At most %(most)s photos from before and %(most)s from after are possible.")


class OwnerUnfit(Invalid):
    """Whoever gets a task works in the place, sits in one of its bodies, or acts for a party."""

    code = "task_owner_unfit"
    message = _("Choose somebody who works in the place, sits in one of its bodies or acts for a party to the case.")
