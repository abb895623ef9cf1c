"""What the host gives a session when it greets it: variables, and a certificate.

The variables have placeholders of secrets, for which the host's proxy puts the secrets in
when a request goes to their host. For that TLS ends at the proxy, with an authority that
this session alone trusts: its certificate is in a file beside those of the system, which
the variables of TLS libraries name. Snapshots have neither.
"""

from .pristine import __builtins__, os

import ssl

# What names a file of authorities: OpenSSL, and with it Python, httpx and aiohttp;
# requests and pip; curl; boto3; node; git; Deno.
VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "DENO_CERT")
# Where systems have all authorities that they trust in one file.
SYSTEM = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem")
END = "-----END CERTIFICATE-----"
BEGIN = "-----BEGIN CERTIFICATE-----"


class Given:
    """What this session has been given. report writes a line of diagnostics."""

    def __init__(self, report):
        self.report = report
        self.variables = {}  # as they were set
        self.authority = ""
        self.path = os.path.join(os.environ.get("TMPDIR") or "/tmp", ".authorities.pem")

    def take(self, variables, authority):
        """Replaces what was given before. What code has set otherwise stays."""
        if authority:
            try:
                self.trust(authority)
            except Exception as e:
                self.report(f"cannot write the authorities: {type(e).__name__}\n")
        elif self.authority:
            self.authority = ""  # the file stays, since programs may have it open
        if self.authority:
            variables = {**variables, **dict.fromkeys(VARIABLES, self.path)}
        for name, value in self.variables.items():
            if name not in variables and os.environ.get(name) == value:
                del os.environ[name]
        for name, value in variables.items():
            if os.environ.get(name) in (None, self.variables.get(name)):
                os.environ[name] = value
        self.variables = variables

    def trust(self, authority):
        """Writes the file with all authorities, unless it is there."""
        if authority == self.authority and os.path.exists(self.path):
            return
        partial = self.path + ".partial"
        with open(partial, "w", encoding="ascii") as f:
            f.write(authority)
            f.writelines(certificates())
        os.replace(partial, self.path)
        self.authority = authority


def certificates():
    """Returns the certificates that programs here trust anyway, those of the system and
    those of certifi, each once."""
    files = [ssl.get_default_verify_paths().openssl_cafile]
    files += [next(filter(os.path.exists, SYSTEM), "")]
    try:
        import certifi
        files.append(certifi.where())
    except Exception:
        pass  # another interpreter need not have it
    found = {}
    for path in files:
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                text = f.read()
        except OSError:
            continue
        for part in text.split(END)[:-1]:
            body = part.rpartition(BEGIN)[2]
            found["".join(body.split())] = f"{BEGIN}{body}{END}\n"
    return [text for text in found.values() if text.isascii()]
