"""What the fields of charities, funds, rule packs, oversight and closing hold (see `funds.inventory`)."""


def fields(**named: str) -> dict[str, str]:
    """Return the class of each field, from the fields of each class."""
    return {name: kind for kind, names in named.items() for name in names.split()}


FIELDS: dict[str, dict[str, str]] = {
    "HostCharity": fields(
        PUBLIC="id name credit_code division has_public_fundraising fundraising_valid_to contact",
    ),
    "CharityAppointment": fields(
        INTERNAL="id charity valid_from valid_to",
        PERSONAL="user",
    ),
    "CommunityFund": fields(
        PUBLIC=(
            "id name short_name category charity partner rule_pack division purpose kind book committee "
            "committee_minimum committee_is_odd opening_minimum fee_rate agreement_number agreement_ends_on agreement_terms opened_on status "
            "applied_at agreed_at activated_at closed_at"
        ),
        INTERNAL="applied_by agreed_by activated_by",
    ),
    "FundSeat": fields(
        PUBLIC="id membership organization",
    ),
    "DonationStation": fields(
        PUBLIC="id charity division name place hours contact takes valid_from valid_to",
    ),
    "FundRulePack": fields(
        PUBLIC=("id key version name values basis note valid_from valid_to is_preset status entered_at adopted_at"),
        INTERNAL="entered_by adopted_by",
    ),
    "FundProposal": fields(
        PUBLIC="id fund kind ground since status proposed_at",
        INTERNAL="decided_at decided_by",
    ),
    "SupervisorOpinion": fields(
        PUBLIC="id fund membership attended_on occasion opinion",
        INTERNAL="recorded_at recorded_by",
    ),
    "Suspension": fields(
        PUBLIC="id book flow reason lift_reason status imposed_at lifted_at",
        INTERNAL="imposed_by lifted_by",
    ),
    "Appropriation": fields(
        PUBLIC=(
            "id fund source fiscal_year document_number amount restricted_to received_on journal status "
            "planned_at received_at"
        ),
        INTERNAL="planned_by received_by",
    ),
    "UpkeepEntry": fields(
        PUBLIC="id fund kind covers_from covers_to base rate amount posted_on journal status entered_at posted_at",
        INTERNAL="reference entered_by posted_by",
    ),
    "FundClosure": fields(
        PUBLIC=(
            "id fund ground reason auditor audit_opinion audit_file use recipient project use_reason amount "
            "notice out_journal in_journal report status begun_at audited_at proposed_at posted_at "
            "cleared_at transferred_at reported_at"
        ),
        INTERNAL="begun_by audited_by proposed_by transferred_by reported_by",
    ),
}
