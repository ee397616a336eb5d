"""Uploads on their way in: sealed as they come, under a key that only this process has. No disk holds one plain."""

import io
import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from consent import pieces


class SealedUploadHandler(FileUploadHandler):
    """Takes every upload into a sealed file without a name, gone when the request is."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - outlives this call
        self._draft = pieces.Draft(self._file, name="an upload")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._draft.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        whole: io.BufferedReader = self._draft.whole()
        return UploadedFile(
            file=whole,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()
