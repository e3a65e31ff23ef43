"""A loop over networks and batches in PyTorch, with its fused recurrent layers."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from booktools.bench.problem import CLIP_NORM, EPSILON, LEARNING_RATE, Problem

LAYERS = {"SimpleRNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}
#: The parts of a cell in PyTorch's order: those with an input kernel, those with a recurrent one.
PARTS = {
    "SimpleRNN": (["state"], ["state"]),
    "GRU": (["reset", "update", "candidate_input"], ["reset", "update", "candidate_state"]),
    "LSTM": (["input", "forget", "candidate", "output"],) * 2,
}


class Network(nn.Module):
    """A recurrent layer and a readout, with given initial weights."""

    def __init__(self, problem: Problem, weights: dict):
        super().__init__()
        self.layer = LAYERS[problem.cell](2, problem.units, batch_first=True)
        self.readout = nn.Linear(problem.units, 1)
        inputs, states = PARTS[problem.cell]
        first, readout = weights["layers"][0], weights["readout"]
        second_bias = first.get("recurrent_bias")
        # PyTorch always has a second bias. Where Keras has none, it stays at 0.
        self.layer.bias_hh_l0.requires_grad = second_bias is not None

        def joined(arrays, parts):
            return torch.from_numpy(np.concatenate([arrays[part] for part in parts], axis=1).T)

        with torch.no_grad():
            self.layer.weight_ih_l0.copy_(joined(first["kernel"], inputs))
            self.layer.weight_hh_l0.copy_(joined(first["recurrent"], states))
            self.layer.bias_ih_l0.copy_(joined(first["bias"], inputs)[:, 0])
            self.layer.bias_hh_l0.zero_()
            if second_bias is not None:
                self.layer.bias_hh_l0.copy_(joined(second_bias, states)[:, 0])
            self.readout.weight.copy_(torch.from_numpy(readout["kernel"].T))
            self.readout.bias.copy_(torch.from_numpy(readout["bias"][0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Answer sequences (batch, length, 2) with (batch, 1)."""
        sequence, _ = self.layer(x)
        return self.readout(sequence[:, -1])


class TorchLoop:
    """One network after the other. For parameters and methods see `keras_loop.KerasLoop`."""

    def __init__(self, problem: Problem, count: int, steps: int):
        self.problem = problem
        self.networks = [Network(problem, problem.initial_weights(i)) for i in range(count)]
        self.weights = [
            [w for w in network.parameters() if w.requires_grad] for network in self.networks
        ]
        self.optimizers = [torch.optim.Adam(w, LEARNING_RATE) for w in self.weights]
        self.data = [
            tuple(map(torch.from_numpy, problem.batches(index, steps))) for index in range(count)
        ]
        self.made = 0  # steps so far

    def train(self, steps: int) -> None:
        for network, weights, optimizer, (x, y) in zip(
            self.networks, self.weights, self.optimizers, self.data, strict=True
        ):
            for k in range(steps):
                # PyTorch adds epsilon after the correction for the start, Keras before.
                correction = math.sqrt(1 - 0.999 ** (self.made + k + 1))
                optimizer.param_groups[0]["eps"] = EPSILON / correction
                optimizer.zero_grad()
                nn.functional.mse_loss(network(x[k]), y[k]).backward()
                nn.utils.clip_grad_norm_(weights, CLIP_NORM)
                optimizer.step()
        self.made += steps

    def parameters(self) -> int:
        return sum(w.numel() for w in self.weights[0])

    def test_error(self, index: int) -> float:
        x, y = map(torch.from_numpy, self.problem.test_data(index))
        with torch.no_grad():
            return float(nn.functional.mse_loss(self.networks[index](x), y))
