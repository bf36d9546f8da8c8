"""Raw mails for the tests, written as clients write them."""

from __future__ import annotations

import base64
from collections.abc import Iterable

HEAD = b"From: Lin Wang <lin@customer.test>\r\nTo: support@desk.test\r\nSubject: My parcel\r\nMIME-Version: 1.0\r\n"


def mail(
    body: bytes | str = "Hello", *, head: bytes | str = b"", content: str = "text/plain; charset=utf-8"
) -> bytes:
    """With the headers of ``HEAD``, unless ``head`` has others of the same name."""
    given = _bytes(head).strip(b"\r\n")
    names = {line.partition(b":")[0].lower() for line in given.splitlines()}
    usual = b"".join(
        line + b"\r\n" for line in HEAD.splitlines() if line.partition(b":")[0].lower() not in names
    )
    extra = given + b"\r\n" if given else b""
    return usual + extra + f"Content-Type: {content}\r\n\r\n".encode() + _bytes(body)


def part(body: bytes | str, *, content: str = "text/plain; charset=utf-8", head: bytes | str = b"") -> bytes:
    given = _bytes(head).strip(b"\r\n")
    return (
        f"Content-Type: {content}\r\n".encode() + (given + b"\r\n" if given else b"") + b"\r\n" + _bytes(body)
    )


def in_base64(body: bytes | str, *, content: str = "text/plain; charset=utf-8", head: str = "") -> bytes:
    encoded = base64.encodebytes(_bytes(body)).replace(b"\n", b"\r\n")
    return part(encoded, content=content, head=f"Content-Transfer-Encoding: base64\r\n{head}")


def joined(parts: Iterable[bytes], boundary: str = "part") -> bytes:
    line = b"--" + boundary.encode()
    return b"".join(line + b"\r\n" + each + b"\r\n" for each in parts) + line + b"--\r\n"


def multipart(kind: str, *parts: bytes, head: bytes | str = b"", boundary: str = "part") -> bytes:
    return mail(joined(parts, boundary), content=f'multipart/{kind}; boundary="{boundary}"', head=head)


def nested(kind: str, *parts: bytes, boundary: str) -> bytes:
    return part(joined(parts, boundary), content=f'multipart/{kind}; boundary="{boundary}"')


def word(text: str, charset: str = "utf-8") -> str:
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def squeezed(text: str) -> str:
    """Without white space and marks of quotes."""
    return "".join(text.replace(">", "").split())


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text
