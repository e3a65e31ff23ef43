"""The script that a reader runs on a GPU: what it times and what it writes, without a GPU."""

import json

import numpy as np
import pytest

from booktools.bench import cudnn

pytestmark = pytest.mark.slow


def test_padding_touches_one_end_alone():
    x = np.ones((2, 8, 3))
    right, left = cudnn.padded(x, "right"), cudnn.padded(x, "left")
    assert (right[:, -2:] == 0).all() and (right[:, :-2] == 1).all()
    assert (left[:, :2] == 0).all() and (left[:, 2:] == 1).all()
    assert (x == 1).all()
    with pytest.raises(ValueError, match="middle"):
        cudnn.padded(x, "middle")


def test_every_variant_has_a_time_and_an_error_is_a_row(monkeypatch):
    def ask_for_cudnn(cell, length, units, masked, **options):
        if options.get("unroll"):
            raise RuntimeError("no kernel\nmore")
        return real(cell, length, units, masked, **options)

    real = cudnn.model
    monkeypatch.setattr(cudnn, "model", ask_for_cudnn)
    monkeypatch.setattr(cudnn, "VARIANTS", {"as it comes": {}, "unroll=True": {"unroll": True}})
    rows = cudnn.rows(length=4, units=3, batch=2, steps=1, say=lambda text: None)
    named = {(row["cell"], row["variant"]): row for row in rows}
    assert len(named) == len(rows) == 9
    assert named["GRU", "reset_after=False"]["ms"] > 0
    assert named["LSTM", "padded on the left"]["ms"] > 0
    assert named["LSTM", "unroll=True"] == {
        "cell": "LSTM", "variant": "unroll=True", "error": "no kernel"}  # fmt: skip


def test_without_a_gpu_nothing_is_written(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(cudnn.tf.config, "list_physical_devices", lambda kind: [])
    monkeypatch.setattr("sys.argv", ["cudnn", "--output", str(tmp_path / "c.json")])
    assert cudnn.main() == 1
    assert not (tmp_path / "c.json").exists()
    assert "no GPU" in capsys.readouterr().err


def test_with_a_gpu_the_table_names_the_card_and_the_date(monkeypatch, tmp_path):
    monkeypatch.setattr(cudnn.tf.config, "list_physical_devices", lambda kind: ["card"])
    monkeypatch.setattr(
        cudnn.tf.config.experimental, "get_device_details", lambda card: {"device_name": "Card 1"}
    )
    monkeypatch.setattr(cudnn, "rows", lambda **size: [size])
    file = tmp_path / "c.json"
    monkeypatch.setattr("sys.argv", ["cudnn", "--output", str(file), "--steps", "3"])
    assert cudnn.main() == 0
    written = json.loads(file.read_text())
    assert written["gpu"] == "Card 1" and len(written["date"]) == 10
    assert written["rows"][0]["steps"] == written["size"]["steps"] == 3
