#include "runtime/aggregate/pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "runtime/aggregate/aggregate.hpp"

namespace horizon::aggregate {
namespace {

constexpr std::size_t thin = 8;   // even
constexpr std::size_t most_futures = std::size_t{1} << 28;   // 95 n^2 is a whole number of 64 bits

/// So many sums are looked at one by one.
std::uint64_t few_of(std::size_t futures) { return 2 * futures + 64; }
/// What the eighth of the values says is off by less than so many ranks, times n, most often.
constexpr double ranks_off = 0.6;

}  // namespace

/// low < the sum of some rank <= high; so many sums are <= low and <= high.
struct Pairs::Bracket {
  double low, high;
  std::uint64_t below, up_to;
  std::vector<double> sums = {};   // those between, if they are there
};

Pairs::Pairs(std::span<const double> part, std::span<const double> sums, std::size_t begin, std::size_t stride) {
  HZ_CHECK(part.size() == sums.size() && begin < sums.size() && sums.size() <= most_futures);
  for (std::size_t i = begin; i < sums.size(); i += stride) {
    x_.push_back(part[i]);
    y_.push_back(sums[i] - part[i]);
  }
  std::sort(x_.begin(), x_.end());
  std::sort(y_.begin(), y_.end());
  if (x_.size() >= 16 * thin) some_.reset(new Pairs(this));
}

Pairs::Pairs(const Pairs* all) {
  for (std::size_t i = thin / 2; i < all->x_.size(); i += thin) {
    x_.push_back(all->x_[i - 1] + (all->x_[i] - all->x_[i - 1]) / 2);   // the middle of eight
    y_.push_back(all->y_[i - 1] + (all->y_[i] - all->y_[i - 1]) / 2);
  }
}

bool Pairs::say_more() const {
  return x_.front() < x_.back() && y_.front() < y_.back() && std::isfinite(x_.front() + y_.front()) && std::isfinite(x_.back() + y_.back());
}

/// Sums grow with either number, rounding and all.
std::uint64_t Pairs::count_up_to(double limit) const {
  std::uint64_t count = 0;
  std::size_t j = y_.size();
  for (const double x : x_) {
    while (j > 0 && x + y_[j - 1] > limit) --j;
    count += j;
  }
  return count;
}

Pairs::Neighbours Pairs::neighbours(double limit) const {
  Neighbours found{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  std::size_t j = y_.size();
  for (const double x : x_) {
    while (j > 0 && x + y_[j - 1] > limit) --j;
    if (j > 0) found.last = std::max(found.last, x + y_[j - 1]);
    if (j < y_.size()) found.next = std::min(found.next, x + y_[j]);
  }
  return found;
}

/// With few sums in it, or with all of them the same. Ends are put to where sums are, so that many equal ones are soon alone.
Pairs::Bracket Pairs::bracket_of(std::uint64_t rank, Guess guess) const {
  const std::uint64_t few = few_of(x_.size());
  Bracket b{std::nextafter(x_.front() + y_.front(), -std::numeric_limits<double>::infinity()), x_.back() + y_.back(), 0, size()};
  const auto look = [&](double at) {
    if (!(at > b.low && at < b.high)) return;
    const std::uint64_t count = count_up_to(at);
    const Neighbours sums = neighbours(at);
    if (count <= rank) {
      b.low = std::nextafter(sums.next, at), b.below = count;
    } else {
      b.high = sums.last, b.up_to = count;
    }
  };
  look(guess.at);
  const bool is_above = b.low >= guess.at;
  for (double step = guess.step; step > 0 && std::isfinite(guess.at + step); step *= 4) {
    const double at = is_above ? guess.at + step : guess.at - step;
    look(at);
    if (is_above ? b.high <= at : b.low >= at) break;
  }
  // Straight between the ends, aimed at a quarter of `few` beside the rank, in turn on either side; now and then half way.
  for (std::uint32_t turn = 0; b.up_to - b.below > few; ++turn) {
    const double half = b.low + (b.high - b.low) / 2;
    if (!(half > b.low && half < b.high)) break;
    const double aim = static_cast<double>(rank - b.below) + (turn % 2 == 0 ? -0.25 : 0.25) * static_cast<double>(few);
    const double at = b.low + (b.high - b.low) * (aim / static_cast<double>(b.up_to - b.below));
    look(turn % 4 != 3 && at > b.low && at < b.high ? at : half);
  }
  return b;
}

/// Adds the sums in (low, high] unless they are more than `most`; returns how many are not above low.
std::uint64_t Pairs::sums_within(double low, double high, std::size_t most, std::vector<double>& sums) const {
  std::uint64_t below = 0;
  std::size_t begin = y_.size(), end = y_.size();
  for (const double x : x_) {
    while (begin > 0 && x + y_[begin - 1] > low) --begin;
    while (end > begin && x + y_[end - 1] > high) --end;
    below += begin;
    if (sums.size() > most) break;
    for (std::size_t j = begin; j < end; ++j) sums.push_back(x + y_[j]);
  }
  return below;
}

/// Where the guess is good: around it, without a search.
std::optional<Pairs::Bracket> Pairs::at_once(std::uint64_t rank, Guess guess) const {
  Bracket b{guess.at - guess.step, guess.at + guess.step, 0, 0};
  const std::size_t most = 2 * few_of(x_.size());
  b.below = sums_within(b.low, b.high, most, b.sums);
  b.up_to = b.below + b.sums.size();
  if (b.sums.size() > most || rank < b.below || rank >= b.up_to) return std::nullopt;
  return b;
}

Pairs::Found Pairs::find(std::uint32_t percent, Guess guess) const {
  const std::uint64_t along = (size() - 1) * percent, rank = along / 100;
  const double rest = static_cast<double>(along % 100) / 100;
  std::optional<Bracket> found = at_once(rank, guess);
  if (!found) {
    found = bracket_of(rank, guess);
    const double half = found->low + (found->high - found->low) / 2;
    if (half > found->low && half < found->high) sums_within(found->low, found->high, found->up_to - found->below, found->sums);
  }
  const double share_width = (found->high - found->low) * (static_cast<double>(size()) / static_cast<double>(found->up_to - found->below));
  std::vector<double>& sums = found->sums;
  double value = found->high, next = found->high;   // if there is nothing in between
  if (!sums.empty()) {
    const auto at = sums.begin() + static_cast<std::ptrdiff_t>(rank - found->below);
    std::nth_element(sums.begin(), at, sums.end());
    value = *at;
    if (at + 1 != sums.end()) next = *std::min_element(at + 1, sums.end());
  }
  if (rest == 0) return {value, share_width};
  if (rank + 1 == found->up_to) next = neighbours(found->high).next;
  return {value + rest * (next - value), share_width};
}

/// Where fewer values say that it is, or at first near `near`.
Pairs::Guess Pairs::guess(std::uint32_t percent, double near) const {
  const double n = static_cast<double>(x_.size());
  if (!some_) return {near, ((x_.back() - x_.front()) + (y_.back() - y_.front())) / n};
  const Found found = some_->find(percent, some_->guess(percent, near));
  return {found.value, found.share_width * ranks_off / n};
}

double Pairs::quantile(std::uint32_t percent, double near) const { return find(percent, guess(percent, near)).value; }

double Pairs::share_over(double budget) const {
  return static_cast<double>(size() - count_up_to(budget)) / static_cast<double>(size());
}

void set_pair_quantiles(const Pairs& pairs, std::span<const double> part, std::span<const double> sums, std::size_t replicates,
                        store::Statistics& statistics) {
  HZ_CHECK(replicates > 1 && sums.size() >= 2 * replicates);
  for (std::size_t q = 0; q < store::quantile_percents.size(); ++q)
    statistics.quantiles[q] = pairs.quantile(store::quantile_percents[q], statistics.quantiles[q]);
  std::vector<double> p50, p90;
  for (std::size_t r = 0; r < replicates; ++r) {
    const Pairs own(part, sums, r, replicates);
    p50.push_back(own.quantile(50, statistics.quantiles[store::p50_index]));
    p90.push_back(own.quantile(90, statistics.quantiles[store::p90_index]));
  }
  statistics.mc_error_p50 = standard_error(p50);
  statistics.mc_error_p90 = standard_error(p90);
}

}  // namespace horizon::aggregate
