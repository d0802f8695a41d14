"""The catalogue: article numbers, the Markdown files and the ways a customer names a product."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

HERE = Path(__file__).parent
CATALOGUE_SEED = 20261122


@dataclass(frozen=True)
class Product:
    """One article of the catalogue."""

    sku: str
    variant: str
    noun: str
    aliases: tuple[str, ...]
    body: str
    file: str
    split: str

    @property
    def name(self) -> str:
        """The name in lower case, as a customer would write it."""
        return f"{self.variant} {self.noun}"

    @property
    def heading(self) -> str:
        """The heading of the catalogue entry, without the number signs."""
        return f"{self.sku} {self.name.capitalize()}"

    @property
    def chunk_id(self) -> str:
        """The name of the catalogue entry in `gold_context`."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.heading.lower()).strip("-")
        return f"{self.file}.md#{slug}"


def load_products() -> list[Product]:
    """Read the families and give every variant its article number, the same on every call."""
    rng = random.Random(CATALOGUE_SEED)
    families = yaml.safe_load((HERE / "products.yaml").read_text())
    numbers = iter(rng.sample(range(1001, 9990), 4 * len(families)))
    found = []
    for family in families:
        variants = family["variants"]
        for place, variant in enumerate(variants):
            sister = f" Also in {variants[(place + 1) % len(variants)]}." if rng.random() < 0.55 else ""
            found.append(
                Product(
                    sku=f"{family['prefix']}-{next(numbers)}",
                    variant=variant,
                    noun=family["noun"],
                    aliases=tuple(family["aliases"]),
                    body=family["body"] + sister,
                    file=family["file"],
                    split=family["split"],
                )
            )
    return found


def write_catalogue(products: list[Product], folder: Path) -> None:
    """Write one Markdown file for each room, the entries in a shuffled but fixed order."""
    rng = random.Random(CATALOGUE_SEED)
    for file in sorted({product.file for product in products}):
        entries = [product for product in products if product.file == file]
        rng.shuffle(entries)
        texts = [f"## {product.heading}\n{product.body}\n" for product in entries]
        (folder / f"{file}.md").write_text("\n".join(texts))


def mention(product: Product, rng: random.Random) -> str:
    """Name a product as a customer does: in full, turned round, by another word, or cut short."""
    alias = rng.choice(product.aliases)
    simple = " " not in product.variant and "-" not in product.variant
    draw = rng.random()
    if draw < 0.34:
        return product.name
    if draw < 0.52:
        return f"{product.noun} in {product.variant}" if simple else f"{product.noun}, {product.variant}"
    if draw < 0.84:
        return f"{product.variant} {alias}"
    return f"{product.variant} {product.noun.split()[-1]}"


def quoted(product: Product, rng: random.Random) -> str:
    """Write an article number as customers do, not always in the house's form."""
    return rng.choice([product.sku, product.sku.lower(), product.sku.replace("-", " "), product.sku])
