from __future__ import annotations

from collections import Counter

from anymol.data.published.hashed_split import assign_hashed_split


def test_one_in_twenty_is_val_and_one_is_test_and_both_stay_what_they_are() -> None:
    splits = [assign_hashed_split(str(number), "ord") for number in range(20_000)]
    counts = Counter(splits)
    # Of 20,000 drawn at 1/20 the spread is 31; five of them are allowed.
    assert abs(counts["val"] - 1_000) < 155 and abs(counts["test"] - 1_000) < 155
    assert splits == [assign_hashed_split(str(number), "ord") for number in range(20_000)]
    assert splits != [assign_hashed_split(str(number), "qm9") for number in range(20_000)]
