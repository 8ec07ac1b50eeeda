"""What certainly tells of a fraud is found without the model; what merely sounds like it is left to the model."""

from __future__ import annotations

import pytest

from bot.nlu.normalise import normalise
from bot.nlu.rasa_yaml import TrainingData
from bot.nlu.scam import tells_of_fraud


@pytest.mark.parametrize(
    "told",
    [
        "co ng goi xung cong an bao cap nhat vneid",
        "Tôi bị lừa hết tiền rồi",
        "họ gửi file apk bảo cài",
        "Lỡ bấm vào link lạ",
        "ngân hàng gọi hỏi mã OTP",
        "số lạ gọi bắt chuyển khoản",
        "có kẻ mạo danh cán bộ xã",
        "cái này có phải lừa đảo ko",
    ],
)
def test_a_fraud_is_recognised(told: str) -> None:
    assert tells_of_fraud(normalise(told))


@pytest.mark.parametrize(
    "asked",
    [
        "không thấy mã otp gửi về",
        "gọi số nào để hỏi về mã otp",
        "làm khai sinh có mất tiền không",
        "công an có gọi điện bảo cập nhật vneid không",
        "quên mật khẩu vneid",
        "trồng lúa thế nào",
        "nhận kết quả ở đâu",
    ],
)
def test_a_question_is_no_report(asked: str) -> None:
    assert not tells_of_fraud(normalise(asked))


def test_rules_are_right_on_all_that_we_know(data: TrainingData) -> None:
    """At least 97 of 100 sentences that a rule finds are reports, though the data goes along the border."""
    found = [example.intent for example in data.examples if tells_of_fraud(normalise(example.text))]
    assert len(found) >= 200
    assert found.count("scam_report") / len(found) >= 0.97
