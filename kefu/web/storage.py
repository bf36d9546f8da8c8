"""Static files under names that change with their content, so that browsers may keep them for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

# Django has patterns of its own for this, which overlook imports that no semicolon ends.
HEAD = r"""(?P<head>(?:import|export)\b(?:[^'";]*?\bfrom)?\s*)"""
IMPORTED = rf"""(?m)^(?P<matched>{HEAD}["'](?P<url>\.[^'"]+)["'])"""
ASKED_FOR = r"""(?P<matched>\bimport\(["'](?P<url>\.[^'"]+)["']\))"""


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Scripts name each other by relative address: rewritten too, or an old part would stay in use."""

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("*.js", ((IMPORTED, '%(head)s"%(url)s"'), (ASKED_FOR, 'import("%(url)s")'))),
    )
