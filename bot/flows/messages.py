"""The sentences of all findings, one table a language, keyed by code.

`what` says what is wrong and `mend` how to mend it; `near` takes the place of `mend` where we can guess what was meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Sentence(NamedTuple):
    what: str
    mend: str
    near: str = ""


# What could mislead or endanger a citizen, or break a talk: the guide is not served. All other codes are warnings.
ERRORS = frozenset(
    {
        "file-too-large", "not-utf8", "file-empty", "yaml-syntax", "yaml-tab", "yaml-start", "yaml-colon", "yaml-no-colon", "yaml-quote",
        "yaml-bracket", "yaml-indent", "yaml-character", "yaml-documents", "yaml-alias", "yaml-merge", "yaml-tag", "yaml-key", "yaml-deep",
        "yaml-large", "duplicate-key",
        "unknown-key", "missing-key", "step-kind", "two-kinds", "wrong-text", "wrong-number", "wrong-list", "wrong-mapping", "wrong-value",
        "wrong-type", "empty-value", "too-long", "too-many", "too-few", "out-of-range", "bad-id", "bad-slot-name", "bad-date", "next-shape",
        "branch-shape", "ask-shape", "problem-helpless", "valid-empty", "valid-reversed", "bad-value", "bad-places",
        "turn-shape", "bad-later",
        "duplicate-guide", "duplicate-answer", "duplicate-source", "duplicate-code", "people-stand-here", "unknown-step", "unknown-guide", "unknown-source",
        "unknown-slot", "call-cycle", "call-broken", "missing-else", "else-not-last", "dead-end", "never-ends", "loop-without-wait",
        "valid-no-way", "duplicate-choice", "slot-types", "slot-not-kept", "no-places",
        "expression-syntax", "expression-equals", "expression-name", "expression-function", "expression-slots", "expression-has", "expression-type",
        "expression-not-bool", "expression-null", "accept-slots", "value-never", "compared-types",
        "no-source", "link-https", "link-address", "link-shortener", "link-domain", "media-address", "asks-secret", "screen-too-long", "unknown-picture",
        "nlu-no-files", "nlu-nothing", "nlu-root", "nlu-list", "nlu-block", "nlu-pairs", "nlu-alias", "nlu-no-examples", "nlu-name", "nlu-regex", "nlu-mark",
        "nlu-mark-open", "nlu-line", "nlu-empty", "nlu-two-intents", "nlu-too-few", "nlu-one-intent", "catalogue-unreadable",
    }
)  # fmt: skip

VIETNAMESE: Mapping[str, Sentence] = {
    # Reading the file
    "file-too-large": Sentence("Tệp lớn hơn {limit}", "chia thành nhiều tệp; các hướng dẫn nối với nhau bằng call"),
    "not-utf8": Sentence("Tệp không phải mã UTF-8", "lưu lại tệp với bảng mã UTF-8"),
    "file-empty": Sentence("Tệp trống", "viết hướng dẫn vào, hoặc xóa tệp"),
    "yaml-syntax": Sentence("Viết sai cú pháp YAML ({problem})", "xem lại dòng này và dòng ngay trên"),
    "yaml-tab": Sentence("Có phím Tab ở đầu dòng", "thay Tab bằng dấu cách, mỗi bậc 2 dấu cách"),
    "yaml-start": Sentence("Giá trị không được bắt đầu bằng “{found}”", 'đặt cả câu trong ngoặc kép: "…"'),
    "yaml-colon": Sentence("Có dấu hai chấm ở giữa câu", 'đặt cả câu trong ngoặc kép: "…"'),
    "yaml-no-colon": Sentence("Thiếu dấu hai chấm sau khóa", "viết khóa: giá trị, có dấu cách sau dấu hai chấm"),
    "yaml-quote": Sentence("Mở ngoặc kép mà chưa đóng", "thêm dấu ngoặc kép ở cuối câu"),
    "yaml-bracket": Sentence("Mở ngoặc mà chưa đóng, hoặc thiếu dấu phẩy", "xem lại các dấu {{ }} [ ] và dấu phẩy"),
    "yaml-indent": Sentence("Dòng này thụt vào không đều với các dòng cùng bậc", "cho các khóa cùng bậc thẳng cột; câu có dấu nháy thì đặt trong ngoặc kép"),
    "yaml-character": Sentence("Có ký tự điều khiển không nhìn thấy", "xóa ký tự ở chỗ này rồi gõ lại"),
    "yaml-documents": Sentence("Có dấu --- bắt đầu tài liệu thứ hai", "mỗi tệp một hướng dẫn"),
    "yaml-alias": Sentence("Không có chỗ nào tên &{name} ở phía trên", "viết lại nội dung ở đây, không dùng *{name}"),
    "yaml-merge": Sentence("Không dùng được phép gộp <<", "viết đủ các khóa ở đây"),
    "yaml-tag": Sentence("Không dùng được nhãn {tag}", "bỏ nhãn; chữ thì đặt trong ngoặc kép"),
    "yaml-key": Sentence("Khóa phải là một từ", "viết khóa: giá trị; câu có dấu ngoặc thì đặt trong ngoặc kép"),
    "yaml-deep": Sentence("Lồng nhau quá {limit} bậc", "xem lại các dấu ngoặc và thụt dòng"),
    "yaml-large": Sentence("Có hơn {limit} giá trị, kể cả chỗ lặp lại bằng *", "chia thành nhiều tệp, bớt dùng & và *"),
    "duplicate-key": Sentence("Khóa “{key}” đã có ở dòng {first}", "bỏ một trong hai, hoặc đổi tên"),
    # Shape
    "unknown-key": Sentence("Không có khóa “{key}” ở đây", "dùng một trong: {known}", "có phải là “{near}” không?"),
    "missing-key": Sentence("Thiếu “{key}”", "thêm {key}: vào đây"),
    "step-kind": Sentence("Bước này chưa nói phải làm gì", "thêm một trong: say, do, ask, let, call, handoff, end", "“{found}” có phải là “{near}” không?"),
    "two-kinds": Sentence("Bước này có cả “{first}” và “{second}”", "chia thành hai bước, nối bằng next"),
    "wrong-text": Sentence("“{key}” phải là chữ", 'đặt trong ngoặc kép: "{value}"'),
    "wrong-number": Sentence("“{key}” phải là số", "viết số, không viết chữ, ví dụ 15"),
    "wrong-list": Sentence("“{key}” phải là một danh sách", "viết mỗi mục một dòng, bắt đầu bằng dấu gạch ngang và dấu cách"),
    "wrong-mapping": Sentence("“{key}” phải gồm các khóa", "viết mỗi khóa một dòng, thụt vào, dạng khóa: giá trị"),
    "wrong-value": Sentence("“{key}” không nhận giá trị “{value}”", "dùng một trong: {known}", "có phải là “{near}” không?"),
    "wrong-type": Sentence("“{key}” phải là chữ, số, true hoặc false", "viết một giá trị đơn"),
    "empty-value": Sentence("“{key}” còn trống", "viết nội dung vào, hoặc bỏ khóa này"),
    "too-long": Sentence("“{key}” dài hơn {limit} ký tự", "viết ngắn lại, hoặc chia làm hai"),
    "too-many": Sentence("“{key}” có hơn {limit} mục", "bớt đi, hoặc chia thành hai bước"),
    "too-few": Sentence("“{key}” chưa có mục nào", "thêm ít nhất một mục"),
    "out-of-range": Sentence("“{key}” ngoài giới hạn ({limit})", "sửa lại số"),
    "bad-id": Sentence(
        "Tên “{value}” không dùng được",
        "chỉ dùng chữ thường không dấu, số và dấu gạch ngang, dài nhất 32 ký tự",
        "viết không dấu, dấu gạch ngang thay dấu cách: {near}",
    ),
    "bad-slot-name": Sentence("Tên slot “{value}” không dùng được", "chỉ dùng chữ thường không dấu, số và dấu _, bắt đầu bằng chữ", "viết: {near}"),
    "bad-date": Sentence("“{value}” không phải là ngày", "viết năm-tháng-ngày, ví dụ 2026-11-24", "viết năm-tháng-ngày: {near}"),
    "next-shape": Sentence(
        "“next” phải là tên một bước, hoặc danh sách if/else", "viết next: tên-bước, hoặc mỗi dòng một - {{if: …, then: …}} và cuối cùng - else: …"
    ),
    "branch-shape": Sentence("Dòng này phải có if với then, hoặc chỉ có else", "viết - {{if: điều kiện, then: tên-bước}} hoặc - else: tên-bước"),
    "ask-shape": Sentence("Câu hỏi phải có choices hoặc answer, không được cả hai", "thêm choices: để bấm, hoặc answer: date | number | place | yes_no | text"),
    "problem-helpless": Sentence("Chỗ vướng này chưa có cách gỡ", "thêm try: cách thử, hoặc next: tên-bước"),
    "valid-empty": Sentence("“valid” chưa có ngày nào", "thêm from: hoặc until:"),
    "valid-reversed": Sentence("Ngày from đứng sau ngày until", "đổi lại hai ngày"),
    "bad-value": Sentence("“{key}” có giá trị không dùng được", "xem docs/guide-language.md"),
    "turn-shape": Sentence("Mỗi lượt phải có đúng một trong: user, tap, open", "chia thành hai lượt, hoặc thêm việc bà con làm"),
    "bad-later": Sentence("“{value}” không phải là khoảng thời gian", "viết số rồi phút, giờ hoặc ngày, ví dụ: 3 ngày"),
    "bad-places": Sentence("Danh sách xã sai: {problem}", "mỗi dòng: mã, tên, loại, các đơn vị cũ cách nhau bằng dấu chấm phẩy"),
    # References
    "duplicate-guide": Sentence("Hướng dẫn “{name}” đã có ở tệp {first}", "đổi tên một trong hai"),
    "duplicate-code": Sentence("Mã #{code} trùng với hướng dẫn “{first}”", "đổi tên hướng dẫn, không chỉ khác nhau ở dấu gạch ngang"),
    "duplicate-answer": Sentence("Câu trả lời “{name}” đã có ở tệp {first}", "đổi tên, hoặc gộp làm một"),
    "duplicate-source": Sentence("Nguồn “{name}” đã có ở trên", "đổi tên một trong hai"),
    "people-stand-here": Sentence(
        "Bước “{name}” không còn, mà {people} người đang đứng ở đó",
        "thêm moved: {{{name}: tên-bước-mới}} để họ đi tiếp, hoặc giữ bước này",
        "đổi tên thì thêm moved: {{{name}: {near}}}; bỏ hẳn thì chỉ sang bước khác",
    ),
    "unknown-step": Sentence("Không có bước “{name}” trong hướng dẫn này", "viết thêm bước này, hoặc đổi sang bước khác", "có phải là “{near}” không?"),
    "unknown-guide": Sentence("Không có hướng dẫn “{name}”", "viết thêm hướng dẫn này, hoặc đổi tên", "có phải là “{near}” không?"),
    "unknown-source": Sentence("Không có nguồn “{name}” trong mục sources", "thêm nguồn này vào sources, hoặc đổi tên", "có phải là “{near}” không?"),
    "unknown-slot": Sentence("Chưa bước nào ghi slot “{name}”", "thêm slot: {name} vào câu hỏi, hoặc tính bằng let", "có phải là “{near}” không?"),
    "call-cycle": Sentence("Các hướng dẫn gọi nhau thành vòng: {way}", "bỏ một lệnh call trong vòng"),
    "call-broken": Sentence("Hướng dẫn được gọi “{name}” đang có lỗi", "sửa lỗi trong {file} trước"),
    "missing-else": Sentence("Danh sách next chưa có else", "thêm dòng cuối: - else: tên-bước"),
    "else-not-last": Sentence("Sau else còn dòng khác, sẽ không bao giờ được xét", "đưa else xuống cuối, chỉ một dòng else"),
    "dead-end": Sentence("Chọn “{label}” thì không biết đi đâu tiếp", "thêm next: cho câu trả lời này, hoặc cho cả bước"),
    "never-ends": Sentence("Từ bước này không có đường nào đến end hoặc handoff", "nối một lối ra đến bước end"),
    "loop-without-wait": Sentence("Các bước đi vòng mà không chờ bà con: {way}", "thêm một bước do hoặc ask vào vòng, hoặc đổi next"),
    "valid-no-way": Sentence("Bước có valid mà không có next, ngoài hạn thì không biết đi đâu", "thêm next:, hoặc bỏ valid và rẽ ở bước trước"),
    "duplicate-choice": Sentence("Câu trả lời “{label}” trùng với câu ở dòng {first}", "đổi chữ trên nút hoặc đổi value"),
    "slot-types": Sentence("Slot “{name}” chỗ này là {type}, chỗ khác là {other}", "dùng hai tên slot khác nhau, hoặc ghi cùng một loại"),
    "slot-not-kept": Sentence("Slot “{name}” là keep: never nên ở đây không còn", "chỉ dùng trong next của chính câu hỏi, hoặc đổi keep: session"),
    "no-places": Sentence("Hỏi answer: place mà không có danh sách xã", "thêm tệp flows/places.csv"),
    # Expressions
    "expression-syntax": Sentence("Biểu thức viết sai ({detail})", 'xem lại dấu ngoặc, dấu nháy, dấu ==; ví dụ slots.phone == "android"'),
    "expression-equals": Sentence("Một dấu = không so sánh được", 'viết hai dấu bằng: slots.phone == "android"'),
    "expression-name": Sentence(
        "Biểu thức không biết “{name}”", "dùng slots.tên, today, language hoặc answer; chữ thì đặt trong nháy", "có phải là slots.{near} không?"
    ),
    "expression-function": Sentence("Không có hàm “{name}”", "dùng days(n), working_days(ngày, n), date(năm-tháng-ngày)", "có phải là {near}() không?"),
    "expression-slots": Sentence("Slot phải đọc bằng tên", "viết slots.tên"),
    "expression-has": Sentence("Không dùng has()", "viết slots.tên != null"),
    "expression-type": Sentence("Biểu thức không tính được khi {values}", "so sánh cùng loại (chữ với chữ, ngày với ngày); ngày đứng trước: today + days(3)"),
    "expression-not-bool": Sentence("Điều kiện phải cho đúng hoặc sai, ở đây cho {type}", 'thêm phép so sánh, ví dụ == "android"'),
    "expression-null": Sentence("Biểu thức let không cho giá trị nào", "viết một giá trị: chữ, số, đúng/sai hoặc ngày"),
    "accept-slots": Sentence("accept chỉ xét câu trả lời, không đọc được slots", "dùng answer và today; điều kiện khác thì rẽ bằng if trong next"),
    "compared-types": Sentence(
        "Slot “{name}” là {type}, không bao giờ bằng “{value}” ({other})", 'chữ đặt trong nháy, số và true/false không có nháy, ngày viết date("2026-11-24")'
    ),
    "value-never": Sentence("Slot “{name}” không bao giờ là “{value}”", "dùng một trong: {known}", "có phải là “{near}” không?"),
    # Safety
    "no-source": Sentence("Hướng dẫn chưa có nguồn chính thức", "thêm sources: với id, title, url, checked"),
    "link-https": Sentence("Địa chỉ “{url}” không bắt đầu bằng https://", "dùng địa chỉ https:// của trang chính thức"),
    "link-address": Sentence(
        "Địa chỉ “{url}” có dạng hay bị kẻ gian dùng (số IP, ký tự @, cổng, tên mã hóa)", "dùng tên miền chính thức, ví dụ https://dichvucong.gov.vn"
    ),
    "link-shortener": Sentence("“{host}” là đường dẫn rút gọn, bà con không biết sẽ đi đâu", "viết địa chỉ đầy đủ của trang chính thức"),
    "link-domain": Sentence("“{host}” không có trong danh sách trang chính thức", "chỉ dẫn đến tên miền .gov.vn", "có phải là {near} không?"),
    "media-address": Sentence(
        "“{url}” không phải tên tệp trong thư mục media, cũng không phải địa chỉ chính thức",
        "chỉ viết tên tệp, ví dụ quet-the.mp4, hoặc https:// trang .gov.vn",
    ),
    "asks-secret": Sentence("Câu này xin “{secret}” ngay trong cuộc trò chuyện", "không bao giờ hỏi; để bà con tự gõ trên máy mình, trong ứng dụng chính thức"),
    # Drawings, only looked for by `danloi check`
    "screen-too-long": Sentence("Chữ {words} quá dài, không vẽ vừa hình", "viết ngắn lại"),
    "unknown-picture": Sentence("Không có hình vẽ sẵn “{name}”", "dùng một trong: {known}", "có phải là “{near}” không?"),
    # What people say (nlu_data)
    "nlu-no-files": Sentence("Thư mục này không có tệp .yml nào", "đặt lời bà con hay nói vào thư mục này"),
    "nlu-nothing": Sentence("Không có ví dụ nào", "viết ít nhất hai ý định, mỗi ý định vài câu"),
    "nlu-root": Sentence('Tệp phải bắt đầu bằng version: "3.1" và nlu:', "xem tệp khác trong nlu_data làm mẫu"),
    "nlu-list": Sentence("nlu phải là một danh sách", "mỗi mục bắt đầu bằng “- intent: …”"),
    "nlu-block": Sentence("Mục này phải có đúng một trong: {known}", "chia thành nhiều mục, hoặc thêm khóa còn thiếu"),
    "nlu-pairs": Sentence("Ở đây cần “tên: giá trị”", "xem lại dấu cách đầu dòng"),
    "nlu-alias": Sentence("Không dùng được tham chiếu *{name} ở đây", "viết thẳng nội dung ra"),
    "nlu-no-examples": Sentence("“{name}” chưa có ví dụ nào", "thêm examples: | rồi mỗi dòng một câu, bắt đầu bằng “- ”; không dùng nữa thì xóa mục này"),
    "nlu-name": Sentence("“{name}” không làm tên ý định được", "chỉ dùng a-z, 0-9, “-”, “_”, và “/” sau hoi"),
    "nlu-regex": Sentence("Biểu thức “{text}” hỏng ({problem})", "sửa lại, hoặc xóa dòng này"),
    "nlu-mark": Sentence("Chỗ đánh dấu “{text}” viết sai", 'viết [chữ](tên) hoặc [chữ]{{"entity": "tên"}}'),
    "nlu-mark-open": Sentence("Dấu ngoặc đánh dấu chưa đóng", "viết [chữ](tên)"),
    "nlu-line": Sentence("“{text}” không phải là ví dụ", "mỗi ví dụ một dòng, bắt đầu bằng “- ” rồi đến câu nói"),
    "nlu-empty": Sentence("Ví dụ này trống", "viết “- text: câu nói”, hoặc xóa"),
    "nlu-two-intents": Sentence("Câu “{text}” đã là ví dụ của “{first}” ({where})", "chỉ để ở một ý định"),
    "nlu-too-few": Sentence("Ý định “{intent}” chỉ có {count} ví dụ, chưa học được", "viết ít nhất {fewest} câu, nên có {enough}"),
    "nlu-one-intent": Sentence("Chỉ có một ý định", "viết ít nhất hai, nên có out_of_scope"),
    # Translations
    "catalogue-unreadable": Sentence("Không đọc được bản dịch này", "mở bằng Poedit để sửa, hoặc lấy lại bản trước"),
    # Warnings
    "link-dead": Sentence("Trang “{url}” không mở được ({trouble})", "mở bằng trình duyệt; trang đã đổi chỗ thì ghi địa chỉ mới"),
    "unreachable-step": Sentence("Không có đường nào đến bước “{name}”", "nối next từ một bước khác, hoặc xóa bước này"),
    "moved-still-there": Sentence("Bước “{name}” vẫn còn mà lại có trong moved", "bỏ dòng này, hoặc xóa bước cũ"),
    "slot-maybe-empty": Sentence("Có đường đến đây mà slot “{name}” chưa được ghi", "hỏi trước, hoặc viết slots.{name} != null && …"),
    "slot-maybe-unsaid": Sentence("Có đường đến đây mà slot “{name}” chưa được ghi, bà con sẽ thấy “…”", "hỏi trước, hoặc viết bước khác cho đường đó"),
    "says-twice": Sentence("Câu nói “{words}” đã có ở “{first}” của cùng bước", "bỏ ở một chỗ, để không chọn nhầm"),
    "unused-slot": Sentence("Slot “{name}” được hỏi mà không dùng ở đâu", "bỏ slot:, hoặc thêm keep: count nếu chỉ để đếm"),
    "source-unverified": Sentence("Nguồn “{name}” chưa có ai đọc lại (thiếu checked)", "mở trang, đọc lại, rồi ghi checked: ngày đọc"),
    "source-stale": Sentence("Nguồn “{name}” đọc lại đã hơn {days} ngày", "mở trang, đọc lại, rồi sửa checked: ngày đọc"),
    "source-future": Sentence("Nguồn “{name}” ghi ngày đọc lại ở tương lai", "sửa checked: ngày đã đọc"),
    "source-domain": Sentence("Nguồn “{name}” ở {host}, không phải trang .gov.vn", "tìm nguồn chính thức nói cùng điều này"),
    "expired": Sentence("Phần này đã hết hiệu lực từ {until}", "xóa đi, hoặc sửa until:"),
    "button-too-long": Sentence("Chữ trên nút dài {length} ký tự, Messenger chỉ hiện {limit}", "viết ngắn lại"),
    "do-without-stuck": Sentence("Bước do chưa có chỗ vướng nào (stuck)", "thêm lỗi bà con hay gặp ở bước này và cách gỡ"),
    "text-long": Sentence("Lời này dài {words} từ", "viết dưới {limit} từ, hoặc chia thành hai bước"),
    "sentence-hard": Sentence("Câu này dài {words} từ, khó đọc: “{start}…”", "chia thành câu ngắn, dưới {limit} từ"),
    "word-hard": Sentence(
        "Nhiều bà con không hiểu từ “{word}”", "viết: {instead} (danh sách ở hard-words.csv; chữ trên màn hình thật thì đặt trong “ngoặc kép”)"
    ),
    "bad-hard-words": Sentence("Danh sách từ khó sai ở đây: {problem}", "dòng đầu là word,say; mỗi dòng sau: từ khó, dấu phẩy, lời dễ hiểu"),
    "untranslated": Sentence(
        "Chưa dịch ra {language}: {count} câu ({first})",
        "chạy danloi i18n update {code}, rồi dịch trong {file}; trong lúc chờ, người đọc tiếng này thấy tiếng Việt",
    ),
    "translation-old": Sentence(
        "Bản dịch {language} không còn theo kịp: {count} câu ({first})", "chạy danloi i18n update {code}, rồi xem lại các câu “fuzzy” trong {file}"
    ),
    "guide-unheard": Sentence(
        "Bà con nói muốn làm việc này thì máy chưa hiểu: ý định “{intent}” chưa có ví dụ",
        "thêm - intent: {intent} với {enough} câu bà con hay nói vào nlu_data",
    ),
    "answer-unheard": Sentence(
        "Bà con hỏi câu này thì máy chưa hiểu: ý định “{intent}” chưa có ví dụ", "thêm - intent: {intent} với {enough} cách hỏi vào nlu_data"
    ),
    "nlu-few": Sentence("Ý định “{intent}” mới có {count} ví dụ, máy dễ hiểu nhầm", "viết thêm cho đủ {enough} câu, mỗi câu một cách nói"),
    "nlu-unused": Sentence(
        "Không có hướng dẫn, câu trả lời hay lệnh nào tên “{intent}”, nói đúng câu này máy cũng không làm gì",
        "viết câu trả lời hoặc hướng dẫn đó, hoặc xóa mục này",
        "có phải là “{near}” không?",
    ),
    "nlu-same-words": Sentence("Câu “{text}” nghe giống câu ở ý định “{other}” ({where})", "chỉ để ở một ý định"),
    "nlu-alike": Sentence(
        "Ý định “{intent}” giống “{other}” quá, ví dụ “{mine}” và “{theirs}” ({where})", "gộp hai ý định, hoặc thay những câu chung bằng câu chỉ hợp một bên"
    ),
}

ENGLISH: Mapping[str, Sentence] = {
    "file-too-large": Sentence("The file is larger than {limit}", "split it into several files; guides are joined with call"),
    "not-utf8": Sentence("The file is not UTF-8", "save it as UTF-8"),
    "file-empty": Sentence("The file is empty", "write a guide into it, or delete it"),
    "yaml-syntax": Sentence("This is not YAML ({problem})", "look at this line and the one above"),
    "yaml-tab": Sentence("A tab begins this line", "use spaces, two a level"),
    "yaml-start": Sentence("A value cannot begin with “{found}”", 'put the sentence in quotes: "…"'),
    "yaml-colon": Sentence("There is a colon inside the sentence", 'put the sentence in quotes: "…"'),
    "yaml-no-colon": Sentence("The colon after the key is missing", "write key: value, with a space after the colon"),
    "yaml-quote": Sentence("A quote is opened and never closed", "close it at the end of the sentence"),
    "yaml-bracket": Sentence("A bracket is not closed, or a comma is missing", "look at {{ }} [ ] and the commas"),
    "yaml-indent": Sentence("This line is not indented like the lines of its level", "align the keys of one level; put sentences with quotes into quotes"),
    "yaml-character": Sentence("There is an invisible control character", "delete what stands here and type it again"),
    "yaml-documents": Sentence("--- begins a second document", "one guide a file"),
    "yaml-alias": Sentence("Nothing above is called &{name}", "write the content here instead of *{name}"),
    "yaml-merge": Sentence("Merging with << is not supported", "write all keys here"),
    "yaml-tag": Sentence("The tag {tag} is not supported", "leave it out; put text in quotes"),
    "yaml-key": Sentence("A key must be one word", "write key: value; put sentences with brackets into quotes"),
    "yaml-deep": Sentence("This is nested more than {limit} levels deep", "look at the brackets and the indentation"),
    "yaml-large": Sentence("There are more than {limit} values, those repeated by * included", "split the file, use & and * less"),
    "duplicate-key": Sentence("The key “{key}” is already in line {first}", "remove one of them, or rename it"),
    "unknown-key": Sentence("There is no key “{key}” here", "use one of: {known}", "did you mean “{near}”?"),
    "missing-key": Sentence("“{key}” is missing", "add {key}: here"),
    "step-kind": Sentence("This step does not say what to do", "add one of: say, do, ask, let, call, handoff, end", "“{found}”: did you mean “{near}”?"),
    "two-kinds": Sentence("This step has both “{first}” and “{second}”", "make two steps, joined by next"),
    "wrong-text": Sentence("“{key}” must be text", 'put it in quotes: "{value}"'),
    "wrong-number": Sentence("“{key}” must be a number", "write digits, for example 15"),
    "wrong-list": Sentence("“{key}” must be a list", "one item a line, each beginning with a dash and a space"),
    "wrong-mapping": Sentence("“{key}” must hold keys", "one key a line, indented, as key: value"),
    "wrong-value": Sentence("“{key}” cannot be “{value}”", "use one of: {known}", "did you mean “{near}”?"),
    "wrong-type": Sentence("“{key}” must be text, a number, true or false", "write a single value"),
    "empty-value": Sentence("“{key}” is empty", "write something, or remove the key"),
    "too-long": Sentence("“{key}” is longer than {limit} characters", "shorten it, or split it in two"),
    "too-many": Sentence("“{key}” has more than {limit} items", "remove some, or make two steps"),
    "too-few": Sentence("“{key}” has no items", "add at least one"),
    "out-of-range": Sentence("“{key}” is out of its limits ({limit})", "correct the number"),
    "bad-id": Sentence("“{value}” cannot be a name", "use lower-case ASCII letters, digits and hyphens, 32 characters at most", "write: {near}"),
    "bad-slot-name": Sentence("“{value}” cannot be the name of a slot", "use lower-case ASCII letters, digits and _, a letter first", "write: {near}"),
    "bad-date": Sentence("“{value}” is not a date", "write year-month-day, for example 2026-11-24", "write year-month-day: {near}"),
    "next-shape": Sentence(
        "“next” must be the name of a step, or a list of if/else", "write next: step, or lines of - {{if: …, then: …}} with - else: … at the end"
    ),
    "branch-shape": Sentence("This line needs if with then, or else alone", "write - {{if: condition, then: step}} or - else: step"),
    "ask-shape": Sentence("A question needs choices or answer, not both", "add choices: to tap, or answer: date | number | place | yes_no | text"),
    "problem-helpless": Sentence("Nothing helps with this problem", "add try: what to try, or next: step"),
    "valid-empty": Sentence("“valid” has no date", "add from: or until:"),
    "valid-reversed": Sentence("from is later than until", "swap the dates"),
    "bad-value": Sentence("“{key}” has a value that cannot be used", "see docs/guide-language.md"),
    "turn-shape": Sentence("A turn needs exactly one of user, tap, open", "make two turns, or add what the citizen does"),
    "bad-later": Sentence("“{value}” is no length of time", "write a number and phút, giờ or ngày, for example: 3 ngày"),
    "bad-places": Sentence("The list of communes is wrong: {problem}", "each line: code, name, kind, former units with semicolons between"),
    "duplicate-guide": Sentence("The guide “{name}” is already in {first}", "rename one of them"),
    "duplicate-code": Sentence("The code #{code} is also that of the guide “{first}”", "rename the guide, not only by a hyphen"),
    "duplicate-answer": Sentence("The answer “{name}” is already in {first}", "rename it, or make one of the two"),
    "duplicate-source": Sentence("The source “{name}” is already above", "rename one of them"),
    "people-stand-here": Sentence(
        "The step “{name}” is gone, and {people} people stand on it",
        "add moved: {{{name}: new-step}} so that they can go on, or keep the step",
        "if it was renamed, add moved: {{{name}: {near}}}; if it is gone, name another step",
    ),
    "unknown-step": Sentence("This guide has no step “{name}”", "write the step, or name another", "did you mean “{near}”?"),
    "unknown-guide": Sentence("There is no guide “{name}”", "write the guide, or name another", "did you mean “{near}”?"),
    "unknown-source": Sentence("There is no source “{name}” under sources", "add it to sources, or name another", "did you mean “{near}”?"),
    "unknown-slot": Sentence("No step fills the slot “{name}”", "add slot: {name} to a question, or compute it with let", "did you mean “{near}”?"),
    "call-cycle": Sentence("Guides call each other in a circle: {way}", "remove one call of the circle"),
    "call-broken": Sentence("The called guide “{name}” has errors", "mend {file} first"),
    "missing-else": Sentence("This next has no else", "add a last line: - else: step"),
    "else-not-last": Sentence("Lines after else are never looked at", "move else to the end, and have only one"),
    "dead-end": Sentence("After “{label}” there is no way on", "add next: to this choice, or to the step"),
    "never-ends": Sentence("No way leads from this step to an end or a handoff", "lead one way on to an end"),
    "loop-without-wait": Sentence("These steps go round without waiting for anybody: {way}", "put a do or an ask into the loop, or change next"),
    "valid-no-way": Sentence("The step has valid but no next, so outside its days there is no way on", "add next:, or remove valid and branch before"),
    "duplicate-choice": Sentence("The choice “{label}” is the same as the one in line {first}", "change its label or its value"),
    "slot-types": Sentence("The slot “{name}” is a {type} here and a {other} elsewhere", "use two slots, or one type"),
    "slot-not-kept": Sentence("The slot “{name}” is keep: never and is gone here", "use it only in the next of its question, or write keep: session"),
    "no-places": Sentence("answer: place is asked, but there is no list of communes", "add flows/places.csv"),
    "expression-syntax": Sentence("The expression cannot be read ({detail})", 'look at brackets, quotes and ==; for example slots.phone == "android"'),
    "expression-equals": Sentence("A single = compares nothing", 'write two: slots.phone == "android"'),
    "expression-name": Sentence(
        "“{name}” means nothing in an expression", "use slots.NAME, today, language or answer; put text in quotes", "did you mean slots.{near}?"
    ),
    "expression-function": Sentence("There is no function “{name}”", "use days(n), working_days(date, n), date(text)", "did you mean {near}()?"),
    "expression-slots": Sentence("Slots are read by name", "write slots.NAME"),
    "expression-has": Sentence("has() cannot be used", "write slots.NAME != null"),
    "expression-type": Sentence("The expression has no result when {values}", "compare like with like; a date comes first: today + days(3)"),
    "expression-not-bool": Sentence("A condition must be true or false; this is a {type}", 'compare, for example == "android"'),
    "expression-null": Sentence("This let gives no value", "give text, a number, true/false or a date"),
    "accept-slots": Sentence("accept sees the answer only, not the slots", "use answer and today; branch with if in next for the rest"),
    "compared-types": Sentence(
        "The slot “{name}” is a {type} and never equals “{value}” ({other})",
        'put text in quotes, numbers and true/false not, write dates as date("2026-11-24")',
    ),
    "value-never": Sentence("The slot “{name}” is never “{value}”", "use one of: {known}", "did you mean “{near}”?"),
    "no-source": Sentence("The guide has no official source", "add sources: with id, title, url, checked"),
    "link-https": Sentence("“{url}” does not begin with https://", "use the https:// address of the official page"),
    "link-address": Sentence(
        "“{url}” has a shape that fraudsters use (IP, @, port, encoded name)", "use the official domain, for example https://dichvucong.gov.vn"
    ),
    "link-shortener": Sentence("“{host}” shortens links, so nobody sees where it leads", "write the whole official address"),
    "link-domain": Sentence("“{host}” is not on the list of official pages", "lead only to .gov.vn domains", "did you mean {near}?"),
    "media-address": Sentence(
        "“{url}” is neither a file of the media folder nor an official address", "write a file name such as quet-the.mp4, or https:// on .gov.vn"
    ),
    "asks-secret": Sentence("This asks for “{secret}” in the chat", "never ask; let people type it on their own phone, in the official app"),
    "screen-too-long": Sentence("The words {words} are too long for the drawing", "shorten them"),
    "unknown-picture": Sentence("There is no picture “{name}”", "use one of: {known}", "did you mean “{near}”?"),
    "nlu-no-files": Sentence("There is no .yml file in this folder", "put what people say into this folder"),
    "nlu-nothing": Sentence("There are no examples", "write at least two intents, with some sentences each"),
    "nlu-root": Sentence('The file must begin with version: "3.1" and nlu:', "see another file of nlu_data"),
    "nlu-list": Sentence("nlu must be a list", "each block begins with “- intent: …”"),
    "nlu-block": Sentence("This block must have exactly one of: {known}", "make several blocks, or add the missing key"),
    "nlu-pairs": Sentence("“name: value” is wanted here", "look at the indentation"),
    "nlu-alias": Sentence("The reference *{name} cannot be used here", "write the content itself"),
    "nlu-no-examples": Sentence("“{name}” has no examples", "add examples: | with one sentence a line, each behind “- ”; or delete this block"),
    "nlu-name": Sentence("“{name}” cannot be the name of an intent", "use a-z, 0-9, “-”, “_”, and “/” behind hoi"),
    "nlu-regex": Sentence("The expression “{text}” is broken ({problem})", "mend it, or delete this line"),
    "nlu-mark": Sentence("The mark “{text}” is written wrongly", 'write [words](name) or [words]{{"entity": "name"}}'),
    "nlu-mark-open": Sentence("The bracket of a mark is not closed", "write [words](name)"),
    "nlu-line": Sentence("“{text}” is no example", "one example a line, each begins with “- ”"),
    "nlu-empty": Sentence("This example is empty", "write “- text: sentence”, or delete it"),
    "nlu-two-intents": Sentence("“{text}” is already an example of “{first}” ({where})", "keep it in one intent"),
    "nlu-too-few": Sentence("The intent “{intent}” has {count} examples, too few to learn from", "write at least {fewest}, better {enough}"),
    "nlu-one-intent": Sentence("There is only one intent", "write at least two, one of them out_of_scope"),
    "catalogue-unreadable": Sentence("This catalogue cannot be read", "mend it in Poedit, or take the version before"),
    "link-dead": Sentence("The page “{url}” does not open ({trouble})", "open it in a browser; where it has moved, write the new address"),
    "unreachable-step": Sentence("No way leads to the step “{name}”", "lead to it from another step, or delete it"),
    "moved-still-there": Sentence("The step “{name}” is in moved, but still there", "remove this line, or the old step"),
    "slot-maybe-empty": Sentence("The slot “{name}” may not be filled here", "ask first, or write slots.{name} != null && …"),
    "slot-maybe-unsaid": Sentence("The slot “{name}” may not be filled here; people would see “…”", "ask first, or write another step for that way"),
    "says-twice": Sentence("“{words}” also belongs to “{first}” in this step", "remove one of them, so that nobody is misunderstood"),
    "unused-slot": Sentence("The slot “{name}” is asked for and never used", "remove slot:, or add keep: count if it is only counted"),
    "source-unverified": Sentence("Nobody has verified the source “{name}” (no checked)", "read the page, then write checked: with the date"),
    "source-stale": Sentence("The source “{name}” was verified more than {days} days ago", "read the page again, then change checked:"),
    "source-future": Sentence("The source “{name}” was verified in the future", "correct checked:"),
    "source-domain": Sentence("The source “{name}” is at {host}, not on .gov.vn", "find an official source that says the same"),
    "expired": Sentence("This has not been valid since {until}", "remove it, or change until:"),
    "button-too-long": Sentence("The button has {length} characters, Messenger shows {limit}", "shorten it"),
    "do-without-stuck": Sentence("This do has no problems (stuck)", "add what goes wrong here and what helps"),
    "text-long": Sentence("This text has {words} words", "stay below {limit}, or make two steps"),
    "sentence-hard": Sentence("This sentence has {words} words and is hard to read: “{start}…”", "use short sentences, below {limit} words"),
    "word-hard": Sentence(
        "Many villagers do not know the word “{word}”", "write: {instead} (the list is hard-words.csv; put words of a real screen into “quotes”)"
    ),
    "bad-hard-words": Sentence(
        "The list of hard words is wrong here: {problem}", "the first line is word,say; each line behind it: the word, a comma, plainer words"
    ),
    "untranslated": Sentence(
        "{count} texts are not translated into {language} ({first})",
        "run danloi i18n update {code}, then translate them in {file}; meanwhile its readers see Vietnamese",
    ),
    "translation-old": Sentence(
        "{count} texts have changed since they were translated into {language} ({first})", "run danloi i18n update {code}, then look at what is fuzzy in {file}"
    ),
    "guide-unheard": Sentence(
        "Nobody who asks for this guide is understood: the intent “{intent}” has no examples", "add - intent: {intent} with {enough} sentences to nlu_data"
    ),
    "answer-unheard": Sentence(
        "Nobody who asks this is understood: the intent “{intent}” has no examples", "add - intent: {intent} with {enough} ways to ask to nlu_data"
    ),
    "nlu-few": Sentence("The intent “{intent}” has only {count} examples and is easily misunderstood", "write more, up to {enough}, each in other words"),
    "nlu-unused": Sentence(
        "No guide, answer or command is called “{intent}”, so nothing follows from it",
        "write that answer or guide, or delete this block",
        "did you mean “{near}”?",
    ),
    "nlu-same-words": Sentence("“{text}” reads like an example of “{other}” ({where})", "keep it in one intent"),
    "nlu-alike": Sentence(
        "The intent “{intent}” is too much like “{other}”, for example “{mine}” and “{theirs}” ({where})",
        "make one intent of them, or replace the sentences that both could have",
    ),
}
