"""What the fields of purchases hold (see `projects.inventory`)."""

from funds.charity.inventory import fields

FIELDS: dict[str, dict[str, str]] = {
    "PurchaseList": fields(
        PUBLIC="id kind division title edition basis valid_from valid_to status drafted_at confirmed_at",
        INTERNAL="drafted_by confirmed_by",
    ),
    "PurchaseListItem": fields(
        PUBLIC="id purchase_list code category group name description from_department",
    ),
    "PublicBudgetLine": fields(
        PUBLIC="id division source fiscal_year name document_number amount status entered_at confirmed_at",
        INTERNAL="entered_by confirmed_by",
    ),
    "Purchase": fields(
        PUBLIC=(
            "id number title kind buyer landing item handed_item budget_line service field need topic decision amount "
            "starts_on ends_on continuity_reason procedure procedure_reason procedure_limit bound negative_answers "
            "splitting_reason explained_at notice offers_until status planned_at checked_at checked_by approved_at "
            "called_at opened_at concluded_at"
        ),
        INTERNAL="matter explained_by planned_by approved_by",
    ),
    "PurchaseCriterion": fields(PUBLIC="id purchase number name points is_price"),
    "PurchaseOffer": fields(
        PUBLIC="id purchase organization",
        INTERNAL="amount plan remark status drafted_at drafted_by submitted_at submitted_by judged_at judged_by",
        PERSONAL="team",
    ),
    "PurchaseQuestion": fields(
        PUBLIC="id purchase text asked_at due_on answer answered_at", INTERNAL="answered_by", PERSONAL="asked_by"
    ),
    "OfferFile": fields(INTERNAL="id offer attachment added_at"),
    "PurchaseInvitation": fields(INTERNAL="id purchase organization invited_at invited_by"),
    "CommitteeSeat": fields(PUBLIC="id purchase kind", INTERNAL="appointed_at appointed_by scored_at", PERSONAL="user"),
    "OfferScore": fields(INTERNAL="id seat offer criterion points"),
    "PurchaseAward": fields(
        PUBLIC=(
            "id number purchase offer organization buyer landing budget_line amount supplement points reason service "
            "buyer_duties landing_duties organization_duties starts_on ends_on publish_by sign_by notice status "
            "proposed_at confirmed_at settled_at"
        ),
        INTERNAL="proposed_by confirmed_by",
    ),
    "PublicPayment": fields(
        PUBLIC="id award budget_line amount paid_on document_number purpose recorded_at", INTERNAL="recorded_by"
    ),
}

RETENTION: dict[str, str] = {
    "PurchaseList": "permanent",
    "PurchaseListItem": "permanent",
    **dict.fromkeys(
        (
            *("PublicBudgetLine", "Purchase", "PurchaseCriterion", "PurchaseOffer", "CommitteeSeat", "OfferScore"),
            *("PurchaseAward", "PublicPayment", "OfferFile", "PurchaseInvitation", "PurchaseQuestion"),
        ),
        "15 years after the end of the purchase (Government Procurement Law art. 42)",
    ),
}
