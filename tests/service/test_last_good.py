"""Which version of each file is served after an edit that broke something."""

from __future__ import annotations

from bot.service.last_good import Shelf, settle

SOURCE = "sources: [{id: s, title: S, url: https://dichvucong.gov.vn, checked: 2026-11-24}]\n"
PLACES = "code,name_vi,type,former_units\n03388,Xã Bum Nưa,xã,\n"


def guide(name: str, text: str = "Mở ứng dụng.", more: str = "") -> bytes:
    return (
        f"guide: {name}\ntitle: {name}\n{SOURCE}start: a\nsteps:\n{more}"
        f"  a: {{do: {text}, stuck: [{{problem: Không mở được, try: Thử lại.}}], next: z}}\n  z: {{end: Xong., outcome: done}}\n"
    ).encode()


def caller(name: str, called: str) -> bytes:
    text = f"guide: {name}\ntitle: {name}\n{SOURCE}start: c\nsteps:\n  c: {{call: {called}, next: z}}\n  z: {{end: Xong., outcome: done}}\n"
    return text.encode()


def answers(text: str, more: str = "") -> bytes:
    source = "{title: S, url: https://dichvucong.gov.vn, checked: 2026-11-24}"
    return f"answers:\n  - answer: phi\n    question: Mất tiền không?\n    text: {text}\n    source: {source}\n{more}".encode()


def words(shelf: Shelf, name: str) -> str:
    return str(getattr(shelf.guides[name].step("a"), "do", ""))


BROKEN = b"guide: a\ntitle: [\n"


def test_a_broken_guide_keeps_its_last_good_version_and_the_others_change() -> None:
    first = settle({"a.yaml": guide("a"), "b.yaml": guide("b")})
    second = settle({"a.yaml": BROKEN, "b.yaml": guide("b", "Mở máy.")}, first)
    assert (words(second, "a"), words(second, "b")) == ("Mở ứng dụng.", "Mở máy.")
    assert second.old == {"a.yaml"}
    assert {one.file for one in second.diagnostics} == {"a.yaml"}
    third = settle({"a.yaml": b"guide: a\n", "b.yaml": guide("b", "Mở máy.")}, second)
    assert words(third, "a") == "Mở ứng dụng."
    mended = settle({"a.yaml": guide("a", "Mở thẻ."), "b.yaml": guide("b", "Mở máy.")}, third)
    assert words(mended, "a") == "Mở thẻ."
    assert (mended.old, mended.diagnostics) == (frozenset(), ())


def test_a_guide_that_was_never_good_is_left_out() -> None:
    assert set(settle({"a.yaml": BROKEN, "b.yaml": guide("b")}).guides) == {"b"}


def test_whoever_calls_a_broken_guide_is_served_as_it_is_now() -> None:
    first = settle({"a.yaml": guide("a"), "c.yaml": caller("c", "a")})
    changed = caller("c", "a").replace(b"title: c", b"title: C")
    second = settle({"a.yaml": BROKEN, "c.yaml": changed}, first)
    assert second.guides["c"].model.title == "C"
    assert second.old == {"a.yaml"}


def test_a_guide_that_is_taken_away_goes_unless_somebody_needs_it() -> None:
    first = settle({"a.yaml": guide("a"), "b.yaml": guide("b"), "c.yaml": caller("c", "a")})
    second = settle({"a.yaml": guide("a"), "c.yaml": caller("c", "a")}, first)
    assert set(second.guides) == {"a", "c"}
    third = settle({"c.yaml": caller("c", "a")}, second)
    assert set(third.guides) == {"a", "c"}
    assert third.old == {"a.yaml"}
    assert [one.code for one in third.diagnostics] == ["unknown-guide"]


def test_a_guide_that_moved_to_a_broken_file_stays() -> None:
    first = settle({"a.yaml": guide("a"), "b.yaml": guide("b")})
    assert set(settle({"b.yaml": guide("b"), "new.yaml": BROKEN}, first).guides) == {"a", "b"}
    assert set(settle({"b.yaml": guide("b"), "new.yaml": guide("a2")}, first).guides) == {"b", "a2"}


def test_an_empty_folder_is_no_decision() -> None:
    first = settle({"a.yaml": guide("a"), "b.yaml": guide("b")})
    assert set(settle({}, first).guides) == {"a", "b"}


def test_answers_and_places_stay_too() -> None:
    asks = guide("a", more='  p: {ask: "Bà con ở xã nào?", slot: commune, answer: place, next: a}\n').replace(b"start: a", b"start: p")
    files = {"a.yaml": asks, "answers/x.yaml": answers("Không mất tiền."), "places.csv": PLACES.encode()}
    first = settle(files)
    assert not first.diagnostics
    second = settle(files | {"answers/x.yaml": answers('"Mở http://xau.example"'), "places.csv": b"\xff"}, first)
    assert second.guides.answers["phi"].text == "Không mất tiền."
    assert set(second.guides) == {"a"}
    assert len(second.guides.places) == 1
    assert second.old == {"answers/x.yaml", "places.csv"}
