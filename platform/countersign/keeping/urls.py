"""Addresses of holds, schedules and erasures."""

from django.urls import path

from countersign.keeping import views

P = "productions/<uuid:pk>"

urlpatterns = [
    path("legal/holds", views.all_holds, name="holds"),
    path(f"{P}/holds/new", views.place, name="hold-new"),
    path("holds/<uuid:pk>/lift", views.lift, name="hold-lift"),
    path("legal/retention", views.schedules, name="schedules"),
    path(f"{P}/retention/<str:what>", views.schedule, name="schedule"),
    path("performers/<uuid:pk>/erase", views.erase, name="erase"),
]
