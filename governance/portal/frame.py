"""What every page's frame shows: the site's name, the ways in, large type, the demonstration's day.

Values are functions, so that a page which does not show one does not pay for it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.accounts.demonstration import present_code
from governance.accounts.sms import SHOWN_KEY
from governance.calendar import clock
from governance.visitors import ELDER_COOKIE

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

NAVIGATION: tuple[tuple[str, StrOrPromise], ...] = (
    ("portal:home", _("Home")),
    ("communities:division-list", pgettext_lazy("menu", "Communities")),
    ("funds:fund-list", _("Funds")),
    ("funds:enterprise-list", _("Enterprises")),
    ("socialorgs:organization-list", _("Organizations")),
    ("communities:notice-list", _("Notices")),
)


class Item(NamedTuple):
    """One entry of the main menu."""

    url: str
    label: StrOrPromise
    is_current: bool


class Frame:
    """The frame of one page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.site_name = settings.SITE_NAME or _("Community governance")
        self.is_demonstration = settings.DEMONSTRATION

    @cached_property
    def is_elder(self) -> bool:
        """Whether this visitor wants large type: by cookie, otherwise by the account's setting."""
        cookie = self._request.COOKIES.get(ELDER_COOKIE)
        if cookie in {"0", "1"}:
            return cookie == "1"
        return bool(getattr(getattr(self._request, "user", None), "is_elder_mode", False))

    @cached_property
    def login_url(self) -> str:
        """The way to sign in and back to this page."""
        path = self._request.get_full_path()
        return f"{reverse('account_request_login_code')}?{urlencode({'next': path})}"

    @cached_property
    def navigation(self) -> list[Item]:
        """The main menu, with the section that this page belongs to.

        That is the entry under whose address the page lies; failing that, the only entry of its floor: grades, credit
        lists and incubators belong to the organizations.
        """
        path = self._request.path
        entries = [(url, label, name.partition(":")[0]) for name, label in NAVIGATION if (url := _address(name))]
        here = {url for url, _label, _floor in entries if path == url or (url != "/" and path.startswith(url))}
        if not here:
            floor = getattr(self._request.resolver_match, "namespace", "")
            own = [url for url, _label, its_floor in entries if its_floor == floor]
            here = set(own) if len(own) == 1 else set()
        return [Item(url, label, url in here) for url, label, _floor in entries]

    @cached_property
    def demonstration_day(self) -> dt.date:
        """The date of the demonstration's clock."""
        return clock.today()

    @cached_property
    def demonstration_messages(self) -> list[str]:
        """The last text messages to this visitor; nothing outside the demonstration."""
        return self._request.session.get(SHOWN_KEY, []) if settings.DEMONSTRATION else []

    @cached_property
    def demonstration_code(self) -> str:
        """The code that this visitor's authenticator app shows; nothing outside the demonstration."""
        return present_code(self._request) if settings.DEMONSTRATION else ""


def _address(name: str) -> str:
    """Return the address of a page, or nothing where the installation has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` in every template."""
    return {"frame": Frame(request)}
