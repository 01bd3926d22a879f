"""The pages with one form about an enterprise or a row of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404

from funds.enterprises.models import CommunityEnterprise
from governance.pages import RowForm

if TYPE_CHECKING:
    from django.http import HttpRequest


def enterprise_for(request: HttpRequest, pk: int) -> CommunityEnterprise:
    """Return the enterprise that this person may see."""
    return get_object_or_404(CommunityEnterprise.objects.visible_to(request.user).for_detail(), pk=pk)


class EnterpriseRowForm(RowForm):
    """A form about the enterprise, or about a row of it when `find` says so."""

    template_name = "funds/enterprises/form.html"

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the row that the form is about."""
        return enterprise_for(request, pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the enterprise, too."""
        enterprise = self.row if isinstance(self.row, CommunityEnterprise) else self.row.enterprise
        return super().get_context_data(enterprise=enterprise, **kwargs)
