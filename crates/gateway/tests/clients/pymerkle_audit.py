"""The judge `pymerkle`: another implementation of Merkle trees agrees with an export of the audit log and its proofs.

    pymerkle_audit.py FOLDER INCLUSION.json CONSISTENCY.json

FOLDER is what `portcullis audit export` wrote, the others what `portcullis audit prove --entry N` and `--from N`
printed. The tree is built from the entries alone; no hash of the export is taken on trust. What is not judged here is
the checkpoint's signature: pymerkle knows trees, not keys.
"""

import base64
import json
import pathlib
import sys

from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

FOLDER = pathlib.Path(sys.argv[1])
INCLUSION, CONSISTENCY = (json.loads(pathlib.Path(file).read_text()) for file in sys.argv[2:4])
ENTRIES_IN_A_BUNDLE = 256


def main():
    origin, size, root = checkpoint()
    entries = read_entries(size)
    # Its defaults are those of RFC 6962: SHA-256, a zero byte before leaves and a one before nodes.
    tree = InmemoryTree.init_from_entries(entries)
    judge("the_root", tree.get_root() == root)
    judge("the_inclusion_proof", inclusion(tree, origin, root))
    judge("the_consistency_proof", consistency(tree, origin, root))


def judge(name, agrees):
    print("ok" if agrees else "FAIL", name)
    if not agrees:
        sys.exit(1)


def checkpoint():
    """Origin, size and root of the signed checkpoint."""
    origin, size, root = (FOLDER / "checkpoint").read_text().splitlines()[:3]
    return origin, int(size), base64.b64decode(root)


def read_entries(size):
    """The entries of all bundles: each with its length before it, in two bytes, most significant first."""
    entries = []
    for index in range(-(-size // ENTRIES_IN_A_BUNDLE)):
        width = min(ENTRIES_IN_A_BUNDLE, size - index * ENTRIES_IN_A_BUNDLE)
        rest = bundle(index, width).read_bytes()
        while rest:
            length = int.from_bytes(rest[:2], "big")
            entries.append(rest[2 : 2 + length])
            rest = rest[2 + length :]
    assert len(entries) == size, f"{len(entries)} entries instead of {size}"
    return entries


def bundle(index, width):
    """The path of C2SP tlog-tiles: groups of three digits, all but the last with an `x` before them."""
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return FOLDER / "tile/entries" / (path if width == ENTRIES_IN_A_BUNDLE else f"{path}.p/{width}")


def hashes(proof, *names):
    return [base64.b64decode(proof[name]) for name in names], [base64.b64decode(hash) for hash in proof["path"]]


def inclusion(tree, origin, root):
    """The same path as pymerkle's, which begins with the leaf itself and counts from one."""
    (leaf, its_root), path = hashes(INCLUSION, "leaf", "root")
    index = INCLUSION["entry"] + 1
    proof = tree.prove_inclusion(index, INCLUSION["size"])
    verify_inclusion(leaf, root, proof, index=index, size=INCLUSION["size"])
    return (INCLUSION["origin"], its_root, tree.get_leaf(index), proof.path) == (origin, root, leaf, [leaf, *path])


def consistency(tree, origin, root):
    """The same verdict. Its own proofs have another form, so ours is resolved with its hashes (RFC 9162, 2.1.4.2)."""
    (old_root, its_root), path = hashes(CONSISTENCY, "old_root", "root")
    old_size, size = CONSISTENCY["old_size"], CONSISTENCY["size"]
    proof = tree.prove_consistency(old_size, size)
    verify_consistency(old_root, root, proof, prior_size=old_size, later_size=size)
    found = resolved(tree, old_size, size, old_root, path)
    agreed = (CONSISTENCY["origin"], its_root, tree.get_root(old_size), found)
    return agreed == (origin, root, old_root, (old_root, root))


def resolved(tree, old_size, size, old_root, path):
    """Both roots that a consistency path leads to."""
    if old_size == size:
        return (old_root, old_root) if not path else None
    path = list(path) if old_size & (old_size - 1) else [old_root, *path]
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for hash in path[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = tree.hash_pair(hash, old), tree.hash_pair(hash, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = tree.hash_pair(new, hash)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


if __name__ == "__main__":
    main()
