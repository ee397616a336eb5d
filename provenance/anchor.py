"""Trust anchors: certificates of authorities, in PEM. The SDK silently accepts anything; this does not."""

from cryptography import x509

from provenance.errors import AnchorError


def checked(anchors: bytes) -> str:
    """`anchors` as text, once every certificate in it is that of an authority.

    Raises AnchorError if there is none, if one cannot be read, or if one is no authority: a self-signed leaf that is
    its own anchor would read as trusted.
    """
    try:
        certificates = x509.load_pem_x509_certificates(anchors)
        for certificate in certificates:
            if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
                raise AnchorError(f"{certificate.subject.rfc4514_string()} is no certificate of an authority.")
        return anchors.decode()
    except (ValueError, x509.ExtensionNotFound) as e:
        raise AnchorError(f"The trust anchors are not PEM certificates of authorities: {e}") from e
