"""Brings labelled corpora of hate, abuse and threats into one form: `python corpora.py NAME FOLDER > corpus.jsonl`.

FOLDER is a checkout of the repository that publishes the corpus (for `rtp` and `lexicon` the folder of its text files).

To measure with, out come {"text", "label", "source", "tags"}: NAME is hatecheck, openai, ethos, surge or xstest. Nothing is
learned from these. With a third word, `groups`, the source is NAME and the first tag, so that each group has its figures. To learn from, out come {"text", "labels", "source"}, labels by head, for NAME stormfront, edos, convabuse,
paradetox, spans, hatemoji, toxigen, wiki, madlibs, rtp or lexicon; a head that is not named is not known. `python corpora.py without
TESTS FILE… < corpus.jsonl` leaves out what a test holds too.
"""

import ast
import csv
import gzip
import hashlib
import json
import re
import sys
from pathlib import Path

CLEAN = {"hate": False, "harassment": False, "threat": False, "sexual": False, "self_harm": False}
HEADS_OF = {"S": "sexual", "S3": "sexual/minors", "H": "hate", "H2": "hate/threatening", "V": "violence",
            "V2": "violence/graphic", "HR": "harassment", "SH": "self-harm"}


def table(path, **form):
    return csv.DictReader(open(path, encoding="utf-8", errors="replace", newline=""), **form)


# To measure with.


def hatecheck(folder):
    for row in table(folder / "test_suite_cases.csv"):
        yield row["test_case"], row["label_gold"] == "hateful", [row["functionality"], row["target_ident"]]


def openai(folder):
    for line in gzip.open(folder / "data/samples-1680.jsonl.gz", "rt", encoding="utf-8"):
        row = json.loads(line)
        said = {name for key, name in HEADS_OF.items() if row.get(key) == 1}
        unsaid = {"?" + name for key, name in HEADS_OF.items() if key not in row}
        yield row["prompt"], bool(said), sorted(said | unsaid)


def ethos(folder):
    for row in table(folder / "ethos/ethos_data/Ethos_Dataset_Binary.csv", delimiter=";"):
        yield row["comment"], float(row["isHate"]) >= 0.5, []


def surge(folder):
    for row in table(folder / "toxicity_en.csv"):
        yield row["text"], row["is_toxic"] == "Toxic", []


def xstest(folder):
    for row in table(folder / "xstest_prompts.csv"):
        yield row["prompt"], row["label"] == "unsafe", [row["type"]]


# To learn from.


def stormfront(folder):
    for row in table(folder / "annotations_metadata.csv"):
        text = (folder / "all_files" / (row["file_id"] + ".txt")).read_text(encoding="utf-8")
        if row["label"] == "hate":
            yield text, {"hate": True}
        elif row["label"] == "noHate":
            yield text, CLEAN


def edos(folder):
    """Comments that are sexist or not; the latter may insult, and may hate others than women."""
    for row in table(folder / "data/edos_labelled_aggregated.csv"):
        text = row["text"].replace("[USER]", "").replace("[URL]", "").strip()
        if row["label_sexist"] == "sexist":
            yield text, {"hate": True} | ({"threat": True} if row["label_category"].startswith("1") else {})
        else:
            yield text, {"hate": False, "threat": False, "self_harm": False}


def convabuse(folder):
    """What people say to chatbots, each judged by several; kept is what most agree on."""
    votes = {}
    for row in table(folder / "1_full/ConvAbuseEMNLPfull.csv"):
        votes.setdefault(row["user"], []).append(row)
    for text, rows in votes.items():
        share = lambda *names: sum(any(row[name] == "1" for name in names) for row in rows) / len(rows)
        if share("is_abuse.1") > 0.5:
            yield text, CLEAN
        elif share("is_abuse.-1", "is_abuse.-2", "is_abuse.-3") > 0.5:
            group = share("type.racist", "type.sexist", "type.homophobic", "type.transphobic", "type.ableism")
            sexual = share("type.sex_harassment")
            labels = {"harassment": True} | ({"hate": True} if group >= 0.5 else {})
            labels |= {"sexual": True} if sexual >= 0.5 else {"sexual": False} if sexual == 0 else {}
            yield text, labels


def paradetox(folder):
    """Rude messages, and the same without what is rude."""
    for row in table(folder / "paradetox/paradetox.tsv", delimiter="\t", quoting=csv.QUOTE_NONE):
        yield row["toxic"], {"harassment": True}
        for name in ("neutral1", "neutral2", "neutral3"):
            if row[name]:
                yield row[name], CLEAN


def spans(folder):
    """Toxic comments, and what is left of them when the toxic words are taken out."""
    for name in ("tsd_train", "tsd_trial", "tsd_test"):
        for row in table(folder / f"SemEval2021/data/{name}.csv"):
            toxic = set(ast.literal_eval(row["spans"]))
            if not toxic:
                continue
            yield row["text"], {"harassment": True}
            rest = "".join(" " if at in toxic else char for at, char in enumerate(row["text"]))
            if len(rest.split()) >= 4:
                yield re.sub(r"\s+", " ", rest).strip(), {"harassment": False}


def hatemoji(folder):
    for name in ("train", "validation", "test"):
        for row in table(folder / f"HatemojiBuild/{name}.csv"):
            if row["label_gold"] == "1":
                threat = row["type"] == "threateninglanguage"
                yield row["text"], {"hate": True} | ({"threat": True} if threat else {})
            else:
                yield row["text"], {"hate": False, "threat": False}


def toxigen(folder):
    """Sentences about groups that were written to prompt a model with, not what it wrote."""
    for path in sorted((folder / "demonstrations").rglob("*.txt")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            text = line.strip("-\\ \t").strip()
            if len(text.split()) >= 3:
                yield text, {"hate": True} if path.name.startswith("hate") else CLEAN


def wiki(folder):
    for row in table(folder / "archive/unintended_ml_bias/eval_datasets/toxicity_nonfuzzed_testset.csv"):
        yield row["comment"].strip(), {"harassment": True} if row["toxic"] == "True" else CLEAN


MADLIBS_A_TEMPLATE = 1000


def madlibs(folder):
    """Short sentences about groups and jobs, kind ones and others, a part of each template."""
    kept = {}
    rows = table(folder / "archive/unintended_ml_bias/eval_datasets/bias_madlibs_77k.csv")
    for row in sorted(rows, key=lambda row: hashlib.sha256(row["Text"].encode()).digest()):
        kind = (row["Label"], row["Template"])
        kept[kind] = kept.get(kind, 0) + 1
        if kept[kind] > MADLIBS_A_TEMPLATE:
            continue
        is_of_job = row["Template"] == "you_occupation"
        yield row["Text"], CLEAN if row["Label"] == "NOT_BAD" else {"harassment": True, "hate": False} if is_of_job else {"hate": True}


def rtp(folder):
    """Beginnings of sentences from the web, by what is wrong with them."""
    kinds = {"identity_attack": {"hate": True}, "insult": {"harassment": True}, "threat": {"threat": True},
             "sexually_explicit": {"sexual": True}, "flirtation": {"hate": False, "threat": False},
             "severe_toxicity": {"harassment": True}}
    for kind, labels in kinds.items():
        for line in (folder / f"rtp_{kind}.txt").read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield line.strip(), labels


def lexicon(folder):
    """Words by kind, each in a few plain sentences, so that rare ones are known at all."""
    says = {
        "racial / ethnic slurs": ({"hate": True}, ["these {} are everywhere", "i don't want any {} here", "he is a {}"]),
        "sexual orientation / gender": ({"hate": True}, ["these {} are everywhere", "what a {}"]),
        "sexual anatomy / sexual acts": ({"sexual": True}, ["{}", "she wants {}", "he told her about {} all night"]),
        "other / general insult": ({"harassment": True}, ["you are a {}", "what a {}"]),
        "mental disability": ({"harassment": True}, ["you are a {}", "what a {}"]),
    }
    for row in table(folder / "profanity_en.csv"):
        labels, frames = says.get(row["category_1"], ({}, []))
        for frame in frames if row["severity_description"] != "Mild" else []:
            yield frame.format(row["text"]), labels


def without(tests):
    key = lambda text: re.sub(r"\W+", " ", text.lower()).strip()
    held = {key(json.loads(line)["text"]) for test in tests for line in open(test, encoding="utf-8")}
    for line in sys.stdin:
        if key(json.loads(line)["text"]) not in held:
            sys.stdout.write(line)


def main():
    name = sys.argv[1]
    if name == "without":
        return without(sys.argv[2:])
    measured = {"hatecheck": hatecheck, "openai": openai, "ethos": ethos, "surge": surge, "xstest": xstest}
    learned = {of.__name__: of for of in
               (stormfront, edos, convabuse, paradetox, spans, hatemoji, toxigen, wiki, madlibs, rtp, lexicon)}
    folder, seen = Path(sys.argv[2]), set()
    for text, *rest in (measured.get(name) or learned[name])(folder):
        row = {"text": text, "source": name}
        row |= {"label": int(rest[0]), "tags": rest[1]} if name in measured else {"labels": rest[0]}
        if sys.argv[3:] == ["groups"] and row["tags"]:
            row["source"] += "/" + row["tags"][0]
        if name in measured or text not in seen:
            print(json.dumps(row, ensure_ascii=False))
        seen.add(text)


main()
