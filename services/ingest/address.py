"""Addresses of cameras, which often carry a password: what may be shown of them."""

from __future__ import annotations

HIDDEN = "***"


def redact(address: str) -> str:
    """The part of an address that may stand in a log: scheme, ``***@`` where there was a user, host and port.

    Passwords are found at odd places: before an unescaped ``@``, with ``/`` or ``?`` in them, as ``?token=``, as a
    path such as ``/user=admin&password=x``. So everything up to the last ``@`` is hidden, and of what stands after
    the host nothing is kept. A path of a file has no host and stays whole, unless it looks like a URL without scheme.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "", address
    _, at, shown = rest.rpartition("@")
    if separator or at or "?" in shown:
        for end in "/?#&":
            shown = shown.partition(end)[0]
    return f"{scheme}{separator}{HIDDEN + at if at else ''}{shown}"
