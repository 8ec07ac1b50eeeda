"""Small guides that the dialogue tests walk."""

PHONE = """
guide: phone
title: Cài máy
names: [VNeID, định danh]
minutes: 5
prepare: [Thẻ còn hạn, Máy có mạng]
sources:
  - {id: law, title: Nghị định 69, url: "https://dichvucong.gov.vn", checked: 2026-11-24}
start: kind
steps:
  kind:
    ask: Điện thoại loại nào?
    slot: kind
    source: law
    choices:
      - {label: Android, value: android, says: [samsung, oppo]}
      - {label: iPhone, value: ios}
      - {label: Không biết, next: which}
    next:
      - {if: slots.kind == "android", then: play}
      - else: store
  which:
    say: Nhìn lưng máy, có hình quả táo là iPhone.
    next: kind
  play:
    do: Mở CH Play.
    screen: {app: CH Play, title: Tìm, highlight: VNeID}
    stuck:
      - problem: Không thấy CH Play
        says: [không có ch play, ch play đâu]
        try: Vuốt lên để thấy hết các ứng dụng.
      - {problem: Máy hỏng, says: [máy hỏng], next: office}
    next: scan
  store:
    do: Mở App Store.
    stuck:
      - {problem: Quên mật khẩu máy, try: Hỏi người bán máy.}
    next: scan
  scan:
    do: Áp thẻ vào lưng máy.
    stuck:
      - {problem: Máy không nhận thẻ, says: [nfc lỗi, không nhận], try: "Tháo ốp lưng, rồi áp lại."}
    next: done
  office:
    end: Bà con đến công an xã.
    outcome: referred
  done:
    end: Xong rồi, giỏi quá!
"""

BIRTH = """
guide: khai-sinh
title: Khai sinh
names: [khai sinh, đẻ con]
sources:
  - {id: law, title: Luật Hộ tịch, url: "https://dichvucong.gov.vn", checked: 2026-11-24}
start: born
steps:
  born:
    ask: Cháu sinh ngày nào?
    slot: born
    answer: date
    accept: answer <= today
    reask: "Ngày này chưa đúng. Ví dụ: 5/3/2026"
    source: law
    next: count
  count:
    let: {deadline: slots.born + days(60)}
    next: late
  late:
    say: "Hạn 60 ngày là {deadline}."
    next: where
  where:
    ask: Bà con ở xã nào?
    slot: commune
    answer: place
    next: account
  account:
    ask: Bà con có tài khoản chưa?
    slot: account
    answer: yes_no
    next:
      - {if: slots.account, then: children}
      - else: get-account
  get-account:
    call: phone
    next: children
  children:
    ask: Mấy cháu?
    slot: children
    answer: number
    accept: answer >= 1 && answer <= 9
    keep: count
    next: secret
  secret:
    ask: Cháu có giấy chứng sinh không?
    slot: paper
    keep: never
    choices:
      - {label: Có giấy, value: true}
      - {label: Không có giấy, value: false}
    next:
      - {if: slots.paper, then: done}
      - else: helper
  helper:
    handoff: Cán bộ hộ tịch sẽ giúp.
    reason: không có giấy chứng sinh
    next: done
  done:
    end: Xong, đến nhận giấy.
"""

PLACES = """code,name_vi,type,former_units
03466,Xã Bum Nưa,xã,Xã Pa Vệ Sủ (Huyện Mường Tè); Xã Bum Nưa (Huyện Mường Tè)
03433,Xã Mường Tè,xã,Xã Mường Tè (Huyện Mường Tè)
03463,Xã Bum Tở,xã,Thị trấn Mường Tè (Huyện Mường Tè)
"""

ANSWERS = """
answers:
  - answer: mat-tien-khong
    question: Cài VNeID có mất tiền không?
    text: Không thấy nêu lệ phí.
    guide: phone
    source: {title: Thủ tục 1.011410, url: "https://dichvucong.gov.vn", checked: 2026-11-24}
  - answer: cai-bao-lau
    question: Cài VNeID mất bao lâu?
    text: Năm phút.
    guide: phone
    topic: thoi-gian
    source: {title: Thủ tục 1.011410, url: "https://dichvucong.gov.vn", checked: 2026-11-24}
  - answer: khai-sinh-bao-lau
    question: Bao lâu có giấy khai sinh?
    text: Trong ngày.
    guide: khai-sinh
    topic: thoi-gian
    source: {title: Luật Hộ tịch, url: "https://dichvucong.gov.vn", checked: 2026-11-24}
"""

FILES = {"khai-sinh.yaml": BIRTH, "phone.yaml": PHONE, "places.csv": PLACES, "answers/chung.yaml": ANSWERS}
