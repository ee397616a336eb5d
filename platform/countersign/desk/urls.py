"""The addresses of legal's desk."""

from django.urls import path

from countersign.desk.views import compare, export, refused, run_story, search, searches

urlpatterns = [
    path("ledger", search.ledger, name="ledger"),
    path("ledger/export.csv", export.as_csv, name="ledger-csv"),
    path("ledger/export.json", export.as_json, name="ledger-json"),
    path("ledger/<int:index>/proof", search.proof, name="ledger-proof"),
    path("ledger/searches", searches.searches, name="searches"),
    path("ledger/searches/<uuid:pk>", searches.search, name="search"),
    path("ledger/searches/<uuid:pk>/remove", searches.remove, name="search-remove"),
    path("legal/refusals", refused.show, name="refusals"),
    path("runs/<uuid:pk>/story", run_story.show, name="run-story"),
    path("consents/<uuid:pk>/compare/<uuid:other>", compare.compare, name="consent-compare"),
]
