"""A benchmark of the study engine: the same networks, trained in four libraries.

``make bench`` runs it. `problem` says what is trained, one module a contender says
how, `plan` how often, `processes` and `measuring` take the times, and `report` does the
arithmetic.
"""

import helpers  # noqa: F401  first: it sets up what TensorFlow reads when it is imported
