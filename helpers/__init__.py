"""Tested helpers of the course: one thing a module, read from left to right.

``activations`` and ``datasets`` say what exists; ``cells`` and ``tasks`` what is
computed and asked; ``study`` trains a grid of networks; ``measures`` and
``statistics`` look inside and say how sure we are; ``claims`` turns a
measurement into a verdict; ``show`` draws it, and ``playground`` lets networks learn
in a page.
"""

import os

from helpers import arithmetic

# TensorFlow reports its build to stderr when it is imported; in a notebook that
# would become part of the page. The settings must stand before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

arithmetic.settle(os.environ)
