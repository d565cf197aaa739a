"""Brings labelled corpora into one form:
`python corpora.py wikigold|btc|crossner|docred|gum|litbank|services|uner|wnut|conll|presidio FILE… > corpus.jsonl`.

For `gum` a FILE is one of `dep/*.conllu`, for `litbank` one of `entities/brat/*.ann` with its `.txt` beside it, for `services` one of `train/dialogues_*.json`.

Out: one JSON object a line, {"text", "spans": [{"start", "end", "label"}], "source"}; places are bytes.
"""

import json
import re
import sys
from pathlib import Path

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


def docred(path):
    """Re-DocRED: a document a row, entities by mention. It calls nationalities places; they are none."""
    kinds = {"PER": "PER", "ORG": "ORG", "LOC": "LOC"}
    for document in json.load(open(path, encoding="utf-8")):
        rows = [[[token, "O"] for token in sentence] for sentence in document["sents"]]
        for mention in (mention for entity in document["vertexSet"] for mention in entity):
            row, (start, end) = rows[mention["sent_id"]], mention["pos"]
            is_nation = end - start == 1 and re.search(NATION, row[start][0])
            if mention["type"] in kinds and not is_nation:
                for at in range(start, end):
                    row[at][1] = ("B-" if at == start else "I-") + kinds[mention["type"]]
        for sentence in rows:
            yield [tuple(token) for token in sentence]


NATION = r"(?:ian|ish|ese|can|ani|eli|ench|utch|eek|wiss|erman|omani|oman|hai|rab|zech|axon|orse|elsh|orean|ilipino)s?$"


def gum(path):
    """Universal Dependencies with `Entity=` in the last column: of people, organizations and places what is a name."""
    kinds = {"person": "PER", "organization": "ORG", "place": "LOC"}
    words, spans, open_spans = [], [], []
    for line in open(path, encoding="utf-8"):
        parts = line.rstrip("\n").split("\t")
        if not line.strip():
            yield named(words, spans)
            words, spans, open_spans = [], [], []
        elif parts[0].isdigit():
            words.append((parts[1], parts[4]))
            found = re.search(r"Entity=([^|]*)", parts[9])
            for begun, kind, closed in re.findall(r"(\()?(?:[^()-]+-)?([a-z]+)?[^()]*(\))?", found[1]) if found else ():
                if begun:
                    open_spans.append((len(words) - 1, kind))
                if closed and open_spans:
                    start, kind = open_spans.pop()
                    if kind in kinds:
                        spans.append((start, len(words), kinds[kind]))


def named(words, spans):
    """The longest spans of proper nouns, without the article and the title in front of them."""
    tags = ["O"] * len(words)
    for start, end, kind in sorted(spans, key=lambda span: span[0] - span[1]):
        while start < end and (words[start][1] == "DT" or words[start][0].rstrip(".") in TITLES):
            start += 1
        inside = words[start:end]
        is_name = inside and inside[0][1].startswith("NNP") and inside[-1][1].startswith("NNP")
        if is_name and all(tag.startswith("NNP") or word in LINKS for word, tag in inside) and set(tags[start:end]) == {"O"}:
            tags[start:end] = ["B-" + kind] + ["I-" + kind] * (end - start - 1)
    return [(word, tag) for (word, _), tag in zip(words, tags)]


TITLES = {"Mr", "Mrs", "Ms", "Miss", "Dr", "Sir", "Lady", "Lord", "Professor", "Prof", "President", "Madame", "Monsieur"}
LINKS = {"of", "the", "and", "&", "-", "de", "la", "for", "'s", "van", "von", "\u2019s"}


def litbank(path):
    """The names among the mentions of LitBank, without titles; a paragraph a row."""
    kinds = {"PROP_PER": "PERSON", "PROP_GPE": "PLACE", "PROP_LOC": "PLACE", "PROP_ORG": "ORGANIZATION"}
    text = Path(path).with_suffix(".txt").read_text(encoding="utf-8")
    mentions = []
    for line in open(path, encoding="utf-8"):
        parts = line.rstrip("\n").split("\t")
        kind, start, end = parts[1].split(" ")[:3]
        if kind in kinds:
            title = re.match(r"(?:the |(?:%s)\.? )*" % "|".join(TITLES), text[int(start):int(end)], re.IGNORECASE)
            mentions.append((int(start) + title.end(), int(end), kinds[kind]))
    for paragraph in re.finditer(r"[^\n]+", text):
        place = lambda at: len(text[paragraph.start():at].encode())
        spans, last = [], 0
        for start, end, kind in sorted(mentions, key=lambda mention: (mention[0], -mention[1])):
            if paragraph.start() <= start < end <= paragraph.end() and start >= last:
                spans.append({"start": place(start), "end": place(end), "label": kind})
                last = end
        yield paragraph[0], spans


# Of Schema-Guided Dialogue: what slots hold. What slots of other names hold is no entity, but for those of OPEN, which may be one.
SLOTS = {"PERSON": {"recipient_account_name", "directed_by"},
         "ORGANIZATION": {"restaurant_name", "hotel_name", "stylist_name", "theater_name"},
         "PLACE": {"city", "location", "destination", "city_of_event", "origin_city", "destination_city", "origin", "from_location",
                   "to_location", "where_to", "area", "pickup_city"},
         "ADDRESS": {"address", "street_address", "venue_address", "address_of_location"}}
OPEN = {"artist", "event_name", "venue", "event_location", "property_name", "attraction_name", "doctor_name", "dentist_name",
        "origin_airport", "destination_airport", "from_station", "to_station", "origin_station_name", "destination_station_name",
        "pickup_location"}
NAMED_EVERY, PLAIN_EVERY = 4, 40
UNIT = re.compile(r"\b(?:suite|unit|floor|ste|apt|level|#)\b", re.IGNORECASE)


def services(path):
    """One turn in four of Schema-Guided Dialogue that holds a name, one in forty of the others; none of one wording twice."""
    for dialogue in json.load(open(path, encoding="utf-8")):
        for turn in dialogue["turns"]:
            text = turn["utterance"]
            slots = {(slot["start"], slot["exclusive_end"], slot["slot"]) for frame in turn["frames"] for slot in frame["slots"]}
            wording = text
            for start, end, name in sorted(slots, reverse=True):
                wording = wording[:start] + name + wording[end:]
            kinds = {name: kind for kind, names in SLOTS.items() for name in names}
            if wording in said or any(name in OPEN for _, _, name in slots):
                continue
            said.add(wording)
            if len(said) % (NAMED_EVERY if any(name in kinds for _, _, name in slots) else PLAIN_EVERY):
                continue
            spans = []
            for start, end, name in sorted(slots):
                if name in kinds and (not spans or start >= spans[-1][1]):
                    spans += parts(text, start, end, kinds[name])
            place = lambda at: len(text[:at].encode())
            yield text, [{"start": place(start), "end": place(end), "label": kind} for start, end, kind in spans]


said = set()


def parts(text, start, end, kind):
    """A place with its region as two places; of an address street and unit, its town and region as places, without the postcode."""
    if kind not in ("PLACE", "ADDRESS"):
        return [(start, end, kind)]
    found = []
    for part in re.finditer(r"[^,]+", text[start:end]):
        words = re.search(r"\S.*\S|\S", part[0])
        if not words:
            continue
        at, to = start + part.start() + words.start(), start + part.start() + words.end()
        if kind == "PLACE":
            found.append((at, to, "ADDRESS" if any(sign.isdigit() for sign in words[0]) else kind))
        elif not found or UNIT.search(words[0]) or text[found[-1][0]:found[-1][1]].isdigit():
            first = found.pop()[0] if found and found[-1][2] == kind else at
            found.append((first, to, kind))
        else:
            name = re.search(r"[^\W\d](?:[^\d]*[^\W\d])?", words[0])
            if name:
                found.append((at + name.start(), at + name.end(), "PLACE"))
    return found


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
    readers = {"presidio": presidio, "litbank": litbank, "services": services}
    rows = {"docred": docred, "gum": gum}.get(sys.argv[1], lambda path: sentences(path, sys.argv[1]))
    texts = readers[sys.argv[1]](path) if sys.argv[1] in readers else map(join, rows(path))
    for text, spans in texts:
        if text:
            print(json.dumps({"text": text, "spans": spans, "source": sys.argv[1]}, ensure_ascii=False))
