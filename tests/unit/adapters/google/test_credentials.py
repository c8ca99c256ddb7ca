"""The pipeline requests no permission to change files in Drive."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from vcp.adapters.google.credentials import credentials_of


def test_requests_a_read_only_scope() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {
        "type": "service_account",
        "client_email": "pipeline@example.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
        "private_key": pem.decode(),
    }
    assert credentials_of(json.dumps(key)).scopes == ["https://www.googleapis.com/auth/drive.readonly"]
