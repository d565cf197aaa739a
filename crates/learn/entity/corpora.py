"""Brings labelled corpora into one form: `python corpora.py wikigold|btc|crossner|uner|wnut|conll|presidio FILE… > corpus.jsonl`.

Out: one JSON object a line, {"text", "spans": [{"start", "end", "label"}], "source"}; places are bytes.
"""

import json
import sys

PERSON = {"PER", "person", "politician", "musicalartist", "writer", "scientist", "researcher"}
ORGANIZATION = {"ORG", "organisation", "politicalparty", "university", "band", "corporation", "group"}
PLACE = {"LOC", "location", "country"}
GLUED_LEFT = set(".,;:!?)]}%'\u2019\"") | {"'s", "n't", "'re", "'ve", "'ll", "'m", "..."}
GLUED_RIGHT = set("([{$#@")


def kind(tag):
    name = tag[2:]
    for label, names in (("PERSON", PERSON), ("ORGANIZATION", ORGANIZATION), ("PLACE", PLACE)):
        if name in names:
            return label
    return None


def sentences(path, corpus):
    word, tag = (1, 2) if corpus == "uner" else (0, 1)
    tokens = []
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        parts = line.split("\t") if "\t" in line else line.split(" ")
        if not line.strip() or line.startswith("# newdoc") or line.startswith("-DOCSTART-"):
            yield tokens
            tokens = []
        elif corpus == "uner" and line.startswith("# "):
            continue
        else:
            tokens.append((parts[word], parts[tag] if tag == 2 or corpus in ("btc", "wnut") else parts[-1]))
    yield tokens


def join(tokens):
    text, spans, glue, open_kind = "", [], True, None
    for token, tag in tokens:
        if text and not glue and token not in GLUED_LEFT:
            text += " "
        start = len(text.encode())
        text += token
        end = len(text.encode())
        label = kind(tag) if tag != "O" else None
        if label and tag.startswith("I-") and open_kind == label:
            spans[-1]["end"] = end
        elif label:
            spans.append({"start": start, "end": end, "label": label})
        open_kind = label
        glue = token in GLUED_RIGHT
    return text, spans


def presidio(path):
    """Presidio's own form: places are characters, labels stay as they are."""
    for row in json.load(open(path, encoding="utf-8")):
        text = row["full_text"]
        place = lambda at: len(text[:at].encode())
        yield text, [
            {"start": place(span["start_position"]), "end": place(span["end_position"]), "label": span["entity_type"]}
            for span in row["spans"]
        ]


for path in sys.argv[2:]:
    texts = presidio(path) if sys.argv[1] == "presidio" else map(join, sentences(path, sys.argv[1]))
    for text, spans in texts:
        if text:
            print(json.dumps({"text": text, "spans": spans, "source": sys.argv[1]}, ensure_ascii=False))
