"""What the fields of questionnaires hold, and how long a row is kept."""

FIELDS: dict[str, dict[str, str]] = {
    "Survey": {
        "id": "PUBLIC",
        "division": "PUBLIC",
        "title": "PUBLIC",
        "purpose": "PUBLIC",
        "closes_on": "PUBLIC",
        "slips": "INTERNAL",
        "status": "PUBLIC",
        "drafted_at": "INTERNAL",
        "drafted_by": "INTERNAL",
        "opened_at": "PUBLIC",
        "closed_at": "PUBLIC",
    },
    "SurveyAnswer": {
        "id": "INTERNAL",
        "survey": "INTERNAL",
        "respondent": "PERSONAL",
        "slip": "INTERNAL",
        "source": "INTERNAL",
        "answers": "PERSONAL",
        "answered_on": "INTERNAL",
        "entered_by": "INTERNAL",
        "struck_at": "INTERNAL",
        "struck_by": "INTERNAL",
        "strike_reason": "INTERNAL",
    },
    "SurveyMatter": {
        "id": "INTERNAL",
        "survey": "INTERNAL",
        "question": "INTERNAL",
        "answer": "INTERNAL",
        "matter": "INTERNAL",
    },
    "SurveyQuestion": {
        "id": "PUBLIC",
        "survey": "PUBLIC",
        "number": "PUBLIC",
        "text": "PUBLIC",
        "kind": "PUBLIC",
        "options": "PUBLIC",
        "is_required": "PUBLIC",
        "need_field": "PUBLIC",
    },
}

RETENTION: dict[str, str] = {
    "Survey": "permanent (community archive)",
    "SurveyAnswer": "5 years (complaints)",
    "SurveyMatter": "5 years after closing (complaints)",
    "SurveyQuestion": "permanent (community archive)",
}
