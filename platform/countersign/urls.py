"""Addresses: pages for people at the root, the API for programs under /api/."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("countersign.api.urls")),
    path("", include("countersign.keeping.urls")),
    path("", include("countersign.pages.urls")),
    path("", include("countersign.desk.urls")),
    path("", include("countersign.watch.urls")),
]
