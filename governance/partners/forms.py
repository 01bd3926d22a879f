"""What the desk asks for when it registers a webhook for a partner."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from governance.partners.models import WebhookEndpoint


class WebhookForm(forms.ModelForm[WebhookEndpoint]):
    """A new webhook: topics one per line."""

    wanted = forms.CharField(
        label=_("Topics"),
        widget=UnfoldAdminTextareaWidget(),
        max_length=5000,
        help_text=_("One per line: funds.payment.paid, funds.payment.* or funds.*."),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("client", "url", "description")

    def clean_wanted(self) -> list[str]:
        """Read the lines."""
        return [line.strip() for line in self.cleaned_data["wanted"].splitlines() if line.strip()]
