"""What each field of the app holds, and how long a row is kept."""


def fields(**words: str) -> dict[str, str]:
    """Return the class of each field, given the names by class."""
    return {name: kind for kind, names in words.items() for name in names.split()}


FIELDS: dict[str, dict[str, str]] = {
    "BroughtIn": fields(
        PUBLIC="id organization brand origin_city fields agreement_number brought_in_on entered_at",
        INTERNAL="entered_by",
    ),
    "Capability": fields(
        PUBLIC="id organization field summary staff_count certificates area status valid_to stated_at checked_at",
        INTERNAL="stated_by checked_by remark",
    ),
    "Club": fields(
        PUBLIC="id division name kind purpose place venue meets most_members status opened_at ended_at filing",
        INTERNAL="proposed_at opened_by ended_by remark",
        PERSONAL="proposed_by",
    ),
    "ClubActivity": fields(
        PUBLIC="id club title place starts_at attended report announced_at told_at", INTERNAL="announced_by"
    ),
    "ClubMember": fields(INTERNAL="id club may_be_named joined_at left_at", PERSONAL="user name"),
    "FederationMember": fields(
        PUBLIC="id federation member duty valid_from valid_to entered_at", INTERNAL="entered_by"
    ),
    "OfferedResource": fields(
        PUBLIC="id organization kind title quantity unit valid_from valid_to offered_at", INTERNAL="offered_by"
    ),
    "OperatorContract": fields(
        PUBLIC="id incubator operator number amount starts_on ends_on admitted_goal graduated_goal entered_at",
        INTERNAL="entered_by",
    ),
    "ResourceUse": fields(PUBLIC="id resource division used_on quantity purpose entered_at", INTERNAL="entered_by"),
    "ServiceCenter": fields(
        PUBLIC="id division name address venue rooms floor_area services operator opened_on closed_on entered_at",
        INTERNAL="entered_by",
    ),
    "Tenancy": fields(
        PUBLIC="id center organization room used_for valid_from valid_to entered_at", INTERNAL="entered_by"
    ),
    "CapacityItem": fields(INTERNAL="id stay title due_on done_on evidence"),
    "Filing": fields(
        PUBLIC="id division name form service_class purpose activity_place number filed_at organization",
        INTERNAL=("status rules_text opinion remark submitted_at recommended_at recommended_by filed_by"),
        PERSONAL="head_name contact members submitted_by",
    ),
    "FilingConfirmation": fields(
        PUBLIC="id organization year members_count activities report status decided_at",
        INTERNAL="reported_at reported_by decided_by remark",
    ),
    "FilingCounter": fields(INTERNAL="id division year last"),
    "IncubationStay": fields(
        PUBLIC="id incubator kind organization status place admitted_on due_on admitted_at nurtured_at exiting_at",
        INTERNAL=(
            "idea filing applied_at entry_score proposed_at proposed_by admitted_by longest_months review_due_on extensions exiting_by "
            "exit_score projects_done has_finances has_party_work ended_at ended_by remark"
        ),
        PERSONAL="name applied_by",
    ),
    "Incubator": fields(
        PUBLIC=(
            "id name tier parent division operator contract_number floor_area services opened_on closed_on entered_at"
        ),
        INTERNAL="entered_by",
    ),
    "IncubatorPlace": fields(PUBLIC="id incubator label is_open"),
    "OrganizationClass": fields(PUBLIC="id organization scheme word classified_at", INTERNAL="classified_by"),
    "StayReview": fields(INTERNAL="id stay held_on verdict findings reviewed_at reviewed_by"),
    "StayScore": fields(INTERNAL="id stay phase round criterion points most"),
    "AssessmentVote": fields(INTERNAL="id assessment word", PERSONAL="name user worked_there_until"),
    "Assessment": fields(
        PUBLIC="id organization status score grade voted_on notify_by notified_on number valid_from valid_to decided_at",
        INTERNAL=(
            "statement applied_at applied_by findings scored_at scored_by votes_for committee_size decided_by "
            "questioned_at questioned_by proposed_grade remark notified_by"
        ),
    ),
    "CreditRepair": fields(
        INTERNAL="id organization listing mended status applied_at applied_by decided_at decided_by remark"
    ),
    "IllegalCase": fields(
        PUBLIC="id division name measure decision_number decided_on",
        INTERNAL=(
            "place account status opened_at opened_by taken_at taken_by findings organization proposed_at proposed_by "
            "decided_at decided_by outcome ended_at ended_by remark"
        ),
    ),
    "IllegalTip": fields(
        INTERNAL="id division name place text code_hash received_at case settled_at settled_by answer",
        SENSITIVE="contact",
    ),
    "RectificationOrder": fields(
        INTERNAL=(
            "id organization inspection findings demands days status drafted_at drafted_by number issued_at issued_by "
            "report reported_at reported_by due_on reminders reminded_on listing decided_at decided_by remark"
        ),
    ),
    "StandingAlert": fields(
        INTERNAL=(
            "id organization division cause cause_key said subject_label subject_key subject address raised_at noted_at "
            "noted_by measures"
        ),
    ),
    "YearReport": fields(
        INTERNAL=(
            "id organization year status opened_at due_on reminders reminded_on listing members_count staff_count income "
            "expenses meetings has_party_organization keeps_charter activities changes submitted_at submitted_by opinion "
            "forwarded_at forwarded_by inspection decided_at decided_by remark"
        ),
    ),
    "AnnualInspection": {
        "id": "PUBLIC",
        "organization": "PUBLIC",
        "year": "PUBLIC",
        "conclusion": "PUBLIC",
        "concluded_on": "PUBLIC",
        "entered_at": "PUBLIC",
        "entered_by": "INTERNAL",
    },
    "CreditListing": {
        "id": "PUBLIC",
        "organization": "PUBLIC",
        "credit_list": "PUBLIC",
        "decision_number": "PUBLIC",
        "reason": "PUBLIC",
        "listed_on": "PUBLIC",
        "removed_on": "PUBLIC",
        "entered_at": "PUBLIC",
        "entered_by": "INTERNAL",
    },
    "OrganizationAppointment": {
        "id": "INTERNAL",
        "organization": "INTERNAL",
        "user": "PERSONAL",
        "valid_from": "INTERNAL",
        "valid_to": "INTERNAL",
    },
    "ParticipationBan": fields(
        PUBLIC="id organization ground reason decision_number starts_on ends_on status decided_at lifted_at",
        INTERNAL="proposed_at proposed_by decided_by remark",
    ),
    "RegisterSheet": {
        "id": "INTERNAL",
        "kind": "INTERNAL",
        "division": "INTERNAL",
        "name": "INTERNAL",
        "path": "INTERNAL",
        "size": "INTERNAL",
        "sha256": "INTERNAL",
        "problem": "INTERNAL",
        "fresh": "INTERNAL",
        "changed": "INTERNAL",
        "same": "INTERNAL",
        "bad": "INTERNAL",
        "status": "INTERNAL",
        "uploaded_at": "INTERNAL",
        "uploaded_by": "INTERNAL",
        "confirmed_at": "INTERNAL",
        "confirmed_by": "INTERNAL",
        "finished_at": "INTERNAL",
    },
    "RegisterSheetRow": {
        "id": "INTERNAL",
        "sheet": "INTERNAL",
        "number": "INTERNAL",
        "verdict": "INTERNAL",
        "name": "INTERNAL",
        "reason": "INTERNAL",
        "values": "PERSONAL",
        "division": "INTERNAL",
        "organization": "INTERNAL",
    },
    "SocialOrganization": {
        "id": "PUBLIC",
        "name": "PUBLIC",
        "organization_type": "PUBLIC",
        "standing": "PUBLIC",
        "credit_code": "PUBLIC",
        "filing_number": "PUBLIC",
        "service_class": "PUBLIC",
        "division": "PUBLIC",
        "registrar": "PUBLIC",
        "supervising_body": "PUBLIC",
        "head_name": "PERSONAL",
        "contact": "PERSONAL",
        "members_count": "PUBLIC",
        "capital": "PUBLIC",
        "scope": "PUBLIC",
        "founded_on": "PUBLIC",
        "status": "PUBLIC",
        "entered_at": "PUBLIC",
        "entered_by": "INTERNAL",
        "verified_at": "PUBLIC",
        "verified_by": "INTERNAL",
        "ended_at": "PUBLIC",
    },
}

RETENTION: dict[str, str] = {
    "BroughtIn": "as long as the body exists, then 10 years",
    "Capability": "10 years after its end",
    "Club": "10 years after its end",
    "ClubActivity": "10 years",
    "ClubMember": "the name until the member leaves or the club ends; the rest 10 years",
    "FederationMember": "10 years after the end",
    "OfferedResource": "10 years after the end",
    "OperatorContract": "10 years after the contract",
    "ResourceUse": "10 years",
    "ServiceCenter": "permanent",
    "Tenancy": "10 years after the end",
    "CapacityItem": "10 years after the stay",
    "Filing": "as long as the body exists, then 10 years; 3 years where it was not filed",
    "FilingConfirmation": "10 years",
    "FilingCounter": "permanent",
    "IncubationStay": "10 years after the stay",
    "Incubator": "permanent",
    "IncubatorPlace": "permanent",
    "OrganizationClass": "as long as the body exists",
    "StayReview": "10 years after the stay",
    "StayScore": "10 years after the stay",
    "AnnualInspection": "10 years",
    "CreditListing": "10 years after removal",
    "OrganizationAppointment": "10 years after the end",
    "AssessmentVote": "as long as the body exists, then 10 years",
    "Assessment": "as long as the body exists, then 10 years",
    "CreditRepair": "10 years after removal",
    "IllegalCase": "permanent",
    "IllegalTip": "3 years after the case or the answer; the contact 1 year",
    "RectificationOrder": "10 years",
    "StandingAlert": "10 years",
    "YearReport": "10 years",
    "ParticipationBan": "10 years after its end",
    "RegisterSheet": "10 years",
    "RegisterSheetRow": "until the sheet is entered or discarded; unusable rows with the sheet, without their values",
    "SocialOrganization": "as long as the body exists, then 10 years",
}
