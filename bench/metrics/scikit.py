"""Writes test/fixtures/metrics.json: inputs, and the values that scikit-learn has for them.

python3 -m venv .cache/metrics && .cache/metrics/bin/pip install scikit-learn==1.7.2
.cache/metrics/bin/python bench/metrics/scikit.py > test/fixtures/metrics.json
"""
import json
import numpy as np
import sklearn
from sklearn import metrics

random = np.random.default_rng(7)


def binary(rows, digits):
    labels = (random.random(rows) < 0.3).astype(int)
    scores = np.round(1 / (1 + np.exp(-(random.normal(size=rows) + 1.5 * labels - 1))), digits)
    weights = random.integers(0, 4, rows)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "weights": weights.tolist(),
        "plain": binary_values(labels, scores, np.ones(rows)),
        "weighted": binary_values(labels, scores, weights),
    }


def binary_values(labels, scores, weights):
    said = (scores >= 0.5).astype(int)
    return {
        "rocAuc": metrics.roc_auc_score(labels, scores, sample_weight=weights),
        "prAuc": metrics.average_precision_score(labels, scores, sample_weight=weights),
        "logLoss": metrics.log_loss(labels, scores, sample_weight=weights),
        "brier": metrics.brier_score_loss(labels, scores, sample_weight=weights),
        "accuracy": metrics.accuracy_score(labels, said, sample_weight=weights),
        "f1": metrics.f1_score(labels, said, sample_weight=weights),
    }


def ece(labels, scores, bins=15):
    """scikit-learn has no expected calibration error; equal-mass bins by numpy."""
    order = np.argsort(scores, kind="stable")
    parts = np.array_split(order, bins)
    return float(sum(len(part) / len(order) * abs(scores[part].mean() - labels[part].mean()) for part in parts))


def calibration(rows):
    labels = (random.random(rows) < 0.4).astype(int)
    scores = random.random(rows)
    return {"scores": scores.tolist(), "labels": labels.tolist(), "ece": ece(labels, scores)}


def ranking(items, relevant, k):
    """One list: items in the order of their scores; the relevant ones anywhere."""
    scores = random.permutation(items).astype(float)
    truth = np.zeros(items, dtype=int)
    truth[random.choice(items, relevant, replace=False)] = 1
    order = np.argsort(-scores)
    top = np.zeros(items, dtype=int)
    top[order[:k]] = 1
    values = {
        "ndcg": metrics.ndcg_score([truth], [scores], k=k),
        "recall": metrics.recall_score(truth, top),
        # Cut-offs that scikit-learn lacks: over the whole list only.
        "mapAll": metrics.average_precision_score(truth, scores),
    }
    if relevant == 1:
        values["hitRate"] = metrics.top_k_accuracy_score([int(truth.argmax())], [scores], k=k, labels=range(items))
        values["mrrAll"] = metrics.label_ranking_average_precision_score([truth], [scores])
    return {"list": [str(item) for item in order], "relevant": [str(item) for item in np.flatnonzero(truth)], "k": k, "values": values}


def regression(rows):
    actual = random.normal(size=rows) * 10
    predicted = actual + random.normal(size=rows)
    return {
        "actual": actual.tolist(),
        "predicted": predicted.tolist(),
        "mae": metrics.mean_absolute_error(actual, predicted),
        "rmse": metrics.root_mean_squared_error(actual, predicted),
    }


print(json.dumps({
    "madeBy": f"bench/metrics/scikit.py with scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "binary": [binary(200, 6), binary(200, 1)],
    "calibration": calibration(450),
    "ranking": [ranking(60, relevant, k) for relevant in (1, 1, 3, 12) for k in (5, 10)],
    "regression": regression(100),
}))
