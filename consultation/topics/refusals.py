"""Why something is refused on a topic, in words for residents and officials."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class TopicNotYours(NotAllowed):
    """Topics are prepared and led by those who work in the place."""

    code = "topic_not_yours"
    message = _("You may not prepare or lead topics in this place.")


class PlaceIsClosed(NotNow):
    """Nothing is deliberated in a place that no longer exists."""

    code = "topic_place_closed"
    message = _("%(place)s is no longer in operation.")


class MatterElsewhere(Invalid):
    """A topic grows out of matters of its place."""

    code = "matter_elsewhere"
    message = _("The matter %(number)s belongs to another place.")


class MatterInAnotherTopic(Conflict):
    """Each matter grows into one topic."""

    code = "matter_in_another_topic"
    message = _("One of the matters has already become a topic. Please load the list again.")


class DocumentNotPublic(Invalid):
    """What belongs to a topic is open to everybody."""

    code = "document_not_public"
    message = _("The document “%(name)s” is not open to everybody.")


class ItemUnknown(Invalid):
    """The consultation list has so many items and no more."""

    code = "list_item_unknown"
    message = _("The consultation list of this place has no item %(number)s.")


class QuickTopicTooLong(NotNow):
    """A quick topic is over in its hours, and nothing is voted on in it."""

    code = "quick_topic_too_long"
    message = _("A quick topic has no vote and is over within %(hours)s hours of its announcement. Move its phases.")


class PhasesDoNotFit(Invalid):
    """Phases follow one another."""

    code = "phases_do_not_fit"
    message = _("%(what)s")


class PhaseBeforeNotice(NotNow):
    """People are told first, then they deliberate."""

    code = "phase_before_notice"
    message = _(
        "The notice posted today runs until the end of %(ends_on)s; the first phase may open after that day. "
        "Move the phases."
    )


class NothingToAnnounce(NotNow):
    """An announcement says when people can speak."""

    code = "topic_without_phases"
    message = _("The topic has no phase yet. Say when people can deliberate.")


class PhasesStay(NotNow):
    """What was announced holds; a further phase may be added."""

    code = "phases_stay"
    message = _("The phases of an announced topic cannot be changed. A further phase can be added after the last one.")


class TopicNoticeRunning(NotNow):
    """The notice of the topic has not run its days."""

    code = "topic_notice_running"
    message = _("The notice of this topic runs until the end of %(ends_on)s.")


class TopicObjectedTo(NotNow):
    """An objection to the notice stands in the way."""

    code = "topic_objected_to"
    message = _("%(what)s")


class VerbClosed(NotNow):
    """The phase that opens this verb does not run."""

    code = "verb_closed"
    message = _("“%(verb)s” is not possible at present: the topic is in no phase that allows it.")


class SpeakerFromElsewhere(NotAllowed):
    """Opinions come from people who live or work in the place."""

    code = "speaker_from_elsewhere"
    message = _("Opinions come from people who live here. Register as a resident on the page of your community.")


class OwnOpinion(NotAllowed):
    """One supports what others say."""

    code = "own_opinion"
    message = _("This is your own opinion.")


class ReplyTooDeep(Invalid):
    """Replies go two steps deep."""

    code = "reply_too_deep"
    message = _("Replies to this reply are not possible. Reply to the opinion itself.")


class ReplyElsewhere(Invalid):
    """A reply belongs to the topic of what it replies to."""

    code = "reply_elsewhere"
    message = _("The opinion that you reply to belongs to another topic.")


class OpinionIsHidden(NotNow):
    """A hidden opinion is not supported and not hidden again."""

    code = "opinion_hidden"
    message = _("This opinion has been hidden.")


class SupportRepeated(Conflict):
    """One person supports one opinion once."""

    code = "support_repeated"
    message = _("You already support this opinion.")


class TooManyOpinions(NotNow):
    """One person fills a topic."""

    code = "too_many_opinions"
    message = _("You have given %(limit)s opinions on this topic; more are not possible.")


class PhaseIsOver(NotNow):
    """What has ended stays as it was."""

    code = "phase_over"
    message = _("This phase is over. A further phase can be added after the last one.")


class PhaseNotLonger(NotNow):
    """People count on the days that were announced."""

    code = "phase_not_longer"
    message = _("This phase runs: it can be made longer, not shorter or moved.")


class PhaseHasItsBallot(NotNow):
    """The times of a frozen ballot are part of its fingerprint."""

    code = "phase_has_its_ballot"
    message = _("The ballot of this topic is frozen with its times. They cannot be moved any more.")


class TopicAnnounced(NotNow):
    """What was announced holds."""

    code = "topic_announced"
    message = _("Only a topic in preparation can be corrected.")


class TopicChanged(Conflict):
    """Somebody else was faster."""

    code = "topic_changed"


class TooManyRaised(NotNow):
    """One person keeps a community busy."""

    code = "too_many_topics_raised"
    message = _("You have raised %(limit)s topics that have not been answered yet; more are not possible.")
