from __future__ import annotations

import os

from harness.running.workers import MANY_AT_ONCE, MANY_CALLS, MOST, choose_workers


def test_what_is_given_is_taken() -> None:
    assert choose_workers(3, hosted_calls=1, concurrency=1) == 3
    assert choose_workers(1, hosted_calls=1_000_000, concurrency=256) == 1


def test_few_calls_or_few_at_once_need_no_further_process() -> None:
    assert choose_workers(None, hosted_calls=MANY_CALLS - 1, concurrency=256) == 1
    assert choose_workers(None, hosted_calls=1_000_000, concurrency=MANY_AT_ONCE - 1) == 1


def test_many_calls_get_a_process_for_each_processor_up_to_four() -> None:
    chosen = choose_workers(None, hosted_calls=MANY_CALLS, concurrency=MANY_AT_ONCE)
    assert chosen == min(len(os.sched_getaffinity(0)), MOST)
