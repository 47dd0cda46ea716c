#pragma once
// Control variates of a `--sampling sobol` run: functions of its draws with known means say by how much a set of futures is off.
#include <cstdint>
#include <vector>

#include "runtime/plan/plan.hpp"

namespace horizon::session {

/// What a run takes off its means, for aggregate::set_replicate_errors.
struct Adjustment {
  std::uint32_t controls = 0;    ///< how many of plan::SobolDraws::controls, from the first; 0: nothing is taken off
  std::vector<double> weights;   ///< [future][randomisation]; empty without controls
};

/// Linear regression on the controls x, with known mean 0: with b the least squares coefficients of a column's values y over all futures,
/// the mean of y over randomisation r is off by about b times the mean of x there. b is linear in y, so that is the sum of
/// weights[i][r] (y_i - mean of y), with the same weights for all columns: sums of columns stay sums. C. Lemieux, "Monte Carlo and
/// Quasi-Monte Carlo Sampling" (2009), section 4.2; the joint use with randomised points: F. J. Hickernell, C. Lemieux, A. B. Owen,
/// "Control variates for quasi-Monte Carlo", Statistical Science 20 (2005).
///
/// One control at most for each 64 futures, so that what is fitted to the futures themselves is no part to speak of. None at all where one
/// future's share in a mean would come to less than half or more than one and a half of 1/N. Depends on the draws alone.
Adjustment adjustment(const plan::SobolDraws& sobol, std::uint64_t seed, std::uint64_t futures);

}  // namespace horizon::session
