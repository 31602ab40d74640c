"""Computes log E of the rollout judge (docs: statistics of the judge) by scipy's nchypergeom_fisher, independently of the TypeScript code.

stdin: JSON list of {"good", "marginOdds", "strata": [[challengerUnits, championUnits, challengerEvents, championEvents], ...]}
stdout: the same list with logHarm, logSafe, logSuperior, all three on these strata.
"""

import json
import sys

import numpy as np
from scipy.stats import nchypergeom_fisher

STEPS = np.exp(np.linspace(np.log(1.02), np.log(3), 60))


def log_likelihood(strata, odds):
    total = 0.0
    for challenger_units, champion_units, challenger_events, champion_events in strata:
        events = challenger_events + champion_events
        units = challenger_units + champion_units
        if events == 0 or events == units or challenger_units == 0 or champion_units == 0:
            continue
        total += nchypergeom_fisher.logpmf(challenger_events, units, challenger_units, events, odds)
    return total


def log_e(strata, null, alternatives):
    logs = np.array([log_likelihood(strata, odds) for odds in alternatives])
    most = logs.max()
    return float(most + np.log(np.mean(np.exp(logs - most))) - log_likelihood(strata, null))


def evidence(case):
    strata, margin = case["strata"], 1 + case["marginOdds"]
    worse, better = (1 / STEPS, STEPS) if case["good"] else (STEPS, 1 / STEPS)
    border = 1 / margin if case["good"] else margin
    return {
        **case,
        "logHarm": log_e(strata, 1.0, worse),
        "logSuperior": log_e(strata, 1.0, better),
        "logSafe": log_e(strata, border, border * better),
    }


json.dump([evidence(case) for case in json.load(sys.stdin)], sys.stdout)
