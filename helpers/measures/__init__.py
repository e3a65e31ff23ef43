"""Look inside a recurrent network: states, gradients, Jacobians, weights.

======================  ==========================================================
`states`                size of the state, saturation, dead units
`gradients`             how far a gradient reaches back in time
`jacobians`             norms of long products of Jacobians, in plain NumPy
`simple_rnn`            a plain recurrence and the reach of its gradient, in plain NumPy
`weights`               norms and spectral radii of the weights, and how far they moved
`unrolling`             any Keras recurrent layer, run step by step
======================  ==========================================================
"""

from helpers.measures.gradients import (
    first_to_last_gradient_ratio,
    input_gradient_norm_by_step,
    loss_gradient_norm_by_lag,
    state_jacobian_norm_by_lag,
)
from helpers.measures.jacobians import (
    LagNorms,
    jacobian_product_norms,
    pascanu_bound,
    product_norms,
)
from helpers.measures.simple_rnn import Trajectory, gradient_reach, run_simple_rnn
from helpers.measures.states import (
    dead_share,
    saturated_share,
    silent_share_by_step,
    state_norm,
)
from helpers.measures.weights import (
    largest_singular_value,
    recurrent_matrices,
    spectral_radius,
    update_to_weight_ratio,
    weights_by_name,
)

__all__ = [
    "LagNorms",
    "Trajectory",
    "dead_share",
    "first_to_last_gradient_ratio",
    "gradient_reach",
    "input_gradient_norm_by_step",
    "jacobian_product_norms",
    "largest_singular_value",
    "loss_gradient_norm_by_lag",
    "pascanu_bound",
    "product_norms",
    "recurrent_matrices",
    "run_simple_rnn",
    "saturated_share",
    "silent_share_by_step",
    "spectral_radius",
    "state_jacobian_norm_by_lag",
    "state_norm",
    "update_to_weight_ratio",
    "weights_by_name",
]
