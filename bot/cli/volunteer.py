"""`danloi volunteer`: who helps in a commune, the code that marks their links, their own page, and the link that opens the console."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.database import ask, refuse
from bot.cli.sharing import Sharing, read
from bot.outreach.volunteers import INVITED, Passes, new_code, token
from bot.store.store import Store
from bot.store.volunteers import add, every, find, revoke

app = typer.Typer(no_args_is_help=True)
MAX_NAME_CHARS = 60


@app.callback()
def _volunteer() -> None:
    """Người giúp bà con."""


@app.command("add")
def add_one(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Tên bà con hay gọi, ví dụ: Chị Mai.")],
    commune: Annotated[str, typer.Option("--commune", metavar="C", help="Xã, phường: tên hoặc mã.")],
) -> None:
    """Thêm một người giúp: được mã ngắn và trang riêng."""
    sharing = read()
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME_CHARS or not name.isprintable():
        refuse(f"Tên phải có 1 đến {MAX_NAME_CHARS} chữ.")
    place = sharing.place(commune)

    async def work(store: Store) -> str:
        while not await add(store, code := new_code(), name, place.code):
            continue  # taken: the next one
        return code

    code = ask(sharing.settings, work)
    print(f"{name}, {place.name}: mã {code.upper()}")
    print(f"Trang riêng (chỉ gửi cho người đó): {_page(sharing, code)}")
    _invite(sharing, code)


@app.command("link")
def link_one(code: Annotated[str, typer.Argument(metavar="CODE", help="Mã của người giúp.")]) -> None:
    """Đường dẫn mở bàn trực trên điện thoại của một người giúp, cho người mới, hoặc khi đổi máy."""
    sharing = read()
    code = code.strip().lower()
    found = ask(sharing.settings, lambda store: find(store, code))
    if found is None or found.revoked_at:
        refuse(f"Không có ai đang giúp với mã {code.upper()}.")
    print(f"{found.name}, mã {code.upper()}")
    _invite(sharing, code)


@app.command("list")
def list_all() -> None:
    """Mọi người giúp, với mã và trang riêng."""
    sharing = read()
    found = ask(sharing.settings, every)
    for one in found:
        place = sharing.guides.places.get(one.commune)
        state = f"đã thôi từ {one.revoked_at:%d/%m/%Y}" if one.revoked_at else _page(sharing, one.code)
        print(f"{one.code.upper()}  {one.name}, {place.name if place else one.commune}: {state}")
    if not found:
        print("Chưa có ai. Thêm: danloi volunteer add TÊN --commune XÃ")


@app.command("revoke")
def revoke_one(code: Annotated[str, typer.Argument(metavar="CODE", help="Mã của người giúp.")]) -> None:
    """Đóng trang riêng và bàn trực của một người giúp. Đường dẫn đã gửi cho bà con vẫn mở được; số đã đếm vẫn còn."""
    if not ask(read().settings, lambda store: revoke(store, code.strip().lower())):
        refuse(f"Không có ai đang giúp với mã {code}.")
    print(f"Đã đóng trang và bàn trực của {code.upper()}.")


def _invite(sharing: Sharing, code: str) -> None:
    address = f"{sharing.settings.base_url}/console/in/{Passes.for_links(sharing.settings.key()).make(code)}"
    print(f"Bàn trực (chỉ gửi cho người đó, mở trong {INVITED.days} ngày): {address}")


def _page(sharing: Sharing, code: str) -> str:
    return f"{sharing.settings.base_url}/v/{token(sharing.settings.key(), code)}"
