"""`python -m tests.snapshots` writes how each step of each guide looks in each app; look through what changed, then commit it."""

from __future__ import annotations

from tests.snapshots.drawing import FOLDER, snapshots

for name, text in snapshots().items():
    path = FOLDER / name
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"written: tests/snapshots/{name}")
for old in set(FOLDER.glob("*.txt")) - {FOLDER / name for name in snapshots()}:
    old.unlink()
    print(f"removed: tests/snapshots/{old.name}")
