import numpy as np
import pytest

from overparam.homework import Variant


def draws(generator):
    return generator.standard_normal(4).tolist()


def test_the_same_names_give_the_same_numbers_and_others_others():
    first = Variant.of("course", "ada", "sheet", "secret")
    assert first.seed == Variant.of("course", "ada", "sheet", "secret").seed
    others = [
        ("course", "bob", "sheet", "secret"),
        ("course", "ada", "other", "secret"),
        ("course", "ada", "sheet", "s"),
    ]
    others += [("coursea", "da", "sheet", "secret"), ("x", "ada", "sheet", "secret")]
    assert len({first.seed, *(Variant.of(*names).seed for names in others)}) == 6
    assert draws(first.rng("a")) == draws(Variant(first.seed).rng("a")) != draws(first.rng("b"))


def test_hidden_data_need_the_secret():
    ours = Variant.of("course", "ada", "sheet", "secret")
    assert draws(ours.hidden("a")) == draws(Variant(ours.seed, "secret").hidden("a"))
    assert draws(ours.hidden("a")) != draws(Variant(ours.seed).hidden("a"))
    assert draws(ours.hidden("a")) != draws(ours.rng("a"))


def test_seeds_of_a_class_are_spread_over_nine_digits():
    seeds = np.array([Variant.of("course", f"student-{i}", "sheet", "secret").seed for i in range(500)])
    assert len(set(seeds.tolist())) == 500
    assert seeds.min() >= 0 and seeds.max() < 10**9
    # the mean of 500 uniform numbers, within 4.5 standard errors
    assert abs(seeds.mean() / 1e9 - 0.5) < 4.5 / np.sqrt(12 * 500)


@pytest.mark.bad_input
@pytest.mark.parametrize("seed", [-1, 1.5, True, "1", None])
def test_a_seed_that_is_none(seed):
    with pytest.raises(ValueError, match="seed must be an integer of at least 0"):
        Variant(seed)


@pytest.mark.bad_input
def test_a_name_that_is_none():
    with pytest.raises(ValueError, match="name must be text; got 3"):
        Variant().rng(3)
    with pytest.raises(ValueError, match="student must be text; got 7"):
        Variant.of("course", 7, "sheet", "secret")
