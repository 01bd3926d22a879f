"""A page with one form about one row of the room: what is refused stays filled in with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.generic import FormView

from funds.enterprises.models import CommunityEnterprise
from governance.pages import Refusals

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseBase
    from django_stubs_ext import StrOrPromise


def enterprise_for(request: HttpRequest, pk: int) -> CommunityEnterprise:
    """Return the enterprise that this person may see."""
    return get_object_or_404(CommunityEnterprise.objects.visible_to(request.user).for_detail(), pk=pk)


class RowForm(AccessMixin, Refusals, FormView[Any]):
    """A form for those who hold `permission` over the row that `find` returns: the enterprise, unless it says otherwise."""

    template_name = "funds/enterprises/form.html"
    permission = ""
    title: StrOrPromise = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let those in who may; others are asked to sign in, or are refused."""
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.row = self.find(request, kwargs["pk"])
        if not request.user.has_perm(self.permission, self.row):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the row that the form is about."""
        return enterprise_for(request, pk)

    def done(self, form: Any) -> Any:
        """Run the operation through `attempt` and return the row to lead to, None when it refused."""
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        """Lead to the row, or show the form again."""
        row = self.done(form)
        return HttpResponseRedirect(row.get_absolute_url()) if row else self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the page and the way to it."""
        enterprise = self.row if isinstance(self.row, CommunityEnterprise) else self.row.enterprise
        return super().get_context_data(enterprise=enterprise, title=self.title, row=self.row, **kwargs)
