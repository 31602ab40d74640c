"""Other rules on the same streams.

usage: peers.py <streams.jsonl> <part> <parts>
each line: {"cell", "number", "base", "soFar": [[n_t, n_c, x_t, x_c], ...], "requests": [...]}
stdout: per line {"cell", "number", "growthbook", "flagger", "argo", "kayenta"}: look of the rollback from 0, or -1
"""

import json
import sys

import numpy as np
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import ProportionStatistic
from scipy.stats import norm

ALPHA = 0.05
# The test of gbstats is two-sided and a rollback needs only the harmful side, hence twice the level. Absolute differences: relative ones find harm later.
GROWTHBOOK = SequentialConfig(alpha=2 * ALPHA, difference_type="absolute")
# A limit that an operator who knows the usual rate would set.
LIMIT = 1.5
FLAGGER_FAILED_CHECKS = 5  # cumulative, as Flagger counts them
ARGO_FAILURE_LIMIT = 3
KAYENTA_CONFIDENCE = 0.98
KAYENTA_EVERY = 10  # looks between two judgements


def growthbook(so_far):
    for look, (n_t, n_c, x_t, x_c) in enumerate(so_far):
        if min(n_t, n_c) < 2 or x_c == 0:
            continue
        test = SequentialTwoSidedTTest(ProportionStatistic(n=n_c, sum=x_c), ProportionStatistic(n=n_t, sum=x_t), GROWTHBOOK)
        if test.compute_result().ci[0] > 0:
            return look
    return -1


def failed_checks(requests, base, more_than):
    failed = 0
    for look, (n_t, _, x_t, _) in enumerate(requests):
        failed += n_t > 0 and x_t / n_t > LIMIT * base
        if failed > more_than:
            return look
    return -1


def kayenta(requests):
    """Mann-Whitney with the Hodges-Lehmann interval (normal approximation) on the rates per look: high when its lower end exceeds a quarter of the estimate."""
    z = norm.ppf(0.5 + KAYENTA_CONFIDENCE / 2)
    for looks in range(KAYENTA_EVERY, len(requests) + 1, KAYENTA_EVERY):
        n_t, n_c, x_t, x_c = np.array(requests[:looks]).T
        treated, control = x_t[n_t > 0] / n_t[n_t > 0], x_c[n_c > 0] / n_c[n_c > 0]
        m, n = len(treated), len(control)
        lowest = int(np.floor(m * n / 2 - z * np.sqrt(m * n * (m + n + 1) / 12)))
        if lowest < 0:
            continue
        middle = m * n // 2
        differences = np.partition(np.subtract.outer(treated, control), sorted({lowest, middle}), axis=None)
        if differences[lowest] > 0.25 * abs(differences[middle]):
            return looks - 1
    return -1


def judge(line):
    stream = json.loads(line)
    return {
        "cell": stream["cell"],
        "number": stream["number"],
        "growthbook": growthbook(stream["soFar"]),
        "flagger": failed_checks(stream["requests"], stream["base"], FLAGGER_FAILED_CHECKS - 1),
        "argo": failed_checks(stream["requests"], stream["base"], ARGO_FAILURE_LIMIT),
        "kayenta": kayenta(stream["requests"]),
    }


path, part, parts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path) as lines:
    for index, line in enumerate(lines):
        if index % parts == part:
            print(json.dumps(judge(line)))
