"""The compiled core of `cel`, without the package around it.

Importing `cel` also imports its command line with prompt_toolkit and rich: 24 MB and a fifth of a second of CPU that a
server never uses. The extension module stands on its own, so it is loaded by itself; where the package is laid out
differently, the whole of it is imported.
"""

from __future__ import annotations

from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any


def _core() -> Any:
    package = find_spec("cel")
    inner = PathFinder.find_spec("cel", list(package.submodule_search_locations or ())) if package else None
    if inner is None or inner.loader is None:
        import cel

        return cel
    module = module_from_spec(inner)
    inner.loader.exec_module(module)
    return module


compile_cel: Any = _core().compile  # (source) -> Program; raises ValueError
