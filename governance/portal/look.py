"""How the desk looks: what django-unfold reads as UNFOLD. Names in quotes are functions of `governance.portal.desk`."""

from __future__ import annotations

from typing import Any

_DESK = "governance.portal.desk"

LOOK: dict[str, Any] = {
    "SITE_TITLE": f"{_DESK}.site_name",
    "SITE_HEADER": f"{_DESK}.site_name",
    "SITE_SUBHEADER": f"{_DESK}.site_line",
    "SITE_URL": "/",
    "SITE_SYMBOL": "hub",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{_DESK}.favicon"}],
    "SHOW_HISTORY": False,
    "SHOW_LANGUAGES": True,
    "THEME": "light",
    "BORDER_RADIUS": "6px",
    "ENVIRONMENT": f"{_DESK}.environment",
    "DASHBOARD_CALLBACK": f"{_DESK}.dashboard",
    "STYLES": [f"{_DESK}.style_sheet"],
    "ACCOUNT": {"navigation": f"{_DESK}.account_links"},
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": f"{_DESK}.sidebar"},
    # The blue of the pages, from light to dark.
    "COLORS": {
        "primary": {
            "50": "#f1f6fb",
            "100": "#e6eef6",
            "200": "#c9dcec",
            "300": "#9db9d5",
            "400": "#5f8cb8",
            "500": "#2f689d",
            "600": "#174a7c",
            "700": "#123d68",
            "800": "#0f3459",
            "900": "#0b2744",
            "950": "#07192d",
        },
    },
}
