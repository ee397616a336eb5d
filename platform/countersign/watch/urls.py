"""The watch's addresses."""

from django.urls import path

from countersign.watch import views

urlpatterns = [
    path("ledger/health", views.ledger_health, name="ledger-health"),
    path("ledger/verification", views.verification, name="ledger-verification"),
    path("alarms/<uuid:pk>/acknowledge", views.acknowledge, name="alarm-acknowledge"),
    path("metrics", views.figures, name="metrics"),
]
