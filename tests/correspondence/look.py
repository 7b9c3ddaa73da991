"""Shows every mail as a picture: `python -m tests.correspondence.look FOLDER`, at two widths, light and dark."""

import dataclasses
import os
import sys
from pathlib import Path
from typing import Literal

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main(folder: Path) -> None:
    """This function will write the pictures, and each mail's text, into the folder."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("TALLYSTICK_HOME", str(folder / "home"))
    import django

    django.setup()
    from tallystick.correspondence.contents import Business
    from tallystick.correspondence.rendering import render
    from tests.browsers import launched
    from tests.correspondence import samples

    folder.mkdir(parents=True, exist_ok=True)
    yellow = Business(name="株式会社ノースウィンド شركة الشمال " * 3, colour="#ffd400", email="")
    long_name = "Société Générale d'Exploitation des Établissements Réunis de la Côte d'Azur et de Provence"
    letters = {letter.kind.value: letter for letter in samples.every_kind()}
    letters["receipt_part"] = samples.receipt(left_open="800.00")
    letters["receipt_long"] = samples.receipt(
        business=yellow, customer_name=long_name, amount="1234567.891", currency="KWD", locale="ar"
    )
    letters["receipt_german"] = samples.receipt(locale="de-AT", customer_name="Müller & Söhne")
    letters["welcome_black"] = dataclasses.replace(
        samples.welcome(), business=Business(name="Noir", colour="#1b1f24", email="")
    )
    letters["invoice_paid"] = samples.invoice_issued(left_open="0")
    with launched() as browser:
        for name, letter in letters.items():
            content = render(letter.kind, letter)
            (folder / f"{name}.txt").write_text(f"Subject: {content.subject}\n\n{content.text}", encoding="utf-8")
            (folder / f"{name}.html").write_text(content.html, encoding="utf-8")
            for width in (600, 390):
                for theme in THEMES:
                    page = browser.new_page(viewport={"width": width, "height": 400}, color_scheme=theme)
                    page.set_content(content.html)
                    page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
                    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
