"""What the fields of donations, appeals and intake files hold (see `funds.inventory`)."""

from funds.charity.inventory import fields

FIELDS: dict[str, dict[str, str]] = {
    "Donation": fields(
        INTERNAL=(
            "id fund charity donor_kind is_name_public channel amount restricted_to reference received_on "
            "receipt_number is_receipt_waived receipt_note journal status recorded_at recorded_by "
            "received_at received_by receipted_at published_at appeal station summary_journal "
            "certificate_code certified_at refund_ground refund_reason refund_proposed_at refund_proposed_by "
            "refunded_at refunded_by refund_journal"
        ),
        PERSONAL="donor_name donor beneficiary interest",
    ),
    "GoodsLine": fields(
        INTERNAL="id donation number name quantity measure value valuation note",
    ),
    "PurposeChange": fields(
        INTERNAL=(
            "id donation old_purpose new_purpose consented_on proposed_at proposed_by confirmed_at confirmed_by journal"
        ),
        PERSONAL="consent",
    ),
    "MatchingPromise": fields(
        PUBLIC=("id fund appeal ratio cap each_at_most starts_on ends_on used status proposed_at funded_at ended_at"),
        INTERNAL="is_name_public reference proposed_by funded_by",
        PERSONAL="matcher",
    ),
    "DonationMatch": fields(
        INTERNAL="id promise donation amount journal refund_journal",
    ),
    "Appeal": fields(
        PUBLIC=(
            "id fund kind title purpose target starts_on ends_on filing_number platform_url decision pool "
            "status drafted_at opened_at ended_at accounted_at"
        ),
        INTERNAL="drafted_by opened_by",
    ),
    "AppealReport": fields(
        PUBLIC="id appeal covers_from covers_to due_on is_final raised spent sequence text published_at",
        INTERNAL="published_by",
    ),
    "ColumnMapping": fields(
        INTERNAL="id charity kind name account columns saved_at saved_by",
    ),
    "DonationIntake": fields(
        INTERNAL=(
            "id fund charity appeal mapping name path size sha256 problem fresh known bad total status "
            "uploaded_at uploaded_by confirmed_at confirmed_by posted_at"
        ),
    ),
    "IntakeRow": fields(
        INTERNAL="id intake number reference is_name_public amount paid_on restricted_to verdict donation",
        PERSONAL="donor_name reason",
    ),
}
