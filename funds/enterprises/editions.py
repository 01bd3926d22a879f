"""Edits over the API say which version they were made from: `ETag` when a row is read, `If-Match` when it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.response import Response

from governance.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.request import Request

IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="ETag that was read.")


class VersionMissing(Invalid):
    """An edit says which version it was made from."""

    status = 428
    code = "version_missing"
    message = _("Send the header If-Match with the ETag of what you read.")


def version_asked(request: Request) -> str:
    """Return the version that an edit was made from.

    Raises:
        VersionMissing: the request does not say it.
    """
    version = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not version:
        raise VersionMissing
    return version


class Tagged:
    """View-set mixin (left of the view set) for rows with a `version`: one row is answered with its ETag."""

    get_object: Callable[[], Any]
    get_queryset: Callable[[], Any]
    get_serializer: Callable[..., Any]

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one row with its ETag."""
        del request, args, kwargs
        return self._answer(self.get_object())

    def tagged(self, row: Any, status_code: int = status.HTTP_200_OK) -> Response:
        """Answer with the row, read afresh, and the ETag of its version."""
        return self._answer(self.get_queryset().get(pk=row.pk), status_code)

    def _answer(self, row: Any, status_code: int = status.HTTP_200_OK) -> Response:
        headers = {"ETag": f'"{row.version}"'}
        return Response(self.get_serializer(row).data, status=status_code, headers=headers)
