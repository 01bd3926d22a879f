"""The reasons of an allocation in words: one sentence for each project."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from consultation.ballots.allocation.election import Election, Kind
from consultation.ballots.allocation.explaining import Reason, Why
from consultation.ballots.allocation.rule import Completion, Method, Rule, Threshold, Utility

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class MethodName(models.TextChoices):
    """The methods in words."""

    GREEDY = Method.GREEDY.value, _("most support first")
    EQUAL_SHARES = Method.EQUAL_SHARES.value, _("method of equal shares")


class UtilityName(models.TextChoices):
    """The measures in words."""

    COST = Utility.COST.value, _("its cost")
    CARDINALITY = Utility.CARDINALITY.value, _("the same for every project")


class CompletionName(models.TextChoices):
    """The completions in words."""

    NONE = Completion.NONE.value, _("none: money left over stays in the fund")
    ADD1_OVERSPENT = (
        Completion.ADD1_OVERSPENT.value,
        _("one yuan more for everybody, stopped when the budget would be overspent"),
    )
    ADD1_EXHAUSTIVE = (
        Completion.ADD1_EXHAUSTIVE.value,
        _("one yuan more for everybody, stopped at the first outcome that leaves nothing affordable"),
    )


class Writing:
    """What sentences about one election need: how amounts are written, and how support is counted."""

    def __init__(
        self, election: Election, kind: Kind = Kind.APPROVAL, threshold_on: Threshold = Threshold.SCORE
    ) -> None:
        self.election = election
        self.kind = kind
        self.counts_points = kind in {Kind.POINTS, Kind.RANKED}
        self.needs_people = self.counts_points and threshold_on is Threshold.SUPPORTERS
        """Whether the threshold counts people where support is counted in points."""

    def amount(self, value: Fraction | int, *, upwards: bool = False) -> str:
        """Write an amount with two decimals, rounded down; what is missing is rounded up."""
        hundredths = Fraction(value) * 100 / self.election.unit
        whole = ceil(hundredths) if upwards else int(hundredths)
        return f"{whole // 100:,}.{whole % 100:02d}"

    def votes(self, count: int) -> str:
        """Write a number of votes, or of points where support is counted in points."""
        if self.counts_points:
            return ngettext("%(count)s point", "%(count)s points", count) % {"count": count}
        return ngettext("%(count)s vote", "%(count)s votes", count) % {"count": count}

    def people(self, count: int) -> str:
        """Write a number of people."""
        return ngettext("%(count)s person", "%(count)s people", count) % {"count": count}

    def named(self, place: int) -> str:
        """Return a project's name, or its key where it has none."""
        project = self.election.projects[place]
        return project.name or project.key

    def sentence(self, reason: Reason) -> str:
        """Say why one project is in or out, and by how much."""
        return _SENTENCES[reason.why](self, reason)

    def _more(self, reason: Reason) -> str:
        if reason.votes is None:
            return gettext("It costs more than the whole budget.")
        return gettext("%(votes)s more would have brought it in.") % {"votes": self.votes(reason.votes)}

    def enough_support(self, reason: Reason) -> str:
        """Greedy, in."""
        facts = {
            "votes": self.votes(self.election.scores[reason.place]),
            "cost": self.amount(self.election.projects[reason.place].cost),
            "had": self.amount(reason.had),
        }
        begun = (
            gettext("Chosen with %(votes)s: it costs %(cost)s yuan, and %(had)s yuan were there at its turn.") % facts
        )
        if reason.votes is None:
            fewer = gettext("The money was enough for it with fewer votes, too.")
            return f"{begun} {fewer}"
        fewer = gettext("With %(votes)s fewer it would not have been chosen.") % {"votes": self.votes(reason.votes)}
        if self.needs_people:
            fewer = gettext("With %(people)s fewer for it, each with one point, it would not have been chosen.") % {
                "people": self.people(reason.votes)
            }
        return f"{begun} {fewer}"

    def below_threshold(self, reason: Reason) -> str:
        """Below the threshold of support."""
        if self.needs_people:
            return self._too_few_people(reason)
        stated = gettext("Not chosen: it has %(votes)s, and %(threshold)s were needed.") % {
            "votes": self.votes(self.election.scores[reason.place]),
            "threshold": reason.threshold,
        }
        return f"{stated} {self._more(reason)}"

    def _too_few_people(self, reason: Reason) -> str:
        stated = gettext("Not chosen: %(people)s named it, and %(threshold)s were needed.") % {
            "people": self.people(self.election.supporters[reason.place]),
            "threshold": reason.threshold,
        }
        if reason.votes is None:
            return f"{stated} {self._more(reason)}"
        more = gettext("%(people)s more, each with one point for it, would have brought it in.") % {
            "people": self.people(reason.votes)
        }
        return f"{stated} {more}"

    def excluded(self, reason: Reason) -> str:
        """Shut out by another project."""
        rival = self.named(reason.by) if reason.by is not None else ""
        stated = gettext("Not chosen: “%(rival)s” was chosen, and only one of the two can be carried out.") % {
            "rival": rival
        }
        return stated if reason.votes is None else f"{stated} {self._more(reason)}"

    def too_dear(self, reason: Reason) -> str:
        """Greedy, out for want of money."""
        facts = {
            "cost": self.amount(self.election.projects[reason.place].cost),
            "had": self.amount(reason.had),
            "short": self.amount(reason.short, upwards=True),
        }
        stated = (
            gettext("Not chosen: at its turn %(had)s yuan were left; it costs %(cost)s yuan, %(short)s yuan more.")
            % facts
        )
        return f"{stated} {self._more(reason)}"

    def stopped(self, reason: Reason) -> str:
        """Greedy that stops: its turn never came."""
        stated = gettext("Not chosen: the money ended at a project with more support, and the rule stops there.")
        return f"{stated} {self._more(reason)}"

    def bought(self, reason: Reason) -> str:
        """Equal shares, in."""
        cost = self.election.projects[reason.place].cost
        return gettext(
            "Chosen: the %(people)s who named it had %(had)s yuan of their shares together, it costs %(cost)s yuan "
            "(%(over)s yuan less); each of them paid at most %(price)s yuan."
        ) % {
            "people": self.people(self.election.supporters[reason.place]),
            "had": self.amount(reason.had),
            "cost": self.amount(cost),
            "over": self.amount(reason.had - cost),
            "price": self.amount(reason.price, upwards=True),
        }

    def short_of_shares(self, reason: Reason) -> str:
        """Equal shares, out."""
        facts = {
            "people": self.people(self.election.supporters[reason.place]),
            "had": self.amount(reason.had),
            "cost": self.amount(self.election.projects[reason.place].cost),
            "short": self.amount(reason.short, upwards=True),
        }
        stated = (
            gettext(
                "Not chosen: the %(people)s who named it had %(had)s yuan of their shares left together; it costs "
                "%(cost)s yuan, %(short)s yuan more."
            )
            % facts
        )
        if reason.votes is None:
            return stated
        more = gettext("It would have been bought with %(people)s more naming it, each with the same share.") % {
            "people": self.people(reason.votes)
        }
        return f"{stated} {more}"

    def completed(self, reason: Reason) -> str:
        """Equal shares, in by the completion."""
        return gettext(
            "Chosen from the %(had)s yuan that the shares left over: of the projects that this money pays, it had the "
            "most support (%(votes)s) at its turn."
        ) % {"had": self.amount(reason.had), "votes": self.votes(self.election.scores[reason.place])}


_SENTENCES = {
    Why.ENOUGH_SUPPORT: Writing.enough_support,
    Why.BELOW_THRESHOLD: Writing.below_threshold,
    Why.EXCLUDED: Writing.excluded,
    Why.TOO_DEAR: Writing.too_dear,
    Why.STOPPED: Writing.stopped,
    Why.BOUGHT: Writing.bought,
    Why.SHORT_OF_SHARES: Writing.short_of_shares,
    Why.COMPLETED: Writing.completed,
}


def rule_in_words(rule: Rule) -> list[StrOrPromise]:
    """Say a rule in short sentences, every parameter that decides something."""
    said: list[StrOrPromise] = []
    if rule.threshold:
        said.append(
            gettext("Projects that fewer than %(threshold)s people named are out.") % {"threshold": rule.threshold}
            if rule.threshold_on is Threshold.SUPPORTERS
            else gettext("Projects with a support below %(threshold)s are out.") % {"threshold": rule.threshold}
        )
    if rule.method is Method.GREEDY:
        said.append(gettext("The projects take their turns by support, the strongest first."))
        said.append(
            gettext("At the first project that the money left does not pay, it ends.")
            if rule.stops
            else gettext("A project that the money left does not pay is passed over.")
        )
    else:
        said.append(
            gettext(
                "Everybody who votes gets the same share of the budget. A project is bought when those who named it can "
                "pay for it together, the one first that gives its supporters the most for their money."
            )
        )
        said.append(
            gettext("What a project is worth to those who named it: %(utility)s.")
            % {"utility": UtilityName[rule.utility.name].label}
        )
        said.append(
            gettext("When money is left over: %(completion)s.")
            % {"completion": CompletionName[rule.completion.name].label}
        )
        if rule.then_greedy:
            said.append(gettext("What remains goes to the projects with the most support that it pays."))
        if rule.compares:
            said.append(
                gettext("Where more voters are better served by most support first, that outcome stands instead.")
            )
    said.append(gettext("Ties: more supporters, then lower cost, then the place on the ballot."))
    return said


def sentences(election: Election, reasons: Sequence[Reason], kind: Kind = Kind.APPROVAL) -> list[str]:
    """Return the sentence of each reason."""
    writing = Writing(election, kind)
    return [writing.sentence(reason) for reason in reasons]
