r"""The activation functions of this course, as data.

`ENTRIES` has one entry for each function: its formula for people, its formula for
computers, its properties and where it comes from. `helpers.activations` turns an
entry into an `Activation`, whose docstring defines every field used here.

A function with a parameter names it, its default and the values allowed. A field that
depends on the parameter is a ``lambda`` of it: the range of `scaled_tanh` ends at ±a.

At a kink a function has no derivative; what stands here is what TensorFlow's
automatic differentiation gives for the same line. That is the left derivative
for the rectifiers and the exponential units (so ReLU'(0) = 0), the slope on the
side of 0 for `hard_tanh` and `hard_sigmoid_keras2`, and 0 for `relu6`,
`hard_sigmoid`, `modrelu` and `soft_shrink`. Another expression for the same function
may give another value: Keras's own CELU yields 2 at 0, where the derivative is 1.

Not in the catalogue: noisy activations :cite:p:`gulcehre2016noisy`, which are no functions
of the input alone, and shapes learned with many coefficients
:cite:p:`molina2020pade,liu2024kan`.
"""

from __future__ import annotations

from math import inf, nan, pi
from typing import Any

from helpers.activations.formulas import (
    NORMAL_GATE_LIMIT,
    clipped,
    hard_logistic,
    hard_logistic_slope,
    logistic,
    logistic_gate,
    logistic_gate_slope,
    mish_gate,
    mish_gate_slope,
    negative_part,
    normal_cdf,
    normal_cdf_by_tanh,
    normal_cdf_by_tanh_slope,
    normal_pdf,
    one_where,
    self_gated,
    self_gated_slope,
    soft_threshold,
    soft_threshold_slope,
    softsign,
    softsign_slope,
    tanh_slope,
)

# Klambauer et al. 2017: the pair that makes mean 0 and variance 1 a fixed point.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

ENTRIES: dict[str, dict[str, Any]] = {
    # ---- sigmoidal: S-shaped, bounded, saturating on both sides ----
    "tanh": dict(
        label="tanh",
        family="sigmoidal",
        formula=r"\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}",
        derivative_formula=r"1 - \tanh^2 x",
        function=lambda xp, x: xp.tanh(x),
        derivative=lambda xp, x: tanh_slope(xp, x),
        lower=-1.0, upper=1.0, slope_at_zero=1.0, slope_max=1.0,
        saturates="both", zero_centred=True,
        origin=("lecun1998efficient", "elman1990finding"),
        used_in="The state default of Keras's SimpleRNN, GRU and LSTM and of PyTorch's RNN.",
    ),
    "sigmoid": dict(
        label="logistic sigmoid",
        family="sigmoidal",
        formula=r"\sigma(x) = \frac{1}{1 + e^{-x}} = \tfrac12 + \tfrac12 \tanh\tfrac{x}{2}",
        derivative_formula=r"\sigma(x)\,(1 - \sigma(x))",
        function=lambda xp, x: logistic(xp, x),
        derivative=lambda xp, x: logistic(xp, x) * (1 - logistic(xp, x)),
        lower=0.0, upper=1.0, slope_at_zero=0.25, slope_max=0.25, saturates="both",
        origin=("rumelhart1986learning", "hochreiter1997long"),
        used_in="The gates of LSTM and GRU; as a state function mostly of historical interest.",
    ),
    "scaled_tanh": dict(
        label="a·tanh(x/a)",
        family="sigmoidal",
        formula=r"a \tanh\frac{x}{a}",
        derivative_formula=r"1 - \tanh^2\frac{x}{a}",
        function=lambda xp, x, a: a * xp.tanh(x / a),
        derivative=lambda xp, x, a: tanh_slope(xp, x / a),
        parameters={"a": 0.5}, allowed=(0.001, 1000.0),
        lower=lambda a: -a,
        upper=lambda a: a,
        slope_at_zero=1.0, slope_max=1.0, saturates="both", zero_centred=True,
        origin=("lecun1998efficient", "xu2016revise"),
        used_in="Experiments that change tanh's range and keep its slope at 0; a = 2 gives "
        "4 sigmoid(x) - 2, the logistic sigmoid rescaled to slope 1.",
    ),
    "lecun_tanh": dict(
        label="1.7159·tanh(2x/3)",
        family="sigmoidal",
        formula=r"1.7159 \tanh\frac{2x}{3}",
        derivative_formula=r"1.7159 \cdot \tfrac23 \left(1 - \tanh^2\frac{2x}{3}\right)",
        function=lambda xp, x: 1.7159 * xp.tanh(2 / 3 * x),
        derivative=lambda xp, x: 1.7159 * 2 / 3 * tanh_slope(xp, 2 / 3 * x),
        lower=-1.7159, upper=1.7159, slope_at_zero=1.7159 * 2 / 3, slope_max=1.7159 * 2 / 3,
        saturates="both", zero_centred=True,
        origin=("lecun1998efficient",),
        used_in="Feedforward networks of the 1990s; in recurrence its slope above 1 at 0 makes "
        "it easier for a signal to grow.",
    ),
    "penalized_tanh": dict(
        label="penalized tanh",
        family="sigmoidal",
        formula=r"\begin{cases} \tanh x & x > 0 \\ a \tanh x & x \le 0 \end{cases}",
        derivative_formula=r"\begin{cases} 1 - \tanh^2 x & x > 0 \\ "
        r"a\,(1 - \tanh^2 x) & x \le 0 \end{cases}",
        function=lambda xp, x, a: xp.where(x > 0, xp.tanh(x), a * xp.tanh(x)),
        derivative=lambda xp, x, a: xp.where(x > 0, tanh_slope(xp, x), a * tanh_slope(xp, x)),
        parameters={"a": 0.25}, allowed=(0.001, 1.0),
        lower=lambda a: -a, upper=1.0,
        slope_at_zero=lambda a: a, slope_max=1.0,
        saturates="both", kinks=lambda a: () if a == 1 else (0.0,),
        zero_centred=lambda a: a == 1,
        origin=("xu2016revise", "eger2018time"),
        used_in="Proposed for the gates and the candidate of an LSTM in language tasks.",
    ),
    "softsign": dict(
        label="softsign",
        family="sigmoidal",
        formula=r"\frac{x}{1 + |x|}",
        derivative_formula=r"\frac{1}{(1 + |x|)^2}",
        function=lambda xp, x: softsign(xp, x),
        derivative=lambda xp, x: softsign_slope(xp, x),
        lower=-1.0, upper=1.0, slope_at_zero=1.0, slope_max=1.0,
        saturates="both", zero_centred=True,
        origin=("bergstra2009quadratic", "glorot2010understanding"),
        used_in="A stand-in for tanh that approaches its limits more slowly, as 1/x.",
    ),
    "elliott": dict(
        label="Elliott",
        family="sigmoidal",
        formula=r"\tfrac12 + \tfrac12\,\frac{x}{1 + |x|}",
        derivative_formula=r"\frac{1}{2\,(1 + |x|)^2}",
        function=lambda xp, x: 0.5 + 0.5 * softsign(xp, x),
        derivative=lambda xp, x: 0.5 * softsign_slope(xp, x),
        lower=0.0, upper=1.0, slope_at_zero=0.5, slope_max=0.5, saturates="both",
        origin=("elliott1993better", "farzad2019comparative"),
        used_in="A gate function for LSTM; softsign moved to the range of a gate.",
    ),
    "arctan": dict(
        label="arctan",
        family="sigmoidal",
        formula=r"\arctan x",
        derivative_formula=r"\frac{1}{1 + x^2}",
        function=lambda xp, x: xp.arctan(x),
        derivative=lambda xp, x: 1 / (1 + xp.square(clipped(xp, x))),
        lower=-pi / 2, upper=pi / 2, slope_at_zero=1.0, slope_max=1.0,
        saturates="both", zero_centred=True,
        origin=("cybenko1989approximation",),
        used_in="No layer's default; an S-shape wider than tanh, sigmoidal in Cybenko's sense "
        "once rescaled.",
    ),
    # ---- hard sigmoidal: the same S, from straight pieces ----
    "hard_tanh": dict(
        label="hard tanh",
        family="hard sigmoidal",
        formula=r"\min(\max(x, -1), 1)",
        derivative_formula=r"\begin{cases} 1 & |x| \le 1 \\ 0 & |x| > 1 \end{cases}",
        function=lambda xp, x: xp.clip(x, -1.0, 1.0),
        derivative=lambda xp, x: one_where(xp, xp.abs(x) <= 1, x),
        lower=-1.0, upper=1.0, attained="both", slope_at_zero=1.0, slope_max=1.0,
        saturates="both", kinks=(-1.0, 1.0), zero_centred=True,
        origin=("collobert2004large", "gulcehre2016noisy"),
        used_in="Recurrent networks for small or quantised hardware.",
    ),
    "hard_sigmoid": dict(
        label="hard sigmoid",
        family="hard sigmoidal",
        formula=r"\tfrac16 \min(\max(x + 3, 0), 6)",
        derivative_formula=r"\begin{cases} 1/6 & |x| < 3 \\ 0 & |x| \ge 3 \end{cases}",
        function=lambda xp, x: hard_logistic(xp, x),
        derivative=lambda xp, x: hard_logistic_slope(xp, x),
        lower=0.0, upper=1.0, attained="both", slope_at_zero=1 / 6, slope_max=1 / 6,
        saturates="both", kinks=(-3.0, 3.0),
        origin=("howard2019mobilenetv3",),
        used_in="Cheap gates; the form of Keras 3.",
    ),
    "hard_sigmoid_keras2": dict(
        label="hard sigmoid (Keras 2)",
        family="hard sigmoidal",
        formula=r"\min(\max(0.2 x + 0.5, 0), 1)",
        derivative_formula=r"\begin{cases} 0.2 & |x| \le 2.5 \\ 0 & |x| > 2.5 \end{cases}",
        # The same function with its kinks at exactly -2.5 and 2.5 also in float32.
        function=lambda xp, x: 0.5 + 0.2 * xp.clip(x, -2.5, 2.5),
        derivative=lambda xp, x: 0.2 * one_where(xp, xp.abs(x) <= 2.5, x),
        lower=0.0, upper=1.0, attained="both", slope_at_zero=0.2, slope_max=0.2,
        saturates="both", kinks=(-2.5, 2.5),
        origin=("chollet2015keras",),
        used_in="The gates of LSTM and GRU in Keras before 2.3; needed to reuse such weights.",
    ),
    # ---- rectifiers ----
    "relu": dict(
        label="ReLU",
        family="rectifier",
        formula=r"\max(x, 0)",
        derivative_formula=r"\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}",
        function=lambda xp, x: xp.relu(x),
        derivative=lambda xp, x: one_where(xp, x > 0, x),
        lower=0.0, upper=inf, attained="lower", slope_at_zero=0.0, slope_max=1.0,
        saturates="left", kinks=(0.0,),
        origin=("fukushima1969visual", "nair2010rectified", "glorot2011deep"),
        used_in="Simple recurrent networks initialised with the identity matrix (IRNN), IndRNN and "
        "Light GRU.",
    ),
    "leaky_relu": dict(
        label="leaky ReLU",
        family="rectifier",
        formula=r"\begin{cases} x & x > 0 \\ s x & x \le 0 \end{cases}"
        r"\quad s = \text{negative slope}",
        derivative_formula=r"\begin{cases} 1 & x > 0 \\ s & x \le 0 \end{cases}",
        function=lambda xp, x, negative_slope: xp.where(x > 0, x, negative_slope * x),
        derivative=lambda xp, x, negative_slope: xp.where(x > 0, xp.ones_like(x), negative_slope),
        parameters={"negative_slope": 0.2}, allowed=(0.001, 1000.0),
        lower=-inf, upper=inf, slope_at_zero=lambda negative_slope: negative_slope,
        slope_max=lambda negative_slope: max(1.0, negative_slope), saturates="none",
        kinks=lambda negative_slope: () if negative_slope == 1 else (0.0,),
        zero_centred=lambda negative_slope: negative_slope == 1,
        origin=("maas2013rectifier",),
        used_in="ReLU without a dead side; 0.2 is Keras's default, 0.01 was the original's.",
    ),
    "prelu": dict(
        label="parametric ReLU",
        family="rectifier",
        formula=r"\begin{cases} x & x > 0 \\ a x & x \le 0 \end{cases}",
        derivative_formula=r"\begin{cases} 1 & x > 0 \\ a & x \le 0 \end{cases}",
        function=lambda xp, x, a: xp.where(x > 0, x, a * x),
        derivative=lambda xp, x, a: xp.where(x > 0, xp.ones_like(x), a),
        parameters={"a": 0.25}, allowed=(0.001, 1000.0),
        lower=-inf, upper=inf,
        slope_at_zero=lambda a: a,
        slope_max=lambda a: max(1.0, a),
        saturates="none", kinks=lambda a: () if a == 1 else (0.0,),
        zero_centred=lambda a: a == 1,
        origin=("he2015delving",),
        used_in="Leaky ReLU whose slope a is learned; here a is held at its usual initial "
        "value, 0.25.",
    ),
    "relu6": dict(
        label="ReLU6",
        family="rectifier",
        formula=r"\min(\max(x, 0), 6)",
        derivative_formula=r"\begin{cases} 1 & 0 < x < 6 \\ 0 & \text{elsewhere} \end{cases}",
        function=lambda xp, x: xp.relu6(x),
        derivative=lambda xp, x: one_where(xp, (x > 0) & (x < 6), x),
        lower=0.0, upper=6.0, attained="both", slope_at_zero=0.0, slope_max=1.0,
        saturates="both", kinks=(0.0, 6.0),
        origin=("krizhevsky2010convolutional",),
        used_in="A rectified state that cannot grow without bound.",
    ),
    "squared_relu": dict(
        label="squared ReLU",
        family="rectifier",
        formula=r"\max(x, 0)^2",
        derivative_formula=r"2 \max(x, 0)",
        function=lambda xp, x: xp.square(xp.relu(x)),
        derivative=lambda xp, x: 2 * xp.relu(x),
        lower=0.0, upper=inf, attained="lower", slope_at_zero=0.0, slope_max=inf,
        saturates="left",
        origin=("so2021primer", "peng2023rwkv"),
        used_in="Between the time steps, in RWKV's channel mixing; inside a recurrence it "
        "squares the state at every step and explodes.",
    ),
    # ---- smooth rectifiers ----
    "elu": dict(
        label="ELU",
        family="smooth rectifier",
        formula=r"\begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
        derivative_formula=r"\begin{cases} 1 & x > 0 \\ \alpha e^x & x \le 0 \end{cases}",
        function=lambda xp, x, alpha: xp.where(
            x > 0, x, alpha * xp.expm1(negative_part(xp, x))
        ),
        derivative=lambda xp, x, alpha: xp.where(
            x > 0, xp.ones_like(x), alpha * xp.exp(negative_part(xp, x))
        ),
        parameters={"alpha": 1.0}, allowed=(0.001, 1000.0),
        lower=lambda alpha: -alpha, upper=inf,
        slope_at_zero=lambda alpha: alpha,
        slope_max=lambda alpha: max(1.0, alpha),
        saturates="left", kinks=lambda alpha: () if alpha == 1 else (0.0,),
        origin=("clevert2016elu",),
        used_in="A rectifier whose negative side still has a gradient near 0.",
    ),
    "selu": dict(
        label="SELU",
        family="smooth rectifier",
        formula=r"1.0507 \begin{cases} x & x > 0 \\ 1.6733\,(e^x - 1) & x \le 0 \end{cases}",
        derivative_formula=r"1.0507 \begin{cases} 1 & x > 0 \\ 1.6733\,e^x & x \le 0 \end{cases}",
        function=lambda xp, x: SELU_SCALE * xp.where(
            x > 0, x, SELU_ALPHA * xp.expm1(negative_part(xp, x))
        ),
        derivative=lambda xp, x: SELU_SCALE * xp.where(
            x > 0, xp.ones_like(x), SELU_ALPHA * xp.exp(negative_part(xp, x))
        ),
        lower=-SELU_SCALE * SELU_ALPHA, upper=inf,
        slope_at_zero=SELU_SCALE * SELU_ALPHA, slope_max=SELU_SCALE * SELU_ALPHA,
        saturates="left", kinks=(0.0,),
        origin=("klambauer2017selu",),
        used_in="Deep feedforward networks; in recurrence a slope above 1 applied at every step.",
    ),
    "celu": dict(
        label="CELU",
        family="smooth rectifier",
        formula=r"\begin{cases} x & x > 0 \\ \alpha (e^{x/\alpha} - 1) & x \le 0 \end{cases}",
        derivative_formula=r"\begin{cases} 1 & x > 0 \\ e^{x/\alpha} & x \le 0 \end{cases}",
        function=lambda xp, x, alpha: xp.where(
            x > 0, x, alpha * xp.expm1(negative_part(xp, x) / alpha)
        ),
        derivative=lambda xp, x, alpha: xp.exp(negative_part(xp, x) / alpha),
        parameters={"alpha": 1.0}, allowed=(0.001, 1000.0),
        lower=lambda alpha: -alpha, upper=inf, slope_at_zero=1.0, slope_max=1.0,
        saturates="left",
        origin=("barron2017celu",),
        used_in="ELU with slope 1 at 0 for every alpha: the range can be changed without the "
        "slope.",
    ),
    "softplus": dict(
        label="softplus",
        family="smooth rectifier",
        formula=r"\ln(1 + e^x)",
        derivative_formula=r"\sigma(x)",
        function=lambda xp, x: xp.softplus(x),
        derivative=lambda xp, x: xp.sigmoid(x),
        lower=0.0, upper=inf, slope_at_zero=0.5, slope_max=1.0, saturates="left",
        origin=("dugas2001softplus", "glorot2011deep"),
        used_in="Positive quantities such as the step size of Mamba.",
    ),
    "log_sigmoid": dict(
        label="log sigmoid",
        family="smooth rectifier",
        formula=r"\ln \sigma(x) = -\ln(1 + e^{-x})",
        derivative_formula=r"\sigma(-x)",
        function=lambda xp, x: xp.log_sigmoid(x),
        derivative=lambda xp, x: xp.sigmoid(-x),
        lower=-inf, upper=0.0, slope_at_zero=0.5, slope_max=1.0, saturates="right",
        origin=("chollet2015keras", "feng2024were"),
        used_in="The logarithm of a gate, where a product of gates over time becomes a sum.",
    ),
    # ---- self-gated: x times a gate that opens from left to right ----
    "gelu": dict(
        label="GELU",
        family="self-gated",
        formula=r"x\,\Phi(x) = \frac{x}{2}\left(1 + \operatorname{erf}\frac{x}{\sqrt2}\right)",
        derivative_formula=r"\Phi(x) + x\,\varphi(x)",
        function=lambda xp, x: self_gated(xp, x, normal_cdf, NORMAL_GATE_LIMIT),
        derivative=lambda xp, x: self_gated_slope(
            xp, x, normal_cdf, normal_pdf, NORMAL_GATE_LIMIT
        ),
        lower=-0.169971207479904, upper=inf, attained="lower",
        slope_at_zero=0.5, slope_max=1.128904145185155, saturates="left", monotone=False,
        origin=("hendrycks2016gelu",),
        used_in="Between the layers of transformers and state-space models, not in a recurrence.",
    ),
    "gelu_tanh": dict(
        label="GELU (tanh form)",
        family="self-gated",
        formula=r"\frac{x}{2}\left(1 + \tanh\left(\sqrt{\tfrac{2}{\pi}}"
        r"\,(x + 0.044715\,x^3)\right)\right)",
        derivative_formula=r"g + 2 x\, g\,(1 - g) \sqrt{\tfrac{2}{\pi}}\,(1 + 0.134145\,x^2),"
        r"\quad g = \tfrac12\left(1 + \tanh\left(\sqrt{\tfrac{2}{\pi}}"
        r"\,(x + 0.044715\,x^3)\right)\right)",
        function=lambda xp, x: self_gated(xp, x, normal_cdf_by_tanh),
        derivative=lambda xp, x: self_gated_slope(
            xp, x, normal_cdf_by_tanh, normal_cdf_by_tanh_slope
        ),
        lower=-0.170040750571254, upper=inf, attained="lower",
        slope_at_zero=0.5, slope_max=1.128993068660, saturates="left", monotone=False,
        origin=("hendrycks2016gelu",),
        used_in="The approximation of GELU that older code bases and their weights rely on.",
    ),
    "silu": dict(
        label="SiLU (swish)",
        family="self-gated",
        formula=r"x\,\sigma(x)",
        derivative_formula=r"\sigma(x) + x\,\sigma(x)\,(1 - \sigma(x))",
        function=lambda xp, x: self_gated(xp, x, logistic_gate),
        derivative=lambda xp, x: self_gated_slope(xp, x, logistic_gate, logistic_gate_slope),
        lower=-0.278464542761074, upper=inf, attained="lower",
        slope_at_zero=0.5, slope_max=1.099839320134, saturates="left", monotone=False,
        origin=("elfwing2018silu", "ramachandran2017swish", "hendrycks2016gelu"),
        used_in="Between the layers of Mamba and many language models.",
    ),
    "hard_silu": dict(
        label="hard SiLU",
        family="self-gated",
        formula=r"\frac{x}{6} \min(\max(x + 3, 0), 6)",
        derivative_formula=r"\begin{cases} 0 & x \le -3 \\ (2x + 3)/6 & |x| < 3 \\ "
        r"1 & x \ge 3 \end{cases}",
        function=lambda xp, x: self_gated(xp, x, hard_logistic),
        derivative=lambda xp, x: self_gated_slope(xp, x, hard_logistic, hard_logistic_slope),
        lower=-0.375, upper=inf, attained="lower", slope_at_zero=0.5, slope_max=1.5,
        saturates="left", monotone=False, kinks=(-3.0, 3.0),
        origin=("howard2019mobilenetv3",),
        used_in="SiLU for small hardware, also called hard swish.",
    ),
    "mish": dict(
        label="Mish",
        family="self-gated",
        formula=r"x \tanh(\ln(1 + e^x))",
        derivative_formula=r"g + x\,(1 - g^2)\,\sigma(x),\quad g = \tanh(\ln(1 + e^x))",
        function=lambda xp, x: self_gated(xp, x, mish_gate),
        derivative=lambda xp, x: self_gated_slope(xp, x, mish_gate, mish_gate_slope),
        lower=-0.308843413017250, upper=inf, attained="lower",
        slope_at_zero=0.6, slope_max=1.088498161252, saturates="left", monotone=False,
        origin=("misra2019mish",),
        used_in="Image networks; no recurrent cell uses it by default.",
    ),
    # ---- shrinkage: pulls towards 0 ----
    "modrelu": dict(
        label="modReLU",
        family="shrinkage",
        formula=r"\operatorname{sign}(x) \max(|x| + b, 0)",
        derivative_formula=r"\begin{cases} 1 & |x| > \max(-b, 0) \\ "
        r"0 & \text{elsewhere} \end{cases}",
        function=lambda xp, x, b: soft_threshold(xp, x, -b),
        derivative=lambda xp, x, b: soft_threshold_slope(xp, x, -b),
        parameters={"b": -0.1}, allowed=(-1000.0, 1000.0),
        lower=-inf, upper=inf, slope_at_zero=0.0, slope_max=1.0, saturates="none",
        kinks=lambda b: (b, -b) if b < 0 else (0.0,), zero_centred=True,
        origin=("arjovsky2016unitary",),
        used_in="Unitary and orthogonal RNNs. There z is complex, the factor in front is its "
        "phase z/|z|, and b is learned; this is its form on real numbers, where the phase is a "
        "sign, b < 0 makes it soft thresholding, and b > 0 makes it jump at 0.",
    ),
    "soft_shrink": dict(
        label="soft shrink",
        family="shrinkage",
        formula=r"\operatorname{sign}(x) \max(|x| - \lambda, 0),\quad \lambda = \text{threshold}",
        derivative_formula=r"\begin{cases} 1 & |x| > \lambda \\ 0 & |x| \le \lambda \end{cases}",
        function=lambda xp, x, threshold: soft_threshold(xp, x, threshold),
        derivative=lambda xp, x, threshold: soft_threshold_slope(xp, x, threshold),
        parameters={"threshold": 0.5}, allowed=(0.001, 1000.0),
        lower=-inf, upper=inf, slope_at_zero=0.0, slope_max=1.0, saturates="none",
        kinks=lambda threshold: (-threshold, threshold), zero_centred=True,
        origin=("chollet2015keras",),
        used_in="Sparse coding; on real numbers the same as modReLU with b = -threshold.",
    ),
    "tanh_shrink": dict(
        label="tanh shrink",
        family="shrinkage",
        formula=r"x - \tanh x",
        derivative_formula=r"\tanh^2 x",
        function=lambda xp, x: x - xp.tanh(x),
        derivative=lambda xp, x: xp.square(xp.tanh(x)),
        lower=-inf, upper=inf, slope_at_zero=0.0, slope_max=1.0, saturates="none",
        zero_centred=True,
        origin=("chollet2015keras",),
        used_in="No recurrent cell; its slope is 0 at 0, so a small state is forgotten at once.",
    ),
    # ---- the rest ----
    "linear": dict(
        label="linear",
        family="identity",
        formula=r"x",
        derivative_formula=r"1",
        function=lambda xp, x: 1 * x,  # a new array, as from every other function
        derivative=lambda xp, x: xp.ones_like(x),
        lower=-inf, upper=inf, slope_at_zero=1.0, slope_max=1.0, saturates="none",
        zero_centred=True,
        origin=("saxe2014exact", "orvieto2023resurrecting"),
        used_in="The recurrence of LRU, S4, Mamba, minGRU and minLSTM, and outputs of regression.",
    ),
    "sin": dict(
        label="sin",
        family="periodic",
        formula=r"\sin x",
        derivative_formula=r"\cos x",
        function=lambda xp, x: xp.sin(x),
        derivative=lambda xp, x: xp.cos(x),
        lower=-1.0, upper=1.0, attained="both", slope_at_zero=1.0, slope_max=1.0,
        saturates="none", monotone=False, zero_centred=True,
        origin=("sitzmann2020siren", "eger2018time"),
        used_in="One of the functions compared on language tasks: bounded, yet never saturated.",
    ),
    "exponential": dict(
        label="exponential",
        family="exponential",
        formula=r"e^x",
        derivative_formula=r"e^x",
        function=lambda xp, x: xp.exp(x),
        derivative=lambda xp, x: xp.exp(x),
        lower=0.0, upper=inf, slope_at_zero=1.0, slope_max=inf, saturates="left",
        origin=("beck2024xlstm",),
        used_in="A warning: as a state function it overflows within a few steps; xLSTM's "
        "exponential gates need a stabiliser beside them.",
    ),
    "softmax": dict(
        label="softmax",
        family="vector",
        formula=r"p_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
        derivative_formula=r"\frac{\partial p_i}{\partial x_j} = p_i\,(\delta_{ij} - p_j)",
        function=lambda xp, x: xp.softmax(x, axis=-1),
        # The derivative is a matrix; this is its diagonal.
        derivative=lambda xp, x: xp.softmax(x, axis=-1) * (1 - xp.softmax(x, axis=-1)),
        # 1/2 is the largest spectral norm of that matrix, reached at p = (1/2, 1/2).
        lower=0.0, upper=1.0, slope_at_zero=nan, slope_max=0.5, saturates="both",
        elementwise=False,
        origin=("bridle1990softmax",),
        used_in="The output of a classifier, and attention; not a function of one number, so "
        "unfit as a state function.",
    ),
}  # fmt: skip
