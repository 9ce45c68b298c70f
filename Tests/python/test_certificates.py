"""Certificates by another program, written from docs/PROTOCOL.md section 5.

It writes every certificate of docs/vectors/certificates.json again with a DER writer of its
own, has the `cryptography` package read them, and names every bad one's fault.
"""

import datetime
import hashlib
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtensionOID, NameOID

STORED = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "vectors" / "certificates.json").read_text())
ARC = "2.25.214305887195721850098327574690765488835"
ROLE_OFFICE = 1


class Fault(Exception):
    """One of the names of section 5."""


# A DER writer for the one form.


def item(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else (
        bytes([0x81, size]) if size < 256 else b"\x82" + size.to_bytes(2, "big"))
    return bytes([tag]) + length + body


def oid(text):
    first, second, *rest = (int(number) for number in text.split("."))
    out = b""
    for number in [first * 40 + second, *rest]:
        digits = [number & 127]
        while number := number >> 7:
            digits.append(number & 127 | 128)
        out += bytes(reversed(digits))
    return item(6, out)


def integer(value):
    return item(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def flags(numbers):
    if not numbers:
        return item(3, b"\0")
    byte = sum(128 >> number for number in numbers)
    return item(3, bytes([7 - max(numbers), byte]))


def time(seconds):
    date = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    if date.year < 2050:
        return item(0x17, date.strftime("%y%m%d%H%M%SZ").encode())
    return item(0x18, date.strftime("%Y%m%d%H%M%SZ").encode())


def name(serial):
    return item(0x30, item(0x31, item(0x30, oid("2.5.4.3"), item(0x0C, serial.hex().encode()))))


def key_id(key):
    return hashlib.blake2b(key, digest_size=32, person=b"tally1 keyid").digest()[:20]


def extension(which, value, critical=False):
    return item(0x30, oid(which), item(1, b"\xff") if critical else b"", item(4, value))


ED25519 = item(0x30, oid("1.3.101.112"))


def to_be_signed(v):
    root, office = v["key"] == v["issuer"], ROLE_OFFICE in v["roles"]
    limits = item(0x30, item(1, b"\xff"), integer(1 if root else 0)) if office else item(0x30)
    extensions = [
        extension("2.5.29.19", limits, True),
        extension("2.5.29.15", flags([0, 5, 6] if office else [0]), True),
        extension("2.5.29.14", item(4, key_id(v["key"]))),
        extension("2.5.29.35", item(0x30, item(0x80, key_id(v["issuer"])))),
        extension(ARC + ".1", item(4, v["sealing_key"])),
        extension(ARC + ".2", flags(v["roles"])),
        extension(ARC + ".3", integer(v["device"])),
    ]
    return item(
        0x30, item(0xA0, integer(2)), item(2, v["serial"]), ED25519, name(v["issuer_serial"]),
        item(0x30, time(v["not_before"]), time(v["not_after"])), name(v["serial"]),
        item(0x30, ED25519, item(3, b"\0", v["key"])), item(0xA3, item(0x30, *extensions)))


def list_to_be_signed(v):
    entries = [item(0x30, item(2, bytes.fromhex(serial)), time(int(moment)))
               for serial, moment in v["entries"]]
    extensions = item(
        0x30, extension("2.5.29.35", item(0x30, item(0x80, key_id(v["issuer"])))),
        extension("2.5.29.20", integer(v["number"])))
    return item(
        0x30, integer(1), ED25519, name(v["issuer_serial"]), time(v["this_update"]),
        time(v["next_update"]), item(0x30, *entries) if entries else b"", item(0xA0, extensions))


def signed(body, signature):
    return item(0x30, body, ED25519, item(3, b"\0", signature))


# Reading.


def own(certificate, last):
    for found in certificate.extensions:
        if found.oid.dotted_string == f"{ARC}.{last}":
            return found.value.value
    raise Fault("missing")


def moment(date):
    return int(date.timestamp())


def read(der, issuer):
    """The fields of a certificate of `issuer`, or why it is none."""
    if len(der) > 1024:
        raise Fault("too-large")
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions = certificate.extensions
    except ValueError:
        raise Fault("malformed") from None
    algorithms = (certificate.signature_algorithm_oid, certificate.public_key_algorithm_oid)
    if {algorithm.dotted_string for algorithm in algorithms} != {"1.3.101.112"}:
        raise Fault("not-ed25519")
    authority = extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_KEY_IDENTIFIER).value
    if authority.key_identifier != key_id(issuer):
        raise Fault("wrong-issuer")
    sealing, roles, device = (own(certificate, last) for last in (1, 2, 3))
    v = {
        "issuer": issuer, "serial": certificate.serial_number.to_bytes(16, "big"),
        "key": certificate.public_key().public_bytes_raw(), "sealing_key": sealing[2:],
        "roles": [role for role in range(4) if roles[3] & 128 >> role], "device": device[-1],
        "not_before": moment(certificate.not_valid_before_utc),
        "not_after": moment(certificate.not_valid_after_utc),
    }
    (common,) = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    v["issuer_serial"] = bytes.fromhex(common.value)
    if (v["serial"][0] >> 6 != 1 or v["device"] > 2 or not v["roles"]
            or v["not_before"] > v["not_after"]):
        raise Fault("malformed")
    if signed(to_be_signed(v), certificate.signature) != der:
        raise Fault("malformed")
    verify(issuer, certificate.signature, to_be_signed(v))
    return v


def verify(issuer, signature, body):
    try:
        Ed25519PublicKey.from_public_bytes(issuer).verify(signature, body)
    except InvalidSignature:
        raise Fault("bad-signature") from None


def values(entry):
    plain = ("name", "roles", "device", "not_before", "not_after", "number", "this_update",
             "next_update", "entries")
    return {name: value if name in plain else bytes.fromhex(value)
            for name, value in entry.items()}


@pytest.mark.parametrize("good", STORED["good"], ids=lambda good: good["name"])
def test_a_certificate_says_what_the_vector_says(good):
    v = values(good)
    assert len(v["der"]) < 600
    found = read(v["der"], v["issuer"])
    assert found == {name: v[name] for name in found}
    certificate = x509.load_der_x509_certificate(v["der"])
    office = ROLE_OFFICE in v["roles"]
    limits = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert limits.critical and limits.value.ca == office
    assert usage.critical and usage.value.digital_signature
    assert usage.value.key_cert_sign == usage.value.crl_sign == office
    (subject,) = certificate.subject
    assert subject.value == v["serial"].hex()


@pytest.mark.parametrize("entry", STORED["lists"], ids=lambda entry: entry["name"])
def test_a_revocation_list_says_what_the_vector_says(entry):
    v = values(entry)
    found = x509.load_der_x509_crl(v["der"])
    assert signed(list_to_be_signed(v), found.signature) == v["der"]
    verify(v["issuer"], found.signature, found.tbs_certlist_bytes)
    assert [(revoked.serial_number.to_bytes(16, "big").hex(),
             str(moment(revoked.revocation_date_utc))) for revoked in found] == [
                 tuple(pair) for pair in entry["entries"]]
    number = found.extensions.get_extension_for_class(x509.CRLNumber)
    assert number.value.crl_number == v["number"]


@pytest.mark.parametrize("bad", STORED["bad"], ids=lambda bad: bad["name"])
def test_a_bad_certificate_fails_by_its_name(bad):
    with pytest.raises(Fault) as caught:
        read(bytes.fromhex(bad["der"]), bytes.fromhex(bad["issuer"]))
    assert str(caught.value) == bad["fault"]
