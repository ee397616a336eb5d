"""Who stands at the door of a page: every page for people takes the signed-in person as its second argument."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from countersign.accounts.models import Person

Page = Callable[..., HttpResponseBase]


def signed_in(view: Page) -> Page:
    """`view(request, person, …)` for somebody signed in; anybody else is asked to sign in first."""

    @never_cache
    @login_required
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, Person):
            raise RuntimeError("login_required let somebody through who is not a Person")
        return view(request, request.user, *args, **kwargs)

    return inner
