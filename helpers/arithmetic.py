"""One arithmetic for all processors: what must be settled before NumPy is imported.

A library that multiplies matrices picks its kernel when it is loaded, by the
vector instructions, the cache and the cores that it finds. Kernels add in
different orders, so two processors differ in the last digit of a sum, and four
hundred steps of training make another network of that. The settings below keep
every library at what all x86-64 processors with AVX2 have (from 2013 on), so
that they all give the same bits. They cost little time here: the programs of this
course are too small to gain much from wider vectors.

On other processors (ARM) and where the environment already says otherwise, the
libraries choose for themselves.
"""

from __future__ import annotations

import platform
from collections.abc import MutableMapping

#: NumPy's kernels, OpenBLAS's (NumPy's and SciPy's linear algebra) and those of the
#: products in TensorFlow. NumPy ignores names of features that a processor lacks.
LIBRARIES = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
    "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL": "false",
}
#: XLA compiles for the processor at hand: below AVX2, which all have, it compiles for one
#: and the same. It also cuts large products among the cores, of which machines have two or
#: ten, and hands products to a library (YNNPACK) with kernels of its own for each processor.
COMPILER = {
    "--xla_cpu_max_isa": "AVX",
    "--xla_cpu_multi_thread_eigen": "false",
    "--xla_cpu_experimental_ynn_fusion_type": "",
}
#: XLA's highest level of optimisation makes these small programs slower: by 15 % for LSTM
#: and SimpleRNN, 7 % for GRU, measured with TensorFlow 2.21.
LEVEL = {"--xla_backend_optimization_level": "1"}


def settle(environment: MutableMapping[str, str], machine: str | None = None) -> None:
    """Write the settings into an environment, in place; what it says already stays.

    Parameters
    ----------
    environment : mutable mapping of str to str
        Environment variables, `os.environ` for the process itself. NumPy and
        TensorFlow read theirs when they are first imported.
    machine : str, optional
        The kind of processor, in the words of `platform.machine`, by default
        this one.
    """
    same = (machine or platform.machine()).lower() in ("x86_64", "amd64")
    for name, value in LIBRARIES.items() if same else ():
        environment.setdefault(name, value)
    flags = environment.get("XLA_FLAGS", "").split()
    given = {flag.split("=")[0] for flag in flags}
    wanted = LEVEL | (COMPILER if same else {})
    flags += [f"{name}={value}" for name, value in wanted.items() if name not in given]
    environment["XLA_FLAGS"] = " ".join(flags)
