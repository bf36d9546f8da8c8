"""A ``Mail`` as bytes between two processes: JSON that is checked when it is read, and the attachments behind it.

Nothing that comes out of the process that read a stranger's mail is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate, pairwise

from pydantic import TypeAdapter, ValidationError

from kefu.inboxes.email.parsed import Mail

_HEAD = 8
_adapter = TypeAdapter(tuple[Mail, list[int]])


class Garbled(Exception):
    """These bytes are no mail."""


def packed(mail: Mail) -> Iterable[bytes]:
    """In pieces, so that no attachment is copied."""
    contents = [each.content for each in mail.attachments]
    bare = replace(mail, attachments=tuple(replace(each, content=b"") for each in mail.attachments))
    told = _adapter.dump_json((bare, [len(content) for content in contents]))
    return [len(told).to_bytes(_HEAD, "big"), told, *contents]


def unpacked(content: memoryview) -> Mail:
    end = _HEAD + int.from_bytes(content[:_HEAD], "big")
    try:
        mail, lengths = _adapter.validate_json(bytes(content[_HEAD:end]))
    except ValidationError as problem:
        raise Garbled from problem
    places = list(pairwise(accumulate(lengths, initial=end)))
    if len(places) != len(mail.attachments) or (places and places[-1][1] != len(content)):
        raise Garbled
    told = zip(mail.attachments, places, strict=True)
    whole = (replace(each, content=bytes(content[start:stop])) for each, (start, stop) in told)
    return replace(mail, attachments=tuple(whole))
