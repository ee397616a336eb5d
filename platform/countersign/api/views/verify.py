"""What a file says of itself and whether that holds, for anybody."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from countersign import inspection
from countersign.api import asks, shapes


class Verify(APIView):
    takes = staticmethod(lambda: settings.VERIFY_MAX_BYTES)
    parser_classes = (MultiPartParser,)
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(request={"multipart/form-data": asks.FileToVerify}, responses=shapes.VerdictShape, auth=[])
    def post(self, request: Any) -> Any:
        ask = asks.FileToVerify(data=request.data)
        ask.is_valid(raise_exception=True)
        return Response(shapes.VerdictShape(inspection.inspect(ask.validated_data["file"])).data)
