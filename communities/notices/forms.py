"""The forms of the notice pages and of the desk."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from communities.notices.models import ObjectionOutcome, PublicNotice
from communities.notices.operations import LONGEST_OBJECTION
from communities.notices.policy import check_file_size
from governance.errors import DomainError


class ObjectionForm(forms.Form):
    """What somebody objects to."""

    text = forms.CharField(
        label=_("What do you object to?"),
        max_length=LONGEST_OBJECTION,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Your name is not shown. Do not write identity, telephone or card numbers."),
    )


class AnswerForm(forms.Form):
    """What comes of an objection."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=ObjectionOutcome.choices, widget=forms.RadioSelect)
    reply = forms.CharField(
        label=_("Answer"),
        max_length=LONGEST_OBJECTION,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Everybody reads the answer."),
    )


class ManyFiles(forms.ClearableFileInput):
    """A control for several files."""

    allow_multiple_selected = True


class OneFileField(forms.FileField):
    """A file; one that is too large is refused before anybody reads it."""

    def to_python(self, data: Any) -> Any:
        """Look at the size."""
        file = super().to_python(data)
        if file is not None:
            try:
                self.check_size(file)
            except DomainError as refusal:
                raise ValidationError(str(refusal), code=refusal.code) from refusal
        return file

    def check_size(self, file: Any) -> None:
        """Refuse what is larger than the platform takes."""
        check_file_size(file.size)


class ManyFilesField(OneFileField):
    """Several files at once."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files as a list."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in given if file]


class NoticeForm(forms.ModelForm[PublicNotice]):
    """The draft of a notice, with files that go up with it."""

    uploads = ManyFilesField(
        label=_("Attachments"),
        required=False,
        help_text=_("PDF, JPEG, PNG, WebP, Word or Excel, at most 10 MB each. Everybody can open them."),
    )

    class Meta:
        model = PublicNotice
        fields: ClassVar = ["title", "body", "division", "minimum_days", "day_kind", "contact", "basis"]
