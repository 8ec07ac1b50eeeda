"""The guide language: one pydantic model for the loader, the checks, the JSON Schema and the reference page.

Descriptions are in Vietnamese because maintainers read them in their editor. Unknown keys are errors. A step is told by
its first word (`say do ask let call handoff end`); `next` leads on. Nothing here knows a channel or a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator

ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SLOT_PATTERN = r"^[a-z][a-z0-9_]*$"

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=32)]
SlotName = Annotated[str, StringConstraints(pattern=SLOT_PATTERN, max_length=32)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Expr = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
SlotValue = str | int | float | bool

STEP_KINDS = ("say", "do", "ask", "let", "call", "handoff", "end")


class Part(BaseModel):
    """What every part of a guide has in common: it never changes, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class AnswerKind(StrEnum):
    DATE = "date"
    NUMBER = "number"
    PLACE = "place"
    YES_NO = "yes_no"
    TEXT = "text"


class Keep(StrEnum):
    """How long an answer is kept: while the talk lasts, counted without a name, or not beyond its step."""

    SESSION = "session"
    COUNT = "count"
    NEVER = "never"


class Outcome(StrEnum):
    DONE = "done"
    REFERRED = "referred"
    GAVE_UP = "gave_up"


class Validity(Part):
    """From which day and until which day something holds; both days included."""

    from_: date | None = Field(None, alias="from", description="Ngày bắt đầu có hiệu lực, viết năm-tháng-ngày.", examples=["2027-03-01"])
    until: date | None = Field(None, description="Ngày cuối cùng còn hiệu lực, viết năm-tháng-ngày.", examples=["2027-02-28"])

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        if self.from_ is None and self.until is None:
            raise ValueError("valid-empty")
        if self.from_ and self.until and self.from_ > self.until:
            raise ValueError("valid-reversed")
        return self

    def holds(self, today: date) -> bool:
        return (self.from_ is None or self.from_ <= today) and (self.until is None or today <= self.until)


class Source(Part):
    """An official page that a fact stands on."""

    id: Id = Field(description="Tên ngắn của nguồn, để các bước nhắc đến.", examples=["nd69"])
    title: Text = Field(description="Tên văn bản hoặc trang.", examples=["Nghị định 69/2024/NĐ-CP"])
    url: Text = Field(description="Địa chỉ https của nguồn chính thức.", examples=["https://dichvucong.gov.vn"])
    checked: date | None = Field(None, description="Ngày đã đọc lại và thấy đúng. Chưa ai đọc lại thì bỏ trống.", examples=["2026-11-24"])
    valid: Validity | None = Field(None, description="Nguồn này có hiệu lực từ ngày nào, đến ngày nào.")


class Link(Part):
    """A link to an official page, shown as a button where the app has buttons."""

    label: Text = Field(description="Chữ trên nút.", examples=["Mở Cổng Dịch vụ công"])
    url: Text = Field(description="Địa chỉ https, chỉ các trang chính thức được phép.", examples=["https://dichvucong.gov.vn"])


class Screen(Part):
    """What the drawing of a phone screen shows; see `outreach/illustrations.py`."""

    app: Text = Field(description="Tên ứng dụng, hoặc địa chỉ trang (có dấu chấm).", examples=["VNeID"])
    title: Text = Field(description="Tên màn hình.", examples=["Đăng ký tài khoản mức 1"])
    fields: tuple[Text, ...] = Field((), max_length=3, description="Tối đa 3 ô trên màn hình; không viết ví dụ bên trong ô.")
    highlight: Text = Field(description="Nút hoặc ô cần bấm.", examples=["Bắt đầu"])
    hint: str = Field("", description="Lời chỉ dẫn phía trên hình; để trống thì viết: Bấm “…”.")


class Media(Part):
    """A picture, a recording or a film that goes with a step."""

    kind: Literal["image", "audio", "video"] = Field(description="image, audio hoặc video.")
    url: Text = Field(description="Địa chỉ https, hoặc tên tệp trong thư mục media.")
    alt: Text = Field(description="Lời tả cho người không xem được.")


class Branch(Part):
    """One line of a `next` list: `if` with `then`, or `else` at the end."""

    if_: Expr | None = Field(None, alias="if", description="Điều kiện (CEL).", examples=['slots.phone == "android"'])
    then: Id | None = Field(None, description="Bước đến khi điều kiện đúng.")
    else_: Id | None = Field(None, alias="else", description="Bước đến khi không điều kiện nào đúng.")

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if (self.else_ is None) == (self.if_ is None) or (self.if_ is None) != (self.then is None):
            raise ValueError("branch-shape")
        return self


Next = Id | tuple[Branch, ...]


class Choice(Part):
    """One answer to tap."""

    label: Text = Field(description="Chữ trên nút.", examples=["Android"])
    value: SlotValue | None = Field(None, description="Giá trị ghi vào slot.", examples=["android"])
    next: Id | None = Field(None, description="Bước tiếp theo riêng của câu trả lời này.")
    says: tuple[Text, ...] = Field((), description="Những cách bà con hay nói câu này.")
    valid: Validity | None = Field(None, description="Câu trả lời này có từ ngày nào, đến ngày nào.")


class Problem(Part):
    """What goes wrong at a step, in the citizen's own words, and what to try."""

    problem: Text = Field(description="Lỗi, nói như bà con nói.", examples=["Máy không nhận thẻ"])
    says: tuple[Text, ...] = Field((), description="Những cách bà con hay nói lỗi này.")
    try_: Text | None = Field(None, alias="try", description="Cách thử; xong thì quay lại bước này.")
    next: Id | None = Field(None, description="Hoặc đi đến bước này.")
    source: tuple[Id, ...] | Id = Field((), description="Nguồn của cách chữa.")

    @model_validator(mode="after")
    def _helps(self) -> Self:
        if self.try_ is None and self.next is None:
            raise ValueError("problem-helpless")
        return self


class StepBase(Part):
    """What any step may carry."""

    source: tuple[Id, ...] | Id = Field((), description="Nguồn của điều nói trong bước này.")
    valid: Validity | None = Field(None, description="Bước này có hiệu lực từ ngày nào, đến ngày nào; ngoài hạn thì bỏ qua.")
    link: Link | tuple[Link, ...] = Field((), description="Nút mở trang chính thức.")
    screen: Screen | None = Field(None, description="Hình vẽ màn hình điện thoại, vẽ tự động.")
    picture: Id | None = Field(None, description="Hình vẽ sẵn về một động tác.", examples=["ap-the"])
    media: tuple[Media, ...] = Field((), description="Ảnh, tiếng hoặc phim đi kèm.")

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,) if isinstance(self.source, str) else self.source

    @property
    def links(self) -> tuple[Link, ...]:
        return (self.link,) if isinstance(self.link, Link) else self.link


class SayStep(StepBase):
    """Tells something and goes on by itself."""

    say: Text = Field(description="Lời nói; rồi tự đi tiếp.")
    next: Next = Field(description="Bước tiếp theo.")


class DoStep(StepBase):
    """One thing to do outside the chat; the guide waits until it is done."""

    do: Text = Field(description="Một việc làm bên ngoài cuộc trò chuyện.")
    next: Next = Field(description="Bước tiếp theo khi đã xong.")
    stuck: tuple[Problem, ...] = Field((), description="Những chỗ bà con hay bị vướng ở bước này.")


class AskStep(StepBase):
    """A question; its answer fills a slot and may choose the way."""

    ask: Text = Field(description="Câu hỏi.")
    slot: SlotName | None = Field(None, description="Tên chỗ ghi câu trả lời.")
    choices: tuple[Choice, ...] = Field((), max_length=12, description="Các câu trả lời để bấm.")
    answer: AnswerKind | None = Field(None, description="Loại câu trả lời tự viết: date, number, place, yes_no, text.")
    accept: Expr | None = Field(None, description="Điều kiện câu trả lời phải đúng (CEL, dùng `answer`).", examples=["answer <= today"])
    reask: Text | None = Field(None, description="Lời hỏi lại khi câu trả lời chưa đúng, có ví dụ.")
    keep: Keep = Field(Keep.SESSION, description="Giữ câu trả lời bao lâu: session, count hay never.")
    next: Next | None = Field(None, description="Bước tiếp theo; có thể bỏ nếu mọi câu trả lời có next riêng.")
    stuck: tuple[Problem, ...] = Field((), description="Những chỗ bà con hay bị vướng ở câu hỏi này.")

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if bool(self.choices) == (self.answer is not None):
            raise ValueError("ask-shape")
        return self


class LetStep(StepBase):
    """Computes slots and goes on by itself."""

    let: Mapping[SlotName, Expr] = Field(min_length=1, description="Slot và cách tính (CEL).", examples=[{"deadline": "slots.born + days(60)"}])
    next: Next = Field(description="Bước tiếp theo.")


class CallStep(StepBase):
    """Runs another guide and comes back."""

    call: Id = Field(description="Tên hướng dẫn khác; làm xong thì quay lại đây.")
    next: Next = Field(description="Bước tiếp theo khi quay lại.")


class HandoffStep(StepBase):
    """Brings in a person of the citizen's commune."""

    handoff: Text = Field(description="Lời nói khi nhờ người hỗ trợ.")
    reason: Text = Field(description="Lý do, để người hỗ trợ biết.")
    next: Next | None = Field(None, description="Bước tiếp theo nếu bà con muốn làm tiếp với Dẫn Lối.")


class EndStep(StepBase):
    """Closes the guide with an outcome."""

    end: Text = Field(description="Kết quả và nhận ở đâu.")
    outcome: Outcome = Field(Outcome.DONE, description="done, referred hoặc gave_up.")


def step_kind(value: Any) -> str | None:
    """The kind of a raw or built step, by the first of its words; None when it has none of them."""
    if isinstance(value, Mapping):
        return next((kind for kind in STEP_KINDS if kind in value), None)
    return _KIND_OF.get(type(value))


_KIND_OF: Mapping[type, str] = {SayStep: "say", DoStep: "do", AskStep: "ask", LetStep: "let", CallStep: "call", HandoffStep: "handoff", EndStep: "end"}


Step = Annotated[
    Annotated[SayStep, Tag("say")]
    | Annotated[DoStep, Tag("do")]
    | Annotated[AskStep, Tag("ask")]
    | Annotated[LetStep, Tag("let")]
    | Annotated[CallStep, Tag("call")]
    | Annotated[HandoffStep, Tag("handoff")]
    | Annotated[EndStep, Tag("end")],
    Discriminator(step_kind),
]
WaitingStep = DoStep | AskStep


class Guide(Part):
    """One public service, told as steps."""

    guide: Id = Field(description="Tên của hướng dẫn; cũng là đường dẫn /go/… và mã #…", examples=["vneid"])
    title: Text = Field(description="Tên bà con đọc thấy.", examples=["Cài đặt và kích hoạt VNeID"])
    summary: str = Field("", description="Một hai câu: làm xong thì được gì.")
    minutes: int | None = Field(None, ge=1, le=480, description="Mất khoảng bao nhiêu phút.")
    intent: Id | None = Field(None, description="Tên ý định trong nlu_data mở hướng dẫn này; bỏ trống thì là tên hướng dẫn.")
    names: tuple[Text, ...] = Field(
        (),
        description="Những chữ bà con dùng để gọi việc này; có một chữ đó thì câu hỏi là về việc này, không phải việc đang làm.",
        examples=[["VNeID", "định danh"]],
    )
    prepare: tuple[Text, ...] = Field((), description="Những thứ cần có bên mình.")
    sources: tuple[Source, ...] = Field((), description="Nguồn chính thức; hướng dẫn không có nguồn thì không được dùng.")
    moved: Mapping[Id, Id] = Field(default_factory=dict, description="Bước cũ: bước mới, cho người đang đứng ở bước đã đổi tên hoặc đã bỏ.")
    valid: Validity | None = Field(None, description="Hướng dẫn này có hiệu lực từ ngày nào, đến ngày nào.")
    start: Id = Field(description="Bước đầu tiên.")
    steps: Mapping[Id, Step] = Field(min_length=1, description="Các bước.")


class AnswerSource(Part):
    """Where a short answer is from."""

    title: Text = Field(description="Tên văn bản hoặc trang.")
    url: Text = Field(description="Địa chỉ https của nguồn chính thức.")
    checked: date | None = Field(None, description="Ngày đã đọc lại và thấy đúng.")


class Answer(Part):
    """A short answer to a question that people ask; the NLU intent is `hoi/ID`."""

    answer: Id = Field(description="Tên của câu trả lời; ý định trong nlu_data là hoi/tên này.")
    question: Text = Field(description="Câu hỏi, viết gọn.")
    text: Text = Field(description="Câu trả lời.")
    guide: Id | None = Field(None, description="Hướng dẫn mà câu trả lời thuộc về; được mời làm sau khi trả lời.")
    topic: Id | None = Field(
        None,
        description="Các câu trả lời cùng một chuyện của nhiều hướng dẫn (phí, thời gian): bà con hỏi trống không thì được trả lời theo hướng dẫn đang làm.",
        examples=["phi"],
    )
    link: Link | None = Field(None, description="Nút mở trang chính thức.")
    source: AnswerSource = Field(description="Nguồn của câu trả lời.")
    valid: Validity | None = Field(None, description="Câu trả lời đúng từ ngày nào, đến ngày nào.")


class AnswerFile(Part):
    """One file of `flows/answers/`."""

    answers: tuple[Answer, ...] = Field(description="Các câu trả lời.")
