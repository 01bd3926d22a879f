"""What the fields of participatory budgets hold (see `funds.inventory`)."""

from funds.charity.inventory import fields

FIELDS: dict[str, dict[str, str]] = {
    "BudgetRound": fields(
        PUBLIC=(
            "id fund topic title text amount proposals_until ballot_method most_choices method stops utility completion "
            "then_greedy compares threshold_per_mille pool frozen_text fingerprint ballot outcome recount_hash spent "
            "decision status drafted_at called_at examined_at frozen_at allocated_at decided_at finished_at"
        ),
        INTERNAL="drafted_by called_by frozen_by",
    ),
    "BudgetProposal": fields(
        PUBLIC=(
            "id round number title text place purpose estimate matter topic cost costing refusal appeal_until appeal "
            "judgement is_winner request status proposed_at examined_at appealed_at judged_at"
        ),
        INTERNAL="examined_by judged_by",
        PERSONAL="proposed_by",
    ),
    "ProposalExclusion": fields(PUBLIC="id first second reason stated_at", INTERNAL="stated_by"),
}
