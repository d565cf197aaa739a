"""Has SmolLM2-135M-Instruct prefer the better answers of pairs that `portcullis train data` wrote: direct preference optimization.

    v/bin/python pairs.py DATA pairs.npz                          # from the model as it is
    v/bin/python pairs.py DATA both.npz --adapters adapters.npz   # after `tune.py train`
    v/bin/python tune.py serve 9102 both.npz prompts.jsonl

Environment, adapters and `serve` as for `tune.py`. Rafailov et al. 2023, arXiv:2305.18290: with m for the logarithm of how much more
likely the better answer is than the worse one, the loss is -log sigmoid(beta (m - m before)). A pair is one row, the prompt and both
answers behind it, none of which sees the other; so the prompt runs once.
"""

import argparse
import json
import pathlib
import time

import jax
import jax.numpy as jnp
import numpy as np

import tune

LENGTH, SAID = 192, 72  # tokens of a row, and of both its answers
BATCH = 8


def row(pair):
    """The row; the places of its tokens and whose they are (0: the prompt); what is said, behind which token, and its sign in m."""
    tokens = tune.conversation(pair["prompt"])
    asked = len(tokens)
    places, owners = list(range(asked)), [0] * asked
    said, behind, signs = [], [], []
    for owner, (side, sign) in enumerate([("chosen", 1), ("rejected", -1)], 1):
        answer = tune.TOKENIZER.encode(pair[side][0]["content"]).ids + [tune.END]
        behind += [asked - 1, *range(len(tokens), len(tokens) + len(answer) - 1)]
        tokens, said = tokens + answer, said + answer
        places += range(asked, asked + len(answer))
        owners += [owner] * len(answer)
        signs += [sign] * len(answer)
    return tokens, places, owners, said, behind, signs


def read(path, most):
    """The first rows as arrays, filled up to one length; pairs that are too long are left out."""
    rows = [row(json.loads(line)) for line in path.read_text().splitlines()]
    rows = [each for each in rows if len(each[0]) <= LENGTH and len(each[3]) <= SAID][:most]
    lengths = [LENGTH] * 3 + [SAID] * 3
    return [np.array([part + [0] * (room - len(part)) for part in column]) for room, column in zip(lengths, zip(*rows))]


def sight(owners):
    """Which tokens each one sees: of what came before, the prompt and its own answer."""
    own = (owners[:, None, :] == 0) | (owners[:, None, :] == owners[:, :, None])
    return (own & jnp.tril(jnp.ones((LENGTH, LENGTH), bool)))[:, None]


@jax.jit
def margin(adapters, x, places, owners, said, behind, signs):
    """m of each pair."""
    x = tune.above(adapters, x, places, sight(owners))
    likely = jax.nn.log_softmax(tune.logits(jnp.take_along_axis(x, behind[..., None], 1)))
    return jnp.sum(jnp.take_along_axis(likely, said[..., None], 2)[..., 0] * signs, 1)


def loss(adapters, beta, before, *batch):
    return -jnp.mean(jax.nn.log_sigmoid(beta * (margin(adapters, *batch) - before)))


def parts(count):
    """Rows in batches of one size, the last one filled up with the first rows; what is filled up is cut off again."""
    return np.resize(np.arange(count), (-(-count // BATCH), BATCH))


def ready(path, most=None):
    """What the layers below make of the rows, and the rest of them."""
    tokens, *rest = read(path, most)
    run = lambda at: np.asarray(tune.below(tokens[at], rest[0][at], sight(rest[1][at])))
    return [np.concatenate([run(at) for at in parts(len(tokens))])[: len(tokens)], *rest]


def margins(adapters, rows):
    run = lambda at: margin(adapters, *(each[at] for each in rows))
    return np.concatenate([run(at) for at in parts(len(rows[0]))])[: len(rows[0])]


def preferred(margins):
    return f"the better answer is preferred in {(margins > 0).sum()} of {len(margins)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--adapters", type=pathlib.Path, help="what `tune.py train` wrote, to begin with")
    parser.add_argument("--pairs", type=int, default=80, help="to learn from, at most")
    parser.add_argument("--beta", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=20, help=f"of {BATCH} pairs")
    parser.add_argument("--rate", type=float, default=1e-3)
    args = parser.parse_args()
    adapters, begun = tune.adapters_at_start(jax.random.key(1)), time.time()
    if args.adapters:
        kept = np.load(args.adapters)
        adapters = {name: tuple(jnp.asarray(kept[f"{name}.{at}"]) for at in (0, 1)) for name in tune.MATRICES}
    rows, unseen = ready(args.data / "dpo-train.jsonl", args.pairs), ready(args.data / "dpo-valid.jsonl")
    before = margins(adapters, rows)
    tell = lambda what: print(f"{time.time() - begun:6.0f} s  {what}", flush=True)
    tell(f"{preferred(before)} to learn from, {preferred(margins(adapters, unseen))} held out")
    zeros = jax.tree.map(jnp.zeros_like, adapters)
    moments, chance, values = (zeros, zeros), np.random.default_rng(1), []
    for step in range(args.steps):
        if step * BATCH % len(before) < BATCH:
            order = chance.permutation(len(before))
        at = np.take(order, range(step * BATCH, (step + 1) * BATCH), mode="wrap")
        rate = args.rate * (1 - step / args.steps)
        batch = (args.beta, before[at], *(each[at] for each in rows))
        adapters, moments, value = tune.learn(loss, adapters, moments, step + 1, rate, *batch)
        values.append(float(value))
        if (step + 1) % 5 == 0:
            tell(f"{step + 1}/{args.steps}  loss {np.mean(values[-5:]):.3f}")
    tell(f"{preferred(margins(adapters, unseen))} held out")
    tune.save(adapters, args.out)


if __name__ == "__main__":
    main()
