"""The rows of grant rounds, gathered: rounds, applications, panel and scores, awards."""

from projects.grants.applying import (
    IN_THE_RUNNING,
    RANKED,
    WRITABLE,
    ApplicationQuerySet,
    GrantApplication,
    GrantBudgetLine,
)
from projects.grants.awarding import AwardSource, GrantAward
from projects.grants.panel import DeclaredTie, DefenceRecord, GrantExpert, PanelSeat, ScoreSheet, SheetQuerySet
from projects.grants.rounds import AWARDED, RESULTS, GrantRound, Programme, RoundFunding

__all__ = [
    "AWARDED",
    "IN_THE_RUNNING",
    "RANKED",
    "RESULTS",
    "WRITABLE",
    "ApplicationQuerySet",
    "AwardSource",
    "DeclaredTie",
    "DefenceRecord",
    "GrantApplication",
    "GrantAward",
    "GrantBudgetLine",
    "GrantExpert",
    "GrantRound",
    "PanelSeat",
    "Programme",
    "RoundFunding",
    "ScoreSheet",
    "SheetQuerySet",
]
