"""What each field of the app holds, and how long a row is kept."""

FIELDS: dict[str, dict[str, str]] = {
    "WebhookEndpoint": {
        "id": "INTERNAL",
        "client": "INTERNAL",
        "url": "INTERNAL",
        "topics": "INTERNAL",
        "description": "INTERNAL",
        "secret": "SENSITIVE",
        "previous_secret": "SENSITIVE",
        "previous_until": "INTERNAL",
        "status": "INTERNAL",
        "registered_at": "INTERNAL",
        "registered_by": "INTERNAL",
        "disabled_at": "INTERNAL",
        "removed_at": "INTERNAL",
        "failures": "INTERNAL",
        "failing_since": "INTERNAL",
        "paused_until": "INTERNAL",
    },
    "WebhookDelivery": {
        "id": "INTERNAL",
        "endpoint": "INTERNAL",
        "event": "INTERNAL",
        "status": "INTERNAL",
        "attempts": "INTERNAL",
        "created_at": "INTERNAL",
        "due_at": "INTERNAL",
        "give_up_at": "INTERNAL",
        "attempted_at": "INTERNAL",
        "answer": "INTERNAL",
        "last_error": "INTERNAL",
        "delivered_at": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "WebhookEndpoint": "as long as the API client, removed ones 1 year",
    "WebhookDelivery": "1 year",
}
