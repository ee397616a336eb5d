"""The pages' addresses."""

from django.urls import path

from countersign.pages.views import (
    consents,
    footage,
    legal,
    outputs,
    people,
    performer,
    performers,
    productions,
    runs,
    verify,
)

P = "productions/<uuid:pk>"

urlpatterns = [
    path("", people.landing, name="landing"),
    path("sign-in", people.sign_in, name="login"),
    path("sign-out", people.sign_out, name="sign-out"),
    path("home", people.home, name="home"),
    path(P, productions.show, name="production"),
    path(f"{P}/performers/new", productions.add_performer, name="performer-new"),
    path(f"{P}/performers/<uuid:performer_pk>/stills", performers.enrol, name="enrol"),
    path(f"{P}/performers/<uuid:performer_pk>/certificate", performers.certificate, name="certificate"),
    path("performers/<uuid:pk>/portrait.jpg", performers.portrait, name="portrait"),
    path("performers/<uuid:pk>/enrolment", performers.enrolment, name="enrolment"),
    path(f"{P}/consents/new", consents.offer, name="consent-new"),
    path("consents/<uuid:pk>", consents.show, name="consent"),
    path("consents/<uuid:pk>/<str:version>.pdf", consents.document, name="consent-document"),
    path("consents/<uuid:pk>/signed-document", consents.register, name="consent-register"),
    path("consents/<uuid:pk>/approve", legal.approve, name="consent-approve"),
    path("consents/<uuid:pk>/withdraw", consents.withdraw, name="consent-withdraw"),
    path(f"{P}/footage/new", footage.add, name="footage-new"),
    path("footage/<uuid:pk>", footage.show, name="footage"),
    path("footage/<uuid:pk>/progress", footage.progress, name="footage-progress"),
    path("footage/<uuid:pk>/poster.jpg", footage.poster, name="footage-poster"),
    path("footage/<uuid:pk>/video", footage.video, name="footage-video"),
    path("faces/<int:pk>/face.jpg", footage.face, name="face"),
    path(f"{P}/runs/new", runs.start, name="run-new"),
    path("runs/<uuid:pk>", runs.show, name="run"),
    path("runs/<uuid:pk>/progress", runs.progress, name="run-progress"),
    path("runs/<uuid:pk>/stop", runs.stop, name="run-stop"),
    path("outputs/<uuid:pk>", outputs.show, name="output"),
    path("outputs/<uuid:pk>/video", outputs.video, name="output-video"),
    path("outputs/<uuid:pk>/download", outputs.download, name="output-download"),
    path("outputs/<uuid:pk>/poster.jpg", outputs.poster, name="output-poster"),
    path("outputs/<uuid:pk>/status", outputs.standing, name="output-status"),
    path("status/<uuid:pk>", outputs.consent_standing, name="consent-status"),
    path("me", performer.my_face, name="my-face"),
    path("legal", legal.desk, name="legal"),
    path("ledger", legal.entries, name="ledger"),
    path("ledger/verification", legal.audit, name="ledger-verification"),
    path("verify", verify.verify, name="verify"),
]
