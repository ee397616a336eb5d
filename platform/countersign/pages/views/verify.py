"""The public page: give a file, learn what it is. No log-in, and nothing of the file is kept."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from countersign import inspection, uploads
from countersign.pages import forms


@never_cache
@uploads.limited(lambda: settings.VERIFY_MAX_BYTES)
def verify(request: HttpRequest) -> HttpResponseBase:
    form = forms.FileToVerify(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form, "limit": settings.VERIFY_MAX_BYTES}
    if form.is_valid():
        file = form.cleaned_data["file"]
        context |= {"name": file.name, "inspected": inspection.inspect(file)}
    return render(request, "pages/verify.html", context)
