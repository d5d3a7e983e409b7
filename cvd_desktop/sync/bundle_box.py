"""What libsodium does for files that are carried by hand: the seal, and the proof of a receipt."""

from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox
from nacl.signing import VerifyKey

from cvd_desktop.sync.sealing import SealError


def sealed(public_key: str, content: bytes) -> bytes:
    """Only the holder of this X25519 key (hexadecimal) opens it. Raises SealError."""
    try:
        return SealedBox(PublicKey(bytes.fromhex(public_key))).encrypt(content)
    except (CryptoError, ValueError, TypeError) as error:
        raise SealError("no public key") from error


def is_signed_by(public_key: str, message: bytes, signature: bytes) -> bool:
    """`public_key`: Ed25519, hexadecimal; one that is none has signed nothing."""
    try:
        VerifyKey(bytes.fromhex(public_key)).verify(message, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True
