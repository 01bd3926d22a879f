"""What each field of the app holds, and how long a row is kept."""

FIELDS: dict[str, dict[str, str]] = {
    "IndicatorValue": {
        "id": "INTERNAL",
        "indicator": "PUBLIC",
        "division": "PUBLIC",
        "day": "PUBLIC",
        "numerator": "PUBLIC",
        "denominator": "PUBLIC",
        "details": "INTERNAL",
        "computed_at": "PUBLIC",
    },
    "ClaimedFigure": {
        "id": "INTERNAL",
        "division": "PUBLIC",
        "source": "PUBLIC",
        "reference": "PUBLIC",
        "indicator": "PUBLIC",
        "meaning": "PUBLIC",
        "printed": "PUBLIC",
        "value": "PUBLIC",
        "places": "PUBLIC",
        "qualifier": "PUBLIC",
        "unit": "PUBLIC",
        "numerator": "PUBLIC",
        "denominator": "PUBLIC",
        "note": "PUBLIC",
        "entered_at": "INTERNAL",
        "entered_by": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "IndicatorValue": "permanent (statistics)",
    "ClaimedFigure": "permanent (statistics)",
}
