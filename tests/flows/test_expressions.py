"""Expressions: CEL over slots and dates, compiled once."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.expressions import BadExpression, ExpressionFailed, SlotType, compared_values, compile_expression, native, stored
from bot.flows.working_days import is_working_day, nth_working_day

TODAY = date(2026, 11, 24)
SLOTS = {"born": date(2026, 3, 1), "phone": "android", "children": 3, "weight": 2.5, "married": True, "deadline": date(2026, 1, 1)}


def value(source: str, answer: object = None, language: str = "vi") -> object:
    return compile_expression(source).value(SLOTS, today=TODAY, language=language, answer=answer)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("slots.born + days(60)", date(2026, 4, 30)),
        ("today - days(slots.children)", date(2026, 11, 21)),
        ("slots.deadline < today", True),
        ('slots.phone == "android"', True),
        ("slots.phone in ['ios', \"android\"]", True),
        ("slots . phone != 'ios'", True),
        ("slots.missing == null", True),
        ("slots.missing != null && slots.missing < 3", False),
        ("slots.married && !slots.married", False),
        ("slots.married ? 'a' : 'b'", "a"),
        ("slots.children * 2 + 1", 7),
        ("slots.children / 2", 1),
        ("slots.weight * 2", 5),
        ("slots.weight + slots.children", 5.5),
        ("slots.weight > 2", True),
        ("today - slots.born", 268),
        ("slots.born.getFullYear()", 2026),
        ('date("2026-11-24") == today', True),
        ('language == "vi"', True),
        ('"slots.x days(3)" + slots.phone', "slots.x days(3)android"),
        ("string(slots.children) + ' cháu'", "3 cháu"),
        ("slots.phone.startsWith('and')", True),
    ],
)
def test_values_are_those_of_python(source: str, result: object) -> None:
    """Dates come back as dates, whole decimals as whole numbers, differences of dates as days."""
    found = value(source)
    assert found == result
    assert type(found) is type(result)


def test_working_days_leave_out_weekends_and_holidays() -> None:
    """From Friday 13 February 2026, three working days later is after Tết (16 to 20 February)."""
    slots = {"sent": date(2026, 2, 13)}
    assert compile_expression("working_days(slots.sent, 1)").value(slots, today=TODAY) == date(2026, 2, 23)
    assert compile_expression("working_days(slots.sent, 3)").value(slots, today=TODAY) == date(2026, 2, 25)
    assert compile_expression("working_days(slots.sent, 0)").value(slots, today=TODAY) == date(2026, 2, 13)


def test_the_table_of_holidays_is_that_of_the_package() -> None:
    """`python -m tests.flows.holiday_table` writes it anew."""
    calendar = holidays.country_holidays("VN")
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(27 * 365)]
    assert [day for day in days if calendar.is_working_day(day) != is_working_day(day)] == []
    for number in (-10, -1, 1, 2, 3, 7, 30):
        assert nth_working_day(date(2026, 2, 13), number) == calendar.get_nth_working_day(date(2026, 2, 13), number)


def test_the_answer_is_seen_in_accept() -> None:
    """A date that was typed, a number that was typed."""
    assert value("answer <= today", answer=date(2026, 3, 5)) is True
    assert value("answer >= 1 && answer <= 12", answer=13) is False
    assert value("answer * 2", answer=1.5) == 3


@pytest.mark.parametrize(
    "source", ["slots.missing < 3", "slots.phone + 1", "!slots.phone", "slots.children / 0", "days(slots.phone) + today", 'date("x") < today']
)
def test_what_has_no_value_fails_in_one_way(source: str) -> None:
    """And says nothing of the values, which may be a citizen's words."""
    with pytest.raises(ExpressionFailed) as failed:
        value(source)
    assert "android" not in str(failed.value)
    assert failed.value.source == source


def test_the_language_comes_without_a_command_line() -> None:
    """A server starts faster, and 24 MB smaller, without what `import cel` would bring along."""
    program = "import sys, bot.flows.expressions; sys.exit('prompt_toolkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_failing_function_writes_nothing_to_the_log(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """cel logs errors of functions together with their arguments: so ours do not fail."""
    slots = {"said": "012345678901"}
    for source in ("date(slots.said) < today", "today + days(slots.said)", "working_days(slots.said, 3) < today", "working_days(today, slots.said) < today"):
        with pytest.raises(ExpressionFailed):
            compile_expression(source).value(slots, today=TODAY)
    assert "012345678901" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("source", "code", "offset"),
    [
        ("slots.phone ==", "expression-syntax", 14),
        ("slots.phone = 'x'", "expression-equals", 12),
        ("slots.phone == '=' && slots.a =>3", "expression-equals", 30),
        ('slots.phone == "x', "expression-syntax", 15),
        ("phone == 'x'", "expression-name", 0),
        ("slots.a == 1 && fone", "expression-name", 16),
        ("today + day(3)", "expression-function", 8),
        ("has(slots.phone)", "expression-has", 0),
        ("slots['phone'] == 'x'", "expression-slots", 0),
        ("slots.all(one, one == 1)", "expression-slots", 0),
        ("slots == 1", "expression-slots", 0),
        ("", "expression-syntax", 0),
    ],
)
def test_mistakes_are_found_when_compiling(source: str, code: str, offset: int) -> None:
    """With the place in the source."""
    with pytest.raises(BadExpression) as bad:
        compile_expression(source)
    assert (bad.value.code, bad.value.offset) == (code, offset)
    assert bad.value.message


def test_an_expression_knows_what_it_reads() -> None:
    """Names in strings are not names."""
    expression = compile_expression('slots.a == "slots.b" && slots.c < today')
    assert expression.slots == {"a", "c"}
    assert expression.variables == {"slots", "today"}
    assert compile_expression(expression.source) is expression


def test_compared_values_are_found_for_the_checks() -> None:
    """With their places; a sum, or a call on the literal, is another value."""
    source = "slots.a == 'x' || slots.b in [\"y\", 2] || slots.c != true || slots.d == -1.5"
    found = compared_values(source)
    assert [(name, value) for name, value, _ in found] == [("a", "x"), ("c", True), ("d", -1.5), ("b", "y"), ("b", 2)]
    assert [source[at] for _, _, at in found] == ["'", "t", "-", '"', "2"]
    assert compared_values("slots.a == 1 + 2") == ()
    assert compared_values("slots.a in [" + "1" * 400) == ()  # and not after trying every way to cut the digits
    assert compared_values("slots.a == 'x'.size()") == ()


def test_dates_are_stored_as_text() -> None:
    """A session is JSON."""
    assert stored(date(2026, 3, 5)) == "2026-03-05"
    assert native("2026-03-05", SlotType.DATE) == date(2026, 3, 5)
    assert native("2026-03-05", SlotType.STRING) == "2026-03-05"
    assert native("not a date", SlotType.DATE) is None
    assert native(None, SlotType.DATE) is None
    assert stored("x") == "x"
    assert stored(True) is True


@given(
    st.one_of(
        st.text(max_size=80),
        st.text(alphabet="slots.abc()[]{}!-+*/%<>=&|?:'\"0123456789 days", max_size=120),
        st.sampled_from("([{!-").map(lambda one: one * 480),
    )
)
def test_no_source_breaks_the_compiler(source: str) -> None:
    """It compiles, or it is a bad expression; then it has a value, or it fails."""
    with suppress(BadExpression, ExpressionFailed):
        compile_expression(source).value(SLOTS, today=TODAY)


def test_numbers_with_exponents_are_numbers() -> None:
    """Also where whole ones stand beside fractions."""
    assert compile_expression("1e+100").value({}, today=TODAY) == 1e100
    assert compile_expression("slots.x1e-5").value({"x1e": 7.5}, today=TODAY) == 2.5
