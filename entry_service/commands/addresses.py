"""What `serve` prints when it is ready: where each of the four finds the service, and the sign-ins of the demo."""

import json

from rich.console import Console
from rich.table import Table

from entry_service.serve import Address
from entry_service.settings import Settings

WIDEST = 120
PAGES = {
    "visitor": ("방문자", "/pass"),
    "staff": ("시설 직원", "/staff"),
    "manager": ("시설 관리자", "/manager"),
    "officer": ("보건소 담당자", "/officer"),
    "approver": ("열람 승인 담당자", "/approver"),
    "auditor": ("열람 점검 담당자", "/auditor"),
    "admin": ("운영 담당자", "/admin"),
    "field": ("방역팀", "/field"),
}


def tell(settings: Settings, address: Address, hosts: list[str], *, lan: bool, demo: bool) -> None:
    """Print addresses, with a QR code for phones under ``--lan``, and the demo's sign-ins."""
    console = Console(highlight=False)
    console.width = max(console.width, WIDEST)  # a terminal wraps a long line; a cut password would be of no use
    scheme = "https" if lan else "http"
    origins = [f"{scheme}://{Address(host=host, port=address.port)}" for host in hosts] or [
        f"{scheme}://{address}"
    ]
    console.print(f"\n[bold]전자출입명부[/bold]  {settings.origin}", soft_wrap=True)
    for other in origins:
        if other != settings.origin:
            console.print(f"              {other}", soft_wrap=True)
    if lan:
        console.print("직접 만든 인증서라서 휴대전화가 한 번 경고합니다. '고급'에서 계속 진행하시기 바랍니다.")
        print_qr(settings.origin)
    if demo:
        console.print(demo_table(settings))
        for line in demo_lines(settings):
            console.print(line, soft_wrap=True)
    console.print("멈추려면 Ctrl-C를 누르시기 바랍니다.\n")


def demo_table(settings: Settings) -> Table:
    """Return who finds what where, with login and password."""
    kept = settings.var / "demo" / "sign-ins.json"
    sign_ins = json.loads(kept.read_text(encoding="utf-8"))
    table = Table(title="모의 도시의 주소와 로그인", title_justify="left")
    for column in ("누구", "주소", "아이디", "비밀번호"):
        table.add_column(column, no_wrap=True)
    for role, (korean, path) in PAGES.items():
        for sign_in in [one for one in sign_ins if one["role"] == role] or [{"login": "-", "password": "-"}]:
            table.add_row(korean, f"{settings.origin}{path}", sign_in["login"], sign_in["password"])
    return table


def demo_lines(settings: Settings) -> list[str]:
    """Return what else can be tried: the simulated telephone, and what stands at the demo's door."""
    from entry_service.demo import home

    lines = [
        f"인증 코드(보건소, 승인, 점검, 운영 담당자): {settings.origin}/simulator/codes",
        f"안심콜 모의 전화: {settings.origin}/simulator/call",
    ]
    if place := home.read(settings.var / "demo" / "home.json"):
        lines += [
            f"입구 안내판: {settings.origin}/sign/{place.sign_id}",
            f"관리자 PIN: {place.pin} · 인쇄한 출입 카드: {place.card}",
        ]
    return lines


def print_qr(text: str) -> None:
    """Print a QR code that a phone can read from the terminal."""
    from qrcode import QRCode

    code = QRCode(border=2)
    code.add_data(text)
    code.print_ascii(invert=True)
