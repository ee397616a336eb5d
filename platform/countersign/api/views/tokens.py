"""Signing in for programs: a token for a password, and its end."""

from typing import Any

from drf_spectacular.utils import extend_schema
from knox.auth import TokenAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from countersign.accounts import signing_in
from countersign.api import asks, shapes


class Tokens(APIView):
    def get_authenticators(self) -> list[Any]:
        return [TokenAuthentication()] if self.request is None or self.request.method == "DELETE" else []

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated() if self.request.method == "DELETE" else AllowAny()]

    @extend_schema(request=asks.SignIn, responses={201: shapes.Token}, auth=[])
    def post(self, request: Any) -> Any:
        ask = asks.SignIn(data=request.data)
        ask.is_valid(raise_exception=True)
        person = signing_in.check(request._request, **ask.validated_data)
        row, token = signing_in.token(person)
        answer = {"token": token, "expires_at": row.expiry, "person": person}
        return Response(shapes.Token(answer).data, status=201)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Any) -> Any:
        request.auth.delete()
        return Response(status=204)
