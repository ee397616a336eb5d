"""What comes back from a person's own device, and what people say of their passkeys. A form judges nothing."""

from django import forms

from consent.passkeys import LARGEST_RESPONSE


class Answer(forms.Form):
    """What a passkey answered, and the question's number; the page's script fills it in."""

    ceremony = forms.UUIDField()
    credential = forms.CharField(max_length=LARGEST_RESPONSE)


class NewPasskey(Answer):
    label = forms.CharField(
        label="A name for it", max_length=60, help_text="So that you know it again, such as “My phone”."
    )


class Guest(forms.Form):
    """Who opens an invitation that was not sent to an address."""

    email = forms.EmailField(
        label="Your e-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class Invite(forms.Form):
    email = forms.EmailField(
        label="Their e-mail address",
        required=False,
        max_length=254,
        help_text="Leave it empty to hand the link over yourself.",
    )
