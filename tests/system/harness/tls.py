# SPDX-License-Identifier: MIT
"""Certificates for tests, made by openssl(1): a CA, and what it signs."""

import shutil
import ssl
import subprocess

MISSING = None if shutil.which("openssl") else "no openssl(1) here to make certificates (package openssl)"

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    """A CA in a folder; what it signs is there too."""

    def __init__(self, directory, name="ca"):
        self.directory, self.name = directory, name
        self.certificate, self.key = directory / f"{name}.pem", directory / f"{name}.key"
        _openssl("req", "-x509", *_KEY, "-days", "2", "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign",
                 "-keyout", self.key, "-out", self.certificate)

    def sign(self, name, names="DNS:localhost,IP:127.0.0.1"):
        """(certificate, key): files for a server or client of these names."""
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        request = self.directory / f"{name}.csr"
        _openssl("req", *_KEY, "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}", "-keyout", key,
                 "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                 "-days", "2", "-copy_extensions", "copy", "-out", certificate)
        return certificate, key

    def context(self, pair=None):
        """A client that trusts it, and shows a certificate of its own where one is given."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        if pair:
            context.load_cert_chain(*map(str, pair))
        return context
