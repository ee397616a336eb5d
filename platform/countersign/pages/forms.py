"""What people fill in. A form says whether the fields make sense, never whether the thing is allowed."""

from django import forms


class SignIn(forms.Form):
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class NewPerformer(forms.Form):
    name = forms.CharField(
        label="Name", max_length=200, help_text="As it is to stand in their consent and, if agreed, in the credits."
    )


class SignedDocument(forms.Form):
    document = forms.FileField(
        label="The signed PDF",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        help_text="As the performer’s software saved it. Printing or re-saving breaks the signature.",
    )

    completion = forms.FileField(
        label="Certificate of completion",
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        help_text="Only if a signing platform sealed it: the platform’s own record of who did what, a PDF.",
    )


class Scan(forms.Form):
    scan = forms.FileField(
        label="Scan or photograph of the signed pages",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
        help_text="It permits nothing until legal has compared it and the performer has confirmed it with a passkey.",
    )


class Credential(forms.Form):
    credential = forms.FileField(
        label="What the wallet gave",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".jwt,.json,.txt,application/jwt"}),
        help_text="A JWS by the performer’s own key, or a credential presented for this consent (SD-JWT VC).",
    )


class Key(forms.Form):
    key = forms.FileField(
        label="Their public key",
        widget=forms.FileInput(attrs={"accept": ".json,.jwk,application/json"}),
        help_text="A JWK (P-256 or Ed25519) from the performer. Whoever signs with another one is not this performer.",
    )


class Certificate(forms.Form):
    certificate = forms.FileField(
        label="Their signing certificate",
        widget=forms.FileInput(attrs={"accept": ".pem,.crt,.cer"}),
        help_text="A PEM file from the performer. Whoever signs with another one is not this performer.",
    )


class Declined(forms.Form):
    reason = forms.CharField(
        label="What is wrong with it, if you want to say",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The production reads it. The log keeps it sealed.",
    )


class Withdrawal(forms.Form):
    reason = forms.CharField(
        label="Reason, if you want to give one",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NewFootage(forms.Form):
    title = forms.CharField(label="Title", max_length=200, help_text="What the crew calls this take.")
    file = forms.FileField(
        label="The clip",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "video/*"}),
        help_text="An mp4 or mov with one continuous shot; its sound is kept.",
    )


class FileToVerify(forms.Form):
    file = forms.FileField(
        label="A video or picture",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "video/*,image/*,audio/*"}),
    )


class CertificateToCheck(forms.Form):
    file = forms.FileField(
        label="The certificate",
        widget=forms.FileInput(attrs={"accept": ".pdf,.jws,application/pdf,application/jose"}),
        help_text="The PDF, or the signed file inside it.",
    )
    sha256 = forms.RegexField(
        r"^[0-9a-fA-F]{64}$",
        label="Its fingerprint in the ledger, if you have it",
        required=False,
        help_text="64 letters and digits; then it must be this very certificate.",
    )


class Evidence(forms.Form):
    """What goes into a bundle."""

    redacted = forms.BooleanField(
        label="Redact it",
        required=False,
        help_text="Without names, consent papers, the request and the film. It can still be checked, line by line.",
    )
    film = forms.BooleanField(
        label="Put the film in as well",
        required=False,
        help_text="Otherwise its digest stands in the bundle, and a copy of the film can be checked beside it.",
    )
