"""The document of the API, as it is served."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse  # noqa: TID251 - the document as written, not data to be rendered
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView

if TYPE_CHECKING:
    from rest_framework.request import Request

RENDERERS: dict[str, Any] = {kind.format: kind() for kind in SpectacularAPIView.renderer_classes}


class Schema(SpectacularAPIView):
    """The schema in the language of `?lang=` or of the request, as YAML or JSON; public."""

    authentication_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the schema."""
        del args, kwargs
        asked = request.GET.get("lang", "")
        language = asked if asked in dict(settings.LANGUAGES) else translation.get_language() or settings.LANGUAGE_CODE
        renderer: Any = request.accepted_renderer
        answer = HttpResponse(written(language, renderer.format), content_type=renderer.media_type)
        name = self._get_filename(request, None)  # type: ignore[no-untyped-call]  # the library's own
        answer["Content-Disposition"] = f'inline; filename="{name}"'
        return answer


@cache
def written(language: str, form: str) -> bytes:
    """Write the schema once per process, language and format: it takes half a second and changes with the code only."""
    with translation.override(language):
        schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]  # the library's own
        return bytes(RENDERERS[form].render(schema))
