"""What every answer tells the browser not to do."""

from flask import Response

# Nothing inline and nothing from elsewhere, but images that our own stylesheets carry in them.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With `no-referrer` browsers send `Origin: null` with our own forms, which would be refused.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Browsers heed this only where it came over TLS.
    "Strict-Transport-Security": "max-age=31536000",
}


def secure(response: Response) -> Response:
    """Put the headers on an answer; one that does not say so itself is kept by no cache."""
    for name, value in SECURITY_HEADERS.items():
        # A page may have said so already: the frame of an e-mail allows less, and other things.
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
