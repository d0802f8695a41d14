"""Every published case in data/statistics_cases.jsonl that falls in the scope of harness.stats, within its tolerance."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import stats
from harness.stats.bootstrap import acceleration, t_interval
from harness.stats.power import mcnemar_fixtures, mean_fixtures, noninferiority_fixtures
from harness.stats.samples import sample

CASES = [json.loads(line) for line in (Path(__file__).parent / "data" / "statistics_cases.jsonl").read_text().splitlines()]
OUT_OF_SCOPE = {"change_point", "tost_two_sample"}  # localising a change; two independent samples: nothing here is unpaired
ELSEWHERE = {"max_t"}  # an upper limit, not a value: test_families

Answers = dict[str, Any]
CHECKS: dict[str, Callable[[Answers], Answers]] = {}


def check(*kinds: str) -> Callable[[Callable[[Answers], Answers]], Callable[[Answers], Answers]]:
    def register(function: Callable[[Answers], Answers]) -> Callable[[Answers], Answers]:
        CHECKS.update(dict.fromkeys(kinds, function))
        return function

    return register


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["kind"] not in OUT_OF_SCOPE | ELSEWHERE], ids=lambda c: f"{c['kind']}-{c['id']}"
)
def test_published_value_is_met(case):
    answers = CHECKS[case["kind"]](case["input"])
    compared = set(answers) & set(case["expected"])
    assert compared, "the case names nothing that was computed"
    for key in sorted(compared):
        np.testing.assert_allclose(answers[key], case["expected"][key], rtol=0, atol=case["tolerance"], err_msg=key)


def test_every_kind_of_case_is_checked_or_named_as_out_of_scope():
    assert {c["kind"] for c in CASES} == set(CHECKS) | OUT_OF_SCOPE | ELSEWHERE


@check("mcnemar_exact", "mcnemar_chi2", "mcnemar")
def mcnemar(given):
    (_, b), (c, _) = given["table"]
    ratio, low, high = stats.discordant_odds(b, c)
    return {
        "p_exact": stats.mcnemar(b, c, "exact"),
        "p": stats.mcnemar(b, c, "asymptotic"),
        "p_cc": stats.mcnemar(b, c, "corrected"),
        "odds_ratio": ratio,
        "or_exact_ci95": (low, high),
    }


@check("paired_2x2")
def paired_table(given):
    (a, b), (c, d) = given["table"]
    n, confidence = a + b + c + d, 1 - given["alpha"]

    def limits(method):
        return stats.paired_proportions_interval(b, c, n, a, method=method, confidence=confidence)

    return {
        "delta": (b - c) / n,
        "p_exact": stats.mcnemar(b, c, "exact"),
        "p_midp": stats.mcnemar(b, c),
        "p_asym": stats.mcnemar(b, c, "asymptotic"),
        "p_asym_cc": stats.mcnemar(b, c, "corrected"),
        "tango": limits("tango"),
        "newcombe10": limits("newcombe"),
        "bonett_price": limits("bonett-price"),
        "agresti_min": limits("agresti-min"),
        "wald": limits("wald"),
        "or_cond_wilson": stats.discordant_odds(b, c, "wilson", confidence)[1:],
    }


@check("proportion_ci")
def proportion(given):
    methods = {
        "wilson": "wilson",
        "clopper_pearson": "clopper-pearson",
        "agresti_coull": "agresti-coull",
        "beta_credible": "uniform",
    }
    return {key: stats.proportion_interval(given["k"], given["n"], m, 1 - given["alpha"]) for key, m in methods.items()}


@check("bootstrap_ci")
def bootstrap(given):
    names = {"basic": "basic", "percentile": "percentile", "bca": "bca", "studentized": "studentised"}
    return {
        key: stats.bootstrap_interval(given["x"], "mean", method, confidence=1 - given["alpha"], resamples=100_000)
        for key, method in names.items()
    }


@check("bootstrap_acceleration")
def two_sample_acceleration(given):
    a, b = np.array(given["treatment"], float), np.array(given["control"], float)
    without_a = np.array([np.delete(a, i).mean() - b.mean() for i in range(len(a))])
    without_b = np.array([a.mean() - np.delete(b, i).mean() for i in range(len(b))])
    return {"acceleration": acceleration(without_a, without_b)}


@check("sign_flip_exact")
def sign_flip(given):
    result = stats.sign_flip(given["differences"])
    assert result.exact
    return {
        "sum": sum(given["differences"]),
        "one_sided_count": result.p_greater * result.assignments,
        "n_assignments": result.assignments,
        "p_one_sided": result.p_greater,
        "p_two_sided": result.p_value,
    }


@check("paired_t")
def paired_t(given):
    units = sample(given["differences"]).units
    return {"t": units.mean / units.standard_error, "p": t_interval(units, 0.95).p_value, "df": units.count - 1}


@check("tost_paired")
def tost_paired(given):
    spread = np.sqrt(given["sd1"] ** 2 + given["sd2"] ** 2 - 2 * given["r12"] * given["sd1"] * given["sd2"])
    return tost(with_moments(given["m1"] - given["m2"], spread, given["n"]), given["high"], "diff")


@check("tost_one_sample")
def tost_one_sample(given):
    return tost(with_moments(given["m"] - given["mu"], given["sd"], given["n"]), given["high"], "diff")


def tost(x, margin, name):
    at90, at95 = stats.equivalence(x, margin), stats.equivalence(x, margin, confidence=0.95)
    return {
        name: at90.effect, "t1": at90.t_lower, "p1": at90.p_lower, "t2": at90.t_upper, "p2": at90.p_upper, "df": at90.freedom,
        "ci90": (at90.low, at90.high), "ci95": (at95.low, at95.high),
    }  # fmt: skip


def with_moments(mean, deviation, n):
    x = np.linspace(-1, 1, n)
    return mean + deviation * (x - x.mean()) / x.std(ddof=1)


@check("multiplicity")
def multiplicity(given):
    p = given["p"]
    return {
        "bonferroni": stats.bonferroni(p),
        "holm": stats.holm(p),
        "bh": stats.benjamini_hochberg(p),
        "by": stats.benjamini_yekutieli(p),
    }


@check("cohen_kappa", "cohen_kappa_linear")
def cohen(given):
    k = stats.cohen_kappa(given["table"], given.get("weights"))
    z = float(np.sqrt(2)) * float(inverse_erfc(k.p_value))
    return {"kappa": k.kappa, "ase": k.standard_error, "ci95": (k.low, k.high), "z": z, "p_two": k.p_value}


def inverse_erfc(p):
    from scipy.special import erfcinv

    return erfcinv(p)


@check("fleiss_kappa")
def fleiss(given):
    return {"kappa": stats.fleiss_kappa(given["counts"])}


@check("krippendorff_alpha")
def krippendorff(given):
    if "units" in given:
        return {"alpha": stats.krippendorff_alpha(np.array(given["units"], float).T, given["level"])}
    ratings = np.array(given["raters_by_units"], dtype=float)
    return {level: stats.krippendorff_alpha(ratings, level) for level in ("nominal", "ordinal", "interval", "ratio")}


@check("pass_at_k")
def pass_at_k(given):
    good, n = sum(s >= 1 for s in given["scores"]), len(given["scores"])
    return {f"pass_at_{k}": stats.pass_at_k(good, n, k) for k in (2, 3, 5)} | {
        f"pass_hat_{k}": stats.pass_hat_k(good, n, k) for k in (2, 3, 5)
    }


@check("power_n")
def power_n(given):
    variance = stats.paired_variance(given["omega2"], given["sigma2_A"], given["sigma2_B"], given["K_A"], given["K_B"])
    return {"n": mean_fixtures(given["delta"], variance, given["alpha"], given["power"])}


@check("power_mde")
def power_mde(given):
    def smallest(k):
        variance = stats.paired_variance(given["omega2"], given["sigma2_A"], given["sigma2_B"], k, k)
        return stats.minimum_detectable_effect(given["n"], variance=variance, alpha=given["alpha"], power=given["power"])

    return {"mde_K1": smallest(1), "mde_K10": smallest(10)}


@check("variance_reduction")
def variance_reduction(given):
    return {"ratio": [stats.repeats_variance_ratio(k) for k in given["K"]]}


@check("deff")
def design_effect(given):
    effect = stats.design_effect(given["m"], given["icc"])
    return {"deff": effect, "se_multiplier": np.sqrt(effect)}


@check("peeking")
def peeking(given):
    return {"type1": [stats.peeking_rate(k, given["alpha"]) for k in given["looks"]]}


@check("bernoulli_confseq")
def bernoulli_sequence(given):
    best = given["t_opt"]
    return {
        "cs": stats.bernoulli_confidence_sequence(
            given["successes"], given["trials"], confidence=1 - given["alpha"], best_at=best
        )
    }


@check("normal_mixture_bound")
def normal_mixture(given):
    return {"bound": stats.normal_mixture_bound(given["v"], confidence=1 - given["alpha"], best_at=given["v_opt"])}


@check("power_mcnemar_exact")
def power_mcnemar(given):
    return {"power": stats.mcnemar_power(given["pb"], given["pc"], given["n"], given["alpha"], "exact")}


@check("n_mcnemar")
def n_mcnemar(given):
    return {"n": mcnemar_fixtures(given["delta"], given["psi"], given["alpha"], given["power"])}


@check("n_noninferiority_paired")
def n_noninferiority(given):
    return {
        "n": noninferiority_fixtures(given["margin"], given["psi"], given["true_delta"], given["alpha_one_sided"], given["power"])
    }


@check("group_sequential")
def group_sequential(given):
    return {
        "obf_z": stats.group_sequential_boundaries(given["looks"], "obrien-fleming", given["alpha"]),
        "pocock_z": stats.group_sequential_boundaries(given["looks"], "pocock", given["alpha"]),
    }
