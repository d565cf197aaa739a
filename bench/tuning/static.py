"""A network small enough for the learned tier, and what it adds to it: an experiment, nothing that the gateway loads.

    v/bin/python static.py texts.jsonl labelled.jsonl scored.jsonl --teacher teacher/weights.pt

Environment, `texts.jsonl` and teacher as for `encoder.py`. `scored.jsonl` is what `portcullis scan` says of `labelled.jsonl`, line by
line. Told are, by source of attacks, the area and the recall at 1 % and 5 % false positives.

Word pieces of MiniLM lead to its embeddings in 64 numbers (principal components); three in a row to 64 features, of which the
maximum and the mean over a window of 64 pieces count. As all of it up to the maximum is a sum of one table row a
piece and place, 8-bit tables of 6 MB (3 MB with 32 features) and some 200 additions a piece would be all that it costs.
"""

import argparse
import json
import pathlib
import random

import numpy as np
import torch
from safetensors.torch import load_file

import encoder

WINDOW, WIDTH, FEATURES = 64, 64, 64
BATCH, STEPS, SEEDS = 128, 600, 2
TAUGHT = 8000  # windows that are learned from
RATE, RATE_OF_EMBEDDINGS = 2e-3, 1e-4


class Static(torch.nn.Module):
    def __init__(self, table):
        super().__init__()
        self.table = torch.nn.Embedding.from_pretrained(table.clone(), freeze=False, padding_idx=0)
        self.three = torch.nn.Conv1d(WIDTH, FEATURES, 3, padding=1)
        self.drop = torch.nn.Dropout(0.3)
        self.head = torch.nn.Linear(2 * FEATURES, 2)

    def forward(self, ids):
        there = (ids != 0).float().unsqueeze(1)
        pieces = (self.table(ids) * there.transpose(1, 2)).transpose(1, 2)
        seen = torch.relu(self.three(self.drop(pieces))) * there
        return self.head(self.drop(torch.cat([seen.amax(2), seen.sum(2) / there.sum(2)], 1)))


def embeddings():
    torch.manual_seed(1)
    tensors = load_file(str(encoder.BASE / "model.safetensors"))
    table = next(tensor for name, tensor in tensors.items() if name.endswith("word_embeddings.weight")).float()
    table = table - table.mean(0)
    table = table @ torch.pca_lowrank(table, WIDTH, niter=4)[2]
    return table / table.std()


def padded(windows):
    longest = max(3, *map(len, windows))
    return torch.tensor([ids + [0] * (longest - len(ids)) for ids in windows])


def lessons(rows, teacher):
    """Windows, and what is to be said of each: by the teacher, or by their labels."""
    chance, share = random.Random(1), encoder.weights(rows)
    drawn = np.random.default_rng(1).choice(len(rows), TAUGHT, p=share / share.sum())
    windows = []
    for _, _, ids in (rows[at] for at in drawn):
        at = chance.randrange(len(ids) - WINDOW + 1) if len(ids) > WINDOW and chance.random() < 0.5 else 0
        windows.append(ids[at : at + WINDOW])
    smooth = encoder.SMOOTHING
    wanted = torch.tensor([rows[at][0] * (1 - smooth) + smooth / 2 for at in drawn])
    if teacher:
        model = encoder.Judge(6)
        model.load_state_dict(torch.load(teacher))
        order = sorted(range(TAUGHT), key=lambda at: len(windows[at]))
        for part in np.split(np.array(order), TAUGHT // 50):
            ids, mask = encoder.batch([windows[at] for at in part])
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                wanted[part] = torch.softmax(model.eval()(ids, mask).float(), 1)[:, 1]
    return windows, torch.stack([1 - wanted, wanted], 1)


def train(table, windows, wanted, seed):
    torch.manual_seed(seed)
    model, draw = Static(table), np.random.default_rng(seed)
    rest = [weight for name, weight in model.named_parameters() if not name.startswith("table")]
    groups = [dict(params=rest, lr=RATE, weight_decay=0.01),
              dict(params=model.table.parameters(), lr=RATE_OF_EMBEDDINGS, weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups)
    for _ in range(STEPS):
        drawn = draw.integers(0, len(windows), BATCH)
        loss = encoder.distance(model(padded([windows[at] for at in drawn])), wanted[drawn])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def margins(model, rows):
    half = WINDOW // 2
    with torch.no_grad():
        cut = [[ids[at : at + WINDOW] for at in range(0, max(1, len(ids) - half), half)] for _, _, ids in rows]
        return np.array([(model(padded(windows)) @ torch.tensor([-1.0, 1.0])).max().item() for windows in cut])


def told(name, scores, rows):
    labels, sources = np.array([label for label, _, _ in rows]), np.array([source for _, source, _ in rows])
    harmless = np.sort(scores[labels == 0])
    for source in sorted(set(sources[labels == 1])):
        attacks = scores[(labels == 1) & (sources == source)]
        area = (np.searchsorted(harmless, attacks, "left") + np.searchsorted(harmless, attacks, "right")).mean() / 2
        found = [100 * (attacks > harmless[-1 - int(len(harmless) * share)]).mean() for share in (0.01, 0.05)]
        figures = f"area {area / len(harmless):.3f}  recall at 1 % {found[0]:.1f} %  at 5 % {found[1]:.1f} %"
        print(f"{name:22} {source:12} {figures}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ["texts", "labelled", "scored"]:
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--teacher", type=pathlib.Path, help="weights.pt of six layers, to learn from instead of labels")
    parser.add_argument("--without", default="", help="sources that nothing is learned from, with commas between them")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    tokenizer = encoder.tokenizer()
    rows = [row for row in encoder.read(args.texts, tokenizer) if row[1] not in set(args.without.split(","))]
    said = [json.loads(line)["scores"] for line in args.scored.open()]
    given = [json.loads(line) for line in args.labelled.open()]
    known = [(row["label"], row["source"], tokenizer.encode(row["text"], add_special_tokens=False).ids or [100]) for row in given]
    learned = np.array([scores.get("injection.learned", 0.0) for scores in said])
    counts = lambda name: name.startswith(("injection", "jailbreak")) and name != "injection.learned"
    rules = np.array([max([0.0, *(score for name, score in scores.items() if counts(name))]) for scores in said])
    table, (windows, wanted) = embeddings(), lessons(rows, args.teacher)
    own = sum(margins(train(table, windows, wanted, seed), known) for seed in range(1, 1 + SEEDS)) / SEEDS
    clipped = np.clip(learned, 1e-4, 1 - 1e-4)
    both = (own + np.log(clipped / (1 - clipped))) / 2
    chance = lambda margin: 1 / (1 + np.exp(-margin))
    for name, score in [("learned tier", learned), ("network", chance(own)), ("mean of both", chance(both))]:
        told(name, score, known)
        told(name + ", rules", np.maximum(score, rules), known)


if __name__ == "__main__":
    main()
