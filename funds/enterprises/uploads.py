"""Files that come in by the API, as multipart/form-data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from communities.notices.policy import check_file_size

if TYPE_CHECKING:
    from rest_framework.request import Request


class EnterpriseFileSerializer(serializers.Serializer[Any]):
    """A file to attach; what it really is, is looked at when it is stored."""

    file = serializers.FileField(allow_empty_file=True)


def read_upload(request: Request, shape: type[EnterpriseFileSerializer] = EnterpriseFileSerializer) -> dict[str, Any]:
    """Return `name` and `content` of the file, and what else was said; too large a file is not read.

    Raises:
        FileTooLarge: nothing of it was read.
    """
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    said: dict[str, Any] = dict(body.validated_data)
    file = said.pop("file")
    check_file_size(file.size or 0)
    return {**said, "name": file.name or "", "content": file.read()}
