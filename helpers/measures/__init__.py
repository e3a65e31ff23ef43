"""Look inside a recurrent network: states, gradients, Jacobians, weights.

======================  ==========================================================
`states`                size of the state, saturation, dead units
`gradients`             how far a gradient reaches back in time
`jacobians`             norms of long products of Jacobians, in plain NumPy
`simple_rnn`            a plain recurrence and the reach of its gradient, in plain NumPy
`weights`               norms and spectral radii of the weights, and how far they moved
`mean_field`            growth of variance and gradient in a wide random network, predicted
`growth`                measured: Lyapunov exponents and the gradient's growth in random networks
`relu_survival`         how long a ReLU unit keeps a gradient from U = I, in closed form
`step_maps`             state, slope and gradient of one network, by step and unit
`fixed_points`          where the variance of a wide random network comes to rest
`normal_mean`           means over a normal variable, by quadrature
`unrolling`             any Keras recurrent layer, run step by step
`lite`                  one step in whole numbers, as TensorFlow Lite runs it
======================  ==========================================================
"""

from helpers.measures.fixed_points import FixedPoint
from helpers.measures.gradients import (
    first_to_last_gradient_ratio,
    input_gradient_norm_by_step,
    loss_gradient_norm_by_lag,
    state_jacobian_norm_by_lag,
)
from helpers.measures.growth import Growth, measured_growth
from helpers.measures.jacobians import (
    LagNorms,
    jacobian_product_norms,
    pascanu_bound,
    product_norms,
)
from helpers.measures.mean_field import (
    CriticalGain,
    correlation_slope,
    critical_gain,
    fixed_variances,
    gradient_growth,
    stationary_variance,
    variance_map,
)
from helpers.measures.normal_mean import normal_mean
from helpers.measures.relu_survival import no_unit_alive, relu_path_survival
from helpers.measures.simple_rnn import Trajectory, gradient_reach, run_simple_rnn
from helpers.measures.states import (
    dead_share,
    saturated_share,
    silent_share_by_step,
    state_norm,
)
from helpers.measures.step_maps import StepMaps, model_step_maps, step_maps
from helpers.measures.weights import (
    largest_singular_value,
    recurrent_matrices,
    spectral_radius,
    update_to_weight_ratio,
    weights_by_name,
)

__all__ = [
    "CriticalGain",
    "FixedPoint",
    "Growth",
    "LagNorms",
    "StepMaps",
    "Trajectory",
    "correlation_slope",
    "critical_gain",
    "dead_share",
    "first_to_last_gradient_ratio",
    "fixed_variances",
    "gradient_growth",
    "gradient_reach",
    "input_gradient_norm_by_step",
    "jacobian_product_norms",
    "largest_singular_value",
    "loss_gradient_norm_by_lag",
    "measured_growth",
    "model_step_maps",
    "no_unit_alive",
    "normal_mean",
    "pascanu_bound",
    "product_norms",
    "recurrent_matrices",
    "relu_path_survival",
    "run_simple_rnn",
    "saturated_share",
    "silent_share_by_step",
    "spectral_radius",
    "state_jacobian_norm_by_lag",
    "state_norm",
    "stationary_variance",
    "step_maps",
    "update_to_weight_ratio",
    "variance_map",
    "weights_by_name",
]
