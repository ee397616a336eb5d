"""The words for what an erasure reaches, and for values that the ledger holds sealed."""

OPENINGS = {
    "sealed": "sealed; open to legal and to whom it is about",
    "erased": "erased",
    "false": "not what the entry committed to",
}
ERASED = {
    "consents": "consents withdrawn first, with their keys",
    "documents": "consent documents, and the names in their terms",
    "face": "the measured face and the portrait",
    "models": "likeness models",
    "clips-ended": "clips in which the face is seen: nobody can open them any more",
    "thumbnails": "pictures of the face taken from clips",
    "pictures": "pictures sent for an enrolment",
    "certificate": "the bound signing certificate",
    "signers": "those who sign for them, and the proofs that they may",
    "account": "the account: name, e-mail address, password and passkeys",
    "values": "names, addresses and resemblances that the ledger holds sealed, with their salts",
}
KEPT = {
    "documents-held": "consent documents under a legal hold; they go when it is lifted",
    "documents-by-law": "consent documents that a law requires; they go when it no longer does",
    "thumbnails-held": "pictures from clips under a legal hold; they go when it is lifted",
    "clips": "clips of the production; they go as its schedule says",
    "outputs": "outputs that were made; anybody who verifies one is told that the consent was withdrawn",
    "account-of-crew": "the account, for its owner also works on a production",
}
