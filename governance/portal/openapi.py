"""How the API's document is written (drf-spectacular's settings)."""

from typing import Any

_ENUMS = """
    communities.bodies.models.BodyKind funds.donations.lifecycle.DonationStatus
    communities.changes.lifecycle.ChangeStatus communities.changes.models.ChangeKind
    communities.notices.models.ObjectionOutcome communities.policy.models.DocumentLevel
    communities.policy.policy.RuleBase communities.territory.models.CodeSystem
    communities.territory.models.DivisionLevel consultation.matters.models.MatterChannel
    consultation.topics.policy.PhaseKind consultation.topics.policy.TopicPace funds.banking.models.LineStatus
    funds.charity.models.FundKind funds.donations.models.DonationChannel funds.reinvestment.models.Route
    funds.ledger.models.AccountKind funds.ledger.models.JournalKind funds.reinvestment.policy.PolicyBase
    funds.reinvestment.lifecycle.PolicyStatus funds.spending.lifecycle.RequestStatus
    funds.spending.lifecycle.PaymentStatus funds.reinvestment.policy.RunOutcome funds.reinvestment.policy.StepKind
    governance.calendar.days.DayKind governance.partners.lifecycle.DeliveryStatus
    governance.partners.lifecycle.EndpointStatus funds.appeals.lifecycle.AppealKind
    funds.donations.models.RefundGround funds.support.models.FundingSource funds.upkeep.models.UpkeepKind
    funds.oversight.models.ProposalGround funds.closing.models.ClosureGround
    funds.enterprises.letting.models.AssetKind funds.enterprises.ownership.models.HolderKind
    funds.enterprises.records.models.RecordKind funds.intake.models.MappingKind projects.evaluation.models.Method
    consultation.ballots.policy.BallotMethod consultation.matters.models.MatterKind
    consultation.matters.models.ThreeWay consultation.matters.models.Outcome
    consultation.matters.models.RefusalGround consultation.conventions.policy.ConventionKind
    funds.reinvestment.policy.OrderPaperKind funds.spending.policy.Purpose
    consultation.matters.handling.models.TimeKind consultation.matters.handling.models.PauseCause
    consultation.matters.handling.models.CallBackPurpose consultation.topics.statements.policy.Position
    socialorgs.register.filing.policy.FilingForm socialorgs.register.intake.models.SheetKind
    socialorgs.register.barring.models.BanGround socialorgs.incubation.models.ApplicantKind
    socialorgs.register.clubs.models.ClubKind socialorgs.register.ties.models.ResourceKind
    consultation.conventions.elections.policy.ElectionKind consultation.meetings.policy.PartyKind
    consultation.conventions.recalls.policy.Demanders consultation.meetings.policy.PhotoStage
    consultation.ballots.allocation.sentences.MethodName funds.budgeting.models.BallotKind
    projects.purchasing.policy.PurchaseKind projects.purchasing.catalogue.models.ListKind
    funds.charity.models.FundCategory socialorgs.register.models.InspectionConclusion projects.evaluation.models.Grade
    projects.contracts.policy.ServiceField projects.market.sharing.policy.OfferKind projects.grants.policy.LineKind projects.market.talents.policy.TalentKind
    consultation.meetings.inviting.models.LetterState socialorgs.incubation.models.IncubatorTier
    socialorgs.incubation.models.ReviewVerdict projects.contracts.terms.lifecycle.AwardPaymentStatus
    projects.evaluation.models.TieKind
"""
OPENAPI: dict[str, Any] = {
    "TITLE": "District governance API",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    **dict.fromkeys(("SWAGGER_UI_DIST", "SWAGGER_UI_FAVICON_HREF", "REDOC_DIST"), "SIDECAR"),
    # Columns of one name with different choices, and choices under different names.
    "ENUM_NAME_OVERRIDES": {f"{path.rsplit('.', 1)[1]}Enum": path for path in _ENUMS.split()}
    | {
        "MatterRouteEnum": "consultation.matters.models.Route",
        "AssistedChannelEnum": "consultation.ballots.models.ASSISTED_CHOICES",
        "ContractCostEnum": "projects.contracts.terms.models.Category",
        "ContractKindEnum": "projects.contracts.models.ContractKind",
        "SettlementGroundEnum": "projects.contracts.terms.models.Ground",
        "ContractReviewConclusionEnum": "projects.contracts.judging.models.Conclusion",
        "ContractReviewKindEnum": "projects.contracts.judging.models.ReviewKind",
        "ContractRecordStatusEnum": "projects.contracts.services.lifecycle.RecordStatus",
        "PurchasedPostsKindEnum": "projects.contracts.services.models.PostKind",
        "ServiceKindEnum": "projects.contracts.services.models.ServiceKind",
        "ProjectAwardLevelEnum": "projects.contracts.services.models.AwardLevel",
        "OpenResourceKindEnum": "projects.market.sharing.policy.ResourceKind",
        "BatchedChannelEnum": "consultation.ballots.papers.models.BATCHED_CHOICES",
    },
}
