#include "runtime/session/importance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <new>

#include "base/check.hpp"
#include "base/share_out.hpp"
#include "runtime/exec/exec.hpp"
#include "runtime/rng/philox.hpp"
#include "runtime/session/workers.hpp"

namespace horizon::session {
namespace {

constexpr std::uint32_t pilot_lanes = 256;                      // a block, here
constexpr std::uint64_t most_futures = 1024;                    // whole blocks
static_assert(pilot_lanes <= exec::block_lanes && most_futures % pilot_lanes == 0);
constexpr std::uint64_t most_numbers = std::uint64_t{1} << 25;  // draws looked at, over all futures
constexpr std::uint64_t pilot_seed =
    0x5069'6c6f'7420'7275;  // "Pilot ru": futures that the run itself does not have

/// The sum over the cells of each part of each forecast, [part][future], made to mean 0 and sum of squares 1; 0 where it does not vary.
/// The parts are equal runs of cells, the first periods first: what matters in the first years alone would drown in a sum over all.
using Totals = std::vector<std::vector<double>>;
constexpr std::size_t most_parts = 8;  // of a forecast

struct Parts {
  explicit Parts(const plan::ReportSpec& report) {
    for (const plan::ForecastSpec& forecast : report.forecasts) {
      first.push_back(all);
      of_forecast.push_back(std::min(most_parts, forecast.cells.size()));
      all += of_forecast.back();
    }
  }
  std::vector<std::size_t> first, of_forecast;
  std::size_t all = 0;
};

void add_block(const plan::Plan& plan, const exec::Workspace& workspace, std::uint64_t first, const Parts& parts,
               Totals& totals) {
  for (std::size_t f = 0; f < plan.report.forecasts.size(); ++f) {
    const std::vector<plan::Cell>& cells = plan.report.forecasts[f].cells;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      double* const to = totals[parts.first[f] + c * parts.of_forecast[f] / cells.size()].data() + first;
      const double* const values = workspace.output(cells[c].output);
      for (std::uint32_t lane = 0; lane < pilot_lanes; ++lane) to[lane] += values[lane];
    }
  }
}

/// Futures without a valid result count as average ones.
void standardise(std::vector<double>& x) {
  double sum = 0, squares = 0;
  std::size_t count = 0;
  for (const double value : x)
    if (std::isfinite(value)) sum += value, ++count;
  const double mean = count == 0 ? 0 : sum / static_cast<double>(count);
  for (double& value : x) {
    value = std::isfinite(value) ? value - mean : 0;
    squares += value * value;
  }
  const double scale = squares > 0 && std::isfinite(squares) ? 1 / std::sqrt(squares) : 0;
  for (double& value : x) value *= scale;
}

// 16 sums side by side, the same bits however many a register holds.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
double product(const std::vector<double>& x, const std::vector<double>& y) {
  std::array<double, exec::lane_multiple> sums{};
  for (std::size_t i = 0; i < x.size(); i += sums.size())
    for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += x[i + lane] * y[i + lane];
  double sum = 0;
  for (const double s : sums) sum += s;
  return sum;
}

double explained(std::uint64_t seed, std::uint64_t id, const Parts& parts, const Totals& totals, std::size_t futures) {
  rng::ScalarArith a;
  std::vector<double> u(futures);
  for (std::size_t i = 0; i < futures; i += 2) {
    const auto pair = rng::draw_pair(a, seed, id, i / 2);
    u[i] = rng::uniform_of(a, pair.even).u;
    u[i + 1] = rng::uniform_of(a, pair.odd).u;
  }
  standardise(u);
  double sum = 0;
  for (std::size_t f = 0; f < parts.first.size(); ++f) {
    double best = 0;
    for (std::size_t part = 0; part < parts.of_forecast[f]; ++part) {
      const double r = product(u, totals[parts.first[f] + part]);
      best = std::max(best, r * r);
    }
    sum += best;
  }
  return sum;
}

}  // namespace

Expected<std::vector<double>, RunError> importance(const plan::Plan& plan, std::span<const std::uint64_t> ids,
                                                   const PilotOptions& options) {
  const std::uint64_t fit =
      most_numbers / std::max<std::uint64_t>(1, ids.size()) / pilot_lanes * pilot_lanes;
  const std::uint64_t futures = std::clamp<std::uint64_t>(fit, pilot_lanes, most_futures);
  const std::uint64_t seed = options.seed ^ pilot_seed;
  const std::uint32_t threads =
      options.threads != 0 ? options.threads : static_cast<std::uint32_t>(cores());
  const auto tick = [&] {
    return options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed);
  };
  const auto failed = [&](const std::string& why) {
    return Unexpected{RunError{RunError::Kind::OutOfMemory, 0, why}};
  };
  try {
    const Parts parts(plan.report);
    Totals totals(parts.all, std::vector<double>(futures));
    std::vector<double> result(ids.size());
    const auto simulate = [&]() -> Worker {
      return [&, workspace = std::make_shared<exec::Workspace>(plan)](std::uint64_t block) {
        const std::uint64_t first = block * pilot_lanes;
        exec::run_block(plan, seed, first, pilot_lanes, *workspace);
        add_block(plan, *workspace, first, parts, totals);
        return true;
      };
    };
    if (const auto why = for_each_item(futures / pilot_lanes, threads, simulate, tick))
      return failed(*why);
    for (std::vector<double>& total : totals) standardise(total);
    const auto look = [&]() -> Worker {
      return [&](std::uint64_t k) {
        result[k] = explained(seed, ids[k], parts, totals, futures);
        return true;
      };
    };
    if (const auto why = for_each_item(ids.size(), threads, look, tick)) return failed(*why);
    if (tick()) return Unexpected{RunError{RunError::Kind::Cancelled, 0, "the run was interrupted"}};
    return result;
  } catch (const std::bad_alloc&) {
    return failed("there is not enough memory for a pilot run");
  }
}

}  // namespace horizon::session
