"""The document of the API, as it is served."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.http import HttpResponse  # noqa: TID251 - the document as written, not data to be rendered
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView

if TYPE_CHECKING:
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request


class Schema(SpectacularAPIView):
    """The schema in the language of `?lang=` or of the request, as YAML or JSON; public."""

    authentication_classes: ClassVar[list[Any]] = []

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the schema."""
        del args, kwargs
        asked = request.GET.get("lang", "")
        language = asked if asked in dict(settings.LANGUAGES) else translation.get_language() or settings.LANGUAGE_CODE
        renderer = request.accepted_renderer  # type: ignore[attr-defined]  # set by the content negotiation
        name = self._get_filename(request, None)
        answer = HttpResponse(written(language, type(renderer)), content_type=renderer.media_type)
        answer["Content-Disposition"] = f'inline; filename="{name}"'
        return answer


@cache
def written(language: str, renderer: type[BaseRenderer]) -> bytes:
    """Write the schema once per process, language and format: it takes half a second and changes with the code only."""
    with translation.override(language):
        return bytes(renderer().render(SchemaGenerator().get_schema(public=True)))  # type: ignore[no-untyped-call]
