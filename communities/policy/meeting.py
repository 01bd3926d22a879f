"""Judging what was voted on by those present at a meeting, where some of them withdraw (pure)."""

from __future__ import annotations

from communities.policy.policy import Count, Judgement, Tally, Terms, judge


def judge_present(
    terms: Terms, *, entitled: int, present: int, withdrawn: int, in_favor: int, against: int, abstained: int
) -> Judgement:
    """Judge a vote at a meeting: who withdraws is present for the quorum and not among those who vote.

    A majority of all members stays a majority of all members; who is present and hands in no vote is still present.

    Raises:
        CountImpossible: the figures contradict each other.
    """
    votes = {"in_favor": in_favor, "against": against, "abstained": abstained}
    attendance = judge(terms, Count(Tally(entitled=entitled, present=present, **votes)))
    majority = judge(terms, Count(Tally(entitled=entitled, present=present - withdrawn, **votes)))
    return Judgement(
        (
            *(finding for finding in attendance.findings if finding.is_quorum),
            *(finding for finding in majority.findings if not finding.is_quorum),
        )
    )
