"""What each field of the app holds, and how long a row is kept (Basis: Personal Information Protection Law art. 19)."""

"""What each field of the app holds, and how long a row is kept.

Basis: Personal Information Protection Law art. 19; Rules on Accounting Archives art. 14; product default.
"""

FIELDS: dict[str, dict[str, str]] = {
    "ApiClient": {
        "id": "INTERNAL",
        "client_id": "INTERNAL",
        "user": "PERSONAL",
        "redirect_uris": "INTERNAL",
        "post_logout_redirect_uris": "INTERNAL",
        "client_type": "INTERNAL",
        "authorization_grant_type": "INTERNAL",
        "client_secret": "SENSITIVE",
        "hash_client_secret": "INTERNAL",
        "name": "INTERNAL",
        "skip_authorization": "INTERNAL",
        "created": "INTERNAL",
        "updated": "INTERNAL",
        "algorithm": "INTERNAL",
        "allowed_origins": "INTERNAL",
        "registration_source": "INTERNAL",
        "cimd_expires_at": "INTERNAL",
        "allowed_scopes": "INTERNAL",
    },
    "IdempotencyKey": {
        "id": "INTERNAL",
        "user": "PERSONAL",
        "key": "INTERNAL",
        "fingerprint": "INTERNAL",
        "status_code": "INTERNAL",
        "body": "INTERNAL",
        "content_type": "INTERNAL",
        "created_at": "INTERNAL",
    },
    "User": {
        "id": "INTERNAL",
        "password": "SENSITIVE",
        "last_login": "INTERNAL",
        "username": "PERSONAL",
        "kind": "INTERNAL",
        "display_name": "PERSONAL",
        "phone": "PERSONAL",
        "phone_hash": "PERSONAL",
        "phone_verified": "INTERNAL",
        "is_active": "INTERNAL",
        "is_elder_mode": "INTERNAL",
        "joined_at": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "ApiClient": "as long as the partner is connected",
    "IdempotencyKey": "1 day",
    "User": "as long as the person is registered; anonymized on request",
}
