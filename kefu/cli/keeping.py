"""`kefu backup` and `kefu restore`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kefu.cli.desk import Desk, opened
from kefu.database import backup as backups
from kefu.database.unusable import Unusable


def backup(chosen: argparse.Namespace) -> int:
    with opened() as desk:
        desk.enter("migrate")
        made = backups.back_up(_source(desk), chosen.folder)
        print(f"Backed up to {made}.")
        if chosen.with_keys:
            backups.copy_keys(_keys(), chosen.with_keys, apart_from=chosen.folder)
            print(f"The key ring is in {chosen.with_keys}; keep it apart from the backup.")
        else:
            print("The key ring is not in it: without those keys the personal data in it cannot be read.")
    return 0


def restore(chosen: argparse.Namespace) -> int:
    """The copy is a desk of its own: what waited to be sent is held until an admin says that it may go."""
    with opened() as desk:
        desk.enter("migrate")
        manifest = backups.bring_back(chosen.folder, _source(desk))
        if chosen.keys:
            _bring_keys_back(chosen.keys)
        from kefu.cli import preparing
        from kefu.events import era

        preparing.bring_tables_up_to_date()
        era.raise_era("restored from a backup")
    print(f"Restored what was backed up at {manifest['made_at']}.")
    print("Nothing is sent from this copy until an admin confirms it on the console's page about this desk.")
    return 0


def _source(desk: Desk) -> backups.Source:
    from django.conf import settings

    return backups.Source(desk.owner, desk.major, Path(settings.MEDIA_ROOT))


def _keys() -> Path:
    from django.conf import settings

    return Path(settings.KEFU_KEYS)


def _bring_keys_back(elsewhere: Path) -> None:
    if not elsewhere.is_dir():
        raise Unusable(
            f"There are no keys in {elsewhere}; the data is back, bring the keys to {_keys()} by hand."
        )
    backups.copy_keys(elsewhere, _keys(), apart_from=elsewhere)
