"""Scores are the same everywhere and never overflow."""

import math

import numpy as np

from stepaside.models.features import features
from stepaside.models.linear import BUCKETS, Linear, bucket, models, probability


def test_a_feature_has_its_place_on_every_machine() -> None:
    assert bucket("k HUM") == 153147
    assert 0 <= bucket("\ud800") < BUCKETS


def test_probabilities_stay_between_0_and_1() -> None:
    assert probability(0.0) == 0.5
    assert 0 < probability(-1e9) < probability(1e9) < 1


def test_a_repeated_feature_counts_once() -> None:
    model = Linear(np.ones(BUCKETS, np.float32), 0.0)
    assert model.log_odds(["a", "a"]) == 1.0
    assert math.isclose(model.log_odds(["a", "b"]), math.sqrt(2))


def test_nothing_to_weigh_leaves_the_bias() -> None:
    assert Linear(np.zeros(BUCKETS, np.float32), -1.5).log_odds([]) == -1.5


def test_the_package_carries_every_model() -> None:
    names = {"human_requested", "offer", "attempt_failed", "solved", "new_topic"}
    assert names <= set(models())


def test_weights_cannot_be_changed_by_a_caller() -> None:
    assert not models()["offer"].weights.flags.writeable
    assert models()["offer"].log_odds(features("hello")) < 0
