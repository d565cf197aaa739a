"""Harmless texts out of packages, for the head that knows injections: `python corpora.py PACKAGES OUT`.

PACKAGES is a folder that holds what these bring; OUT gets one file of JSON lines, {"text", "label", "source"}, a package:

    pip download --no-deps bigbench==1.0.0 evals==3.0.1.post1 inspect_evals==0.28.0 gensim==4.4.0
    apt-get download anarchism debian-handbook jargon-text fortunes fortunes-min fortunes-de fortunes-es fortunes-it fortunes-br dict-wn
    git clone --depth 1 https://github.com/google-research-datasets/dstc8-schema-guided-dialogue
    git clone --depth 1 https://github.com/google-research-datasets/Taskmaster

What is about attacks on models, or made to provoke them, is left out; so are texts that begin like one that is there. The same
packages give the same files.
"""

import bz2
import gzip
import html
import json
import pathlib
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

CHARACTERS_MIN, CHARACTERS_MAX = 15, 6000
OPENING = 80
# Tasks and files of these names hold attacks, secrets to be kept from a player, or what a model should refuse.
ABOUT_ATTACKS = re.compile(
    "inject|jail|secret|password|decept|safety|hijack|attack|steg|makemesay|ballot|makemepay|already_said|harm|moderat|toxic"
    "|self_awareness|roots_optimization|bias_from_probabilities|dark_humor|forecasting_subquestions|convinceme|taboo|spelling_bee",
    re.I,
)


class Output:
    """Writes what is new."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.openings = set()

    def write(self, name, texts):
        counts = {}
        with open(self.folder / name, "w", encoding="utf-8") as file:
            for text, source in texts:
                text = text.strip()[:CHARACTERS_MAX]
                if len(text) < CHARACTERS_MIN or text[:OPENING] in self.openings:
                    continue
                self.openings.add(text[:OPENING])
                counts[source] = counts.get(source, 0) + 1
                file.write(json.dumps({"text": text, "label": 0, "source": source}, ensure_ascii=False) + "\n")
        print(name, counts)


def sample(rows, count, seed):
    return random.Random(seed).sample(rows, min(count, len(rows)))


def bigbench(package, per_task=200, per_file=60):
    """What tasks ask, Apache-2.0."""
    taken = {}
    with tarfile.open(package) as archive:
        for member in archive:
            if not member.name.endswith("task.json") or member.size > 30_000_000 or ABOUT_ATTACKS.search(member.name):
                continue
            task = member.name.split("benchmark_tasks/")[-1].split("/")[0]
            left = per_task - taken.get(task, 0)
            try:
                read = json.load(archive.extractfile(member))
            except ValueError:
                continue
            asked = [example["input"] for example in read.get("examples", []) if isinstance(example.get("input"), str)]
            for text in sample(asked, min(left, per_file), member.name):
                taken[task] = taken.get(task, 0) + 1
                yield read.get("task_prefix", "") + text, "bigbench"


def evals(package, per_file=15):
    """What people or instructions say in the registry's samples, MIT."""
    with zipfile.ZipFile(package) as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith(".jsonl") or ABOUT_ATTACKS.search(name):
                continue
            lines = archive.read(name).decode("utf-8", "replace").splitlines()
            if not lines or lines[0].startswith("version https://git-lfs"):
                continue
            for line in sample(lines, per_file, name):
                try:
                    asked = json.loads(line).get("input")
                except ValueError:
                    continue
                if isinstance(asked, list):
                    said = [part.get("content") for part in asked if isinstance(part, dict) and part.get("role") == "user"]
                    asked = "\n".join(text for text in said if isinstance(text, str))
                if isinstance(asked, str):
                    yield asked, "openai_evals"


def writing(package):
    """Long orders for texts, MIT; those that are mostly in Latin letters."""
    with zipfile.ZipFile(package) as archive:
        lines = archive.read("inspect_evals/writingbench/benchmark_all.jsonl").decode().splitlines()
    for line in lines:
        text = json.loads(line).get("query", "")
        if sum(letter.isascii() for letter in text) > len(text) * 0.9:
            yield text[:3000], "writingbench"


SPEAKERS = [
    ("USER", "SYSTEM"), ("A", "B"), ("Q", "A"), ("Customer", "Agent"), ("M", "W"), ("Anna", "Ben"), ("-", "+"), ("Guest", "Host"),
    ("Tom", "Mia"), ("Patient", "Nurse"), ("Me", "Friend"), ("1", "2"), ("User", "Assistant"), ("Caller", "Desk"),
]
# What people ask about a conversation; half of the time nothing.
ABOUT_DIALOGUES = [
    "Summarize this dialogue.", "What will they do next?", "Who asked first?", "Write a summary of the conversation above.",
    "Give me the last answer in other words.", "Where do they want to go?", "What does the first speaker want?", "Continue the dialogue.",
    "Translate the conversation into German.", "What was said before?", "Is the customer happy?", "", "", "", "", "", "", "", "", "", "",
]


def turns_of_services(packages):
    for path in sorted((packages / "dstc8-schema-guided-dialogue/dev").glob("dialogues_*.json")):
        for dialogue in sample(json.loads(path.read_text("utf-8")), 70, path.name):
            yield [(turn["speaker"] == "USER", turn["utterance"]) for turn in dialogue["turns"]], "dialogues_services"


def turns_of_orders(packages):
    for path in sorted((packages / "Taskmaster/TM-4-2024/data").glob("data_*.json")):
        for dialogue in sample(json.loads(path.read_text("utf-8")), 90, path.name):
            yield [(turn["speaker"] == "user", turn["text"]) for turn in dialogue["utterances"]], "dialogues_orders"


def dialogues(packages):
    """Parts of conversations as people paste them, CC BY-SA 4.0 and CC BY 4.0."""
    choose = random.Random("dialogues")
    for turns, source in [*turns_of_services(packages), *turns_of_orders(packages)]:
        one, other = choose.choice(SPEAKERS)
        count = choose.randrange(2, 10)
        start = choose.randrange(max(1, len(turns) - count))
        said = "\n".join(f"{one if is_first else other}: {text}" for is_first, text in turns[start : start + count])
        about = choose.choice(ABOUT_DIALOGUES)
        yield "\n".join([about, said] if choose.random() < 0.5 else [said, about]), source


def paragraphs(markup):
    """The paragraphs of a page, without its code."""
    for inner in re.findall(r'<(?:p\b|div class="para")[^>]*>(.*?)</(?:p|div)>', markup, re.S):
        yield re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", inner))).strip()


def pieces(texts, shortest, longest):
    """Paragraphs put together until they are long enough to be a text."""
    piece = ""
    for text in texts:
        piece = f"{piece}\n{text}".strip()
        if len(piece) >= shortest:
            yield piece[:longest]
            piece = ""


def unpacked(packages, folder):
    for package in sorted(packages.glob("*.deb")):
        subprocess.run(["dpkg", "-x", package, folder], check=True)
    return pathlib.Path(folder)


# Texts of each file, by folder; English ones lie at the top, with one Portuguese file.
FORTUNES = {"": {"": 5, "brasil": 100}, "de": {"": 3}, "es": {"": 4}, "it": {"": 6}}


def prose(packages):
    """Prose of Debian packages and of gensim's test data; licences are those of the packages."""
    with tempfile.TemporaryDirectory() as folder:
        root = unpacked(packages, folder) / "usr/share"
        for page in sorted((root / "doc/anarchism/html").rglob("*.html")):
            texts = list(pieces(paragraphs(page.read_text("utf-8", "replace")), 400, 1500))
            yield from ((text, "prose_anarchism") for text in sample(texts, 8, page.name))
        for language in sorted((root / "doc/debian-handbook/html").iterdir(), key=lambda folder: (folder.name != "en-US", folder.name)):
            texts = [
                text
                for page in sorted(language.rglob("*.html"))
                for text in pieces(paragraphs(page.read_text("utf-8", "replace")), 300, 1500)
                if page.stem != "index"
            ]
            yield from ((text, "prose_handbook") for text in sample(texts, 1000 if language.name == "en-US" else 40, language.name))
        jargon = gzip.decompress((root / "doc/jargon-text/jargon.txt.gz").read_bytes()).decode("latin-1")
        entries = [re.sub(r"\s+", " ", part) for part in re.split(r"\n\s*\n", jargon)]
        for text in sample(list(pieces(entries, 400, 1500)), 600, "jargon"):
            yield text, "prose_jargon"
        # Few of them: they are quotations, and too many teach that what is short and odd is harmless.
        for folder, per_file in FORTUNES.items():
            for file in sorted((root / "games/fortunes" / folder).iterdir()):
                if file.is_file() and not file.is_symlink() and file.suffix in ("", ".fortunes") and "art" not in file.name:
                    for text in sample(file.read_text("utf-8", "replace").split("\n%\n"), per_file.get(file.name, per_file[""]), file.name):
                        yield text, "fortunes"
        words = gzip.open(root / "dictd/wn.dict.dz").read().decode("utf-8", "replace")
        meant = [text for text in re.findall(r'"([^"]{30,})"', re.sub(r"\s+", " ", words)) if " " in text]
        for text in sample(meant, 300, "words"):
            yield text, "wordnet"
    with zipfile.ZipFile(next(packages.glob("gensim-*.whl"))) as archive:
        data = "gensim/test/test_data/"
        for text in archive.read(data + "lee_background.cor").decode("latin-1").splitlines():
            yield text[:1500], "prose_news"
        wiki = bz2.decompress(archive.read(data + "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"))
        plain = re.sub(r"\{\{[^{}]*\}\}|<ref.*?</ref>|<[^>]+>|'{2,}", "", html.unescape(wiki.decode("utf-8", "replace")), flags=re.S)
        plain = re.sub(r"\[\[(?:[^|\]]*\|)?([^\]]*)\]\]", r"\1", plain)
        lines = [line for line in plain.splitlines() if len(line) > 200 and line[0].isalnum()]
        for text in sample(lines, 800, "wiki"):
            yield text[:1500], "prose_wiki"


def main(packages, folder):
    packages = pathlib.Path(packages)
    output = Output(folder)
    output.write("bigbench.jsonl", bigbench(next(packages.glob("bigbench-*"))))
    output.write("evals.jsonl", evals(next(packages.glob("evals-*"))))
    output.write("writing.jsonl", writing(next(packages.glob("inspect_evals-*"))))
    output.write("dialogues.jsonl", dialogues(packages))
    output.write("prose.jsonl", prose(packages))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
