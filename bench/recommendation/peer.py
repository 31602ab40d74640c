"""The peers of bench/recommendation: `peer.py keras <folder>` trains the same network on the same examples and times it,
`peer.py ease <folder>` computes EASE (Steck 2019). Prints one JSON object."""

import json
import sys
import time
from pathlib import Path

import numpy as np

LENGTH = 10


def main(which, folder):
    task = json.loads((folder / "task.json").read_text())
    print(json.dumps({"keras": keras_training, "ease": ease}[which](folder, task)))


def keras_training(folder, task):
    import keras

    keras.utils.set_random_seed(1)
    network = built(keras, task)
    network.train_on_batch(*written_out(folder / "epoch-0", task, 1))  # tracing is not training
    network = built(keras, task)
    seconds = 0.0
    for epoch in range(task["epochs"]):
        inputs, wanted = written_out(folder / f"epoch-{epoch}", task)
        started = time.perf_counter()
        network.fit(inputs, wanted, batch_size=task["batchSize"], epochs=1, shuffle=False, verbose=0)
        seconds += time.perf_counter() - started
    return {"seconds": seconds, **quality(network.predict(written_out(folder / "test", task)[0], verbose=0), task)}


def built(keras, task):
    network = keras.Sequential(
        [
            keras.Input((2 * task["items"],)),
            keras.layers.Dense(task["hidden"], activation="tanh"),
            keras.layers.Dense(task["items"], activation="softmax"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(task["learningRate"], task["steps"])
    network.compile(keras.optimizers.Adam(rate), "categorical_crossentropy")
    return network


def written_out(folder, task, batches=None):
    """Dense inputs and targets; not timed."""
    items, slots = task["items"], task["slots"]
    gains = np.fromfile(folder / "gains", "<f4").reshape(-1, slots)
    rows, cells = np.fromfile(folder / "rows", "<i4"), np.fromfile(folder / "cells", "<i4")
    inputs = np.zeros((len(gains), 2 * items), "f4")
    np.add.at(inputs, (cells // slots, rows), gains[cells // slots, cells % slots])
    places, shares = np.fromfile(folder / "places", "<i4").reshape(-1, 2), np.fromfile(folder / "shares", "<f4")
    wanted = np.zeros((len(gains), items), "f4")
    np.add.at(wanted, (places[:, 0], places[:, 1]), shares)
    examples = None if batches is None else batches * task["batchSize"]
    return inputs[:examples], wanted[:examples]


def ease(folder, task, penalty=200.0):
    taken = np.zeros((len(task["histories"]), task["items"]))
    for user, history in enumerate(task["histories"]):
        taken[user, history] = 1
    inverse = np.linalg.inv(taken.T @ taken + penalty * np.eye(task["items"]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return quality(taken @ weights, task)


def quality(scores, task):
    """HitRate and NDCG at 10 of the one item that came last, among all items not taken before."""
    hits, gains = [], []
    for user, (history, last) in enumerate(zip(task["histories"], task["last"])):
        row = scores[user].astype("f8")
        row[history] = -np.inf
        rank = int((row > row[last]).sum()) if last is not None else LENGTH
        hits.append(rank < LENGTH)
        gains.append(1 / np.log2(rank + 2) if rank < LENGTH else 0)
    return {"hitRate": float(np.mean(hits)), "ndcg": float(np.mean(gains))}


main(sys.argv[1], Path(sys.argv[2]))
