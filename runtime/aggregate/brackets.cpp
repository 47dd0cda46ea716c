#include "runtime/aggregate/brackets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/check.hpp"
#include "runtime/aggregate/aggregate.hpp"

namespace horizon::aggregate {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// Half a bracket, in standard deviations of what the rank among the values seen can be.
constexpr double sigmas = 5;
/// Looks into a bracket: a value that two neighbouring looks find fills about a quarter of it and is an atom.
constexpr std::uint64_t looks = 4;
constexpr std::uint64_t least_step = 8;

/// A bracket to be: ranks among the values seen, or keys where those are not known.
struct Stretch {
  std::uint64_t low = 0, high = 0;
  double low_key = -infinity, high_key = infinity;
  bool low_known = true, high_known = true;  // the end is the value at that rank
};

/// Where the order statistics of a target will be among the first `seen` values.
Stretch stretch_of(const Target& target, std::uint64_t futures, std::uint64_t seen) {
  const double all = static_cast<double>(futures), some = static_cast<double>(seen);
  const auto place = [&](std::uint64_t rank, double side) {
    const double p = (static_cast<double>(rank) + 0.5) / all;
    const double sd = std::sqrt(some * p * (1 - p) * (1 - some / all));
    return p * some - 0.5 + side * (sigmas * sd + 1);
  };
  Stretch s;
  const double low = std::floor(place(target.low, -1)), high = std::ceil(place(target.high, 1));
  s.low_known = low >= 0;
  s.high_known = high <= some - 1;
  s.low = s.low_known ? static_cast<std::uint64_t>(low) : 0;
  s.high = s.high_known ? static_cast<std::uint64_t>(high) : seen - 1;
  return s;
}

std::uint64_t step_of(const Stretch& s) { return std::max<std::uint64_t>(1, (s.high - s.low) / looks); }

/// Ranks at which a stretch is looked at: its ends, some between, and one beyond each end, within [first,
/// last].
void add_looks(const Stretch& s, std::uint64_t first, std::uint64_t last, std::vector<std::uint64_t>& ranks) {
  const std::uint64_t step = step_of(s);
  if (s.low >= first + step) ranks.push_back(s.low - step);
  for (std::uint64_t rank = s.low; rank < s.high; rank += step) ranks.push_back(rank);
  ranks.push_back(s.high);
  if (s.high + step <= last) ranks.push_back(s.high + step);
}

void sort_unique(auto& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

/// Values seen by rank, as far as they were looked at.
struct Seen {
  std::vector<std::uint64_t> ranks;
  std::vector<double> values;
  double at(std::uint64_t rank) const {
    return values[static_cast<std::size_t>(std::lower_bound(ranks.begin(), ranks.end(), rank) -
                                           ranks.begin())];
  }
};

std::vector<double> find_atoms(const std::vector<Stretch>& stretches, const Seen& seen) {
  std::vector<double> atoms;
  for (const Stretch& s : stretches) {
    const std::uint64_t step = step_of(s);
    if (step < least_step) continue;
    for (std::size_t i = 1; i < seen.ranks.size(); ++i) {
      const bool near = seen.ranks[i] + step >= s.low && seen.ranks[i - 1] <= s.high + step;
      if (near && 2 * (seen.ranks[i] - seen.ranks[i - 1]) > step && seen.values[i] == seen.values[i - 1])
        atoms.push_back(seen.values[i]);
    }
  }
  sort_unique(atoms);
  return atoms;
}

/// Brackets from stretches in rising order; those whose keys meet become one. Atoms outside of them are
/// dropped.
void set_brackets(const std::vector<Stretch>& stretches, const Seen& seen, std::vector<double> atoms,
                  Sieve& sieve) {
  sieve.brackets = 0;
  for (const Stretch& s : stretches) {
    const double low = s.low_known ? sieve.key(seen.at(s.low)) : s.low_key;
    const double high = s.high_known ? sieve.key(seen.at(s.high)) : s.high_key;
    if (sieve.brackets > 0 && low <= sieve.high[sieve.brackets - 1]) {
      const std::size_t last = sieve.brackets - 1;
      sieve.set_bracket(last, sieve.low[last], std::max(sieve.high[last], high));
    } else {
      sieve.set_bracket(sieve.brackets++, low, high);
    }
  }
  sieve.atoms.clear();
  for (const double atom : atoms) {
    const double key = sieve.key(atom);
    for (std::size_t j = 0; j < sieve.brackets; ++j) {
      if (key >= sieve.low[j] && key <= sieve.high[j]) sieve.atoms.push_back(atom);
    }
  }
}

void sift_all(const Sieve& sieve, std::span<const double> values, Tally& tally, std::vector<double>& kept) {
  std::array<double, sift_room> room;
  for (std::size_t begin = 0; begin < values.size(); begin += sift_block) {
    const auto block = values.subspan(begin, std::min(sift_block, values.size() - begin));
    kept.insert(kept.end(), room.begin(),
                room.begin() + static_cast<std::ptrdiff_t>(sift(sieve, block, tally, room.data())));
  }
}

/// The first values.
Column sift_first(std::uint64_t futures, std::span<const double> values, Sieve sieve) {
  Column column;
  column.futures = futures;
  column.seen = values.size();
  column.tally = Tally(sieve);
  for (std::size_t begin = 0; begin < values.size(); begin += sum_block) {
    sift_all(sieve, values.subspan(begin, sum_block), column.tally, column.kept);
    const Sums sums = take_sums(column.tally);
    column.sums.first += sums.first;
    column.sums.second += sums.second;
  }
  column.sieve = std::move(sieve);
  return column;
}

/// The first values with this kind of keys.
Column try_column(std::uint64_t futures, std::span<const double> values,
                  const std::vector<Stretch>& stretches, const Seen& seen, Sieve sieve) {
  set_brackets(stretches, seen, find_atoms(stretches, seen), sieve);
  return sift_first(futures, values, std::move(sieve));
}

/// A bracket's values among those kept, which follow one another in sorted order.
struct Content {
  std::uint64_t begin = 0, size = 0;
};

std::array<Content, most_brackets> contents_of(const Column& column) {
  std::array<Content, most_brackets> contents;
  std::uint64_t begin = 0;
  for (std::size_t j = 0; j < column.sieve.brackets; ++j) {
    std::uint64_t size = column.tally.up_to[j] - column.tally.below[j];
    for (std::size_t a = 0; a < column.sieve.atoms.size(); ++a) {
      const double key = column.sieve.key(column.sieve.atoms[a]);
      if (key >= column.sieve.low[j] && key <= column.sieve.high[j]) size -= column.tally.atoms[a];
    }
    contents[j] = {begin, size};
    begin += size;
  }
  HZ_CHECK(begin == column.kept.size());
  return contents;
}

/// Reads ranks out of the brackets.
class Reader {
 public:
  explicit Reader(const Column& column) : column_(column), contents_(contents_of(column)) {
    for (const double atom : column.sieve.atoms) {
      std::uint64_t below = 0;
      for (const double x : column.kept) below += x < atom ? 1u : 0u;
      kept_below_.push_back(below);
    }
  }

  /// The bracket that holds a rank.
  std::optional<std::size_t> bracket_of(std::uint64_t rank) const {
    for (std::size_t j = 0; j < column_.sieve.brackets; ++j) {
      if (rank >= column_.tally.below[j] && rank < column_.tally.up_to[j]) return j;
    }
    return std::nullopt;
  }

  /// Values at ranks that brackets hold; ascending, each once.
  std::vector<double> values(std::span<const std::uint64_t> ranks) const {
    std::vector<double> out;
    std::vector<std::uint64_t> places;  // among the values kept
    std::vector<std::size_t> place_of;  // by output; none: it is there
    for (const std::uint64_t rank : ranks) {
      const Place place = find(rank);
      out.push_back(place.atom.value_or(0));
      place_of.push_back(place.atom ? none : places.size());
      if (!place.atom) places.push_back(place.kept);
    }
    if (places.empty()) return out;
    const std::vector<double> found = order_statistics(column_.kept, places);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (place_of[i] != none) out[i] = found[place_of[i]];
    }
    return out;
  }

  std::uint64_t begin(std::size_t bracket) const { return contents_[bracket].begin; }

 private:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  struct Place {
    std::optional<double> atom;
    std::uint64_t kept = 0;
  };

  Place find(std::uint64_t rank) const {
    const std::size_t j = bracket_of(rank).value();
    // A rank among kept values and atoms of all brackets up to here, atoms of the lower ones left out.
    std::uint64_t place = contents_[j].begin + rank - column_.tally.below[j];
    for (std::size_t a = 0; a < kept_below_.size(); ++a) {
      const double key = column_.sieve.key(column_.sieve.atoms[a]);
      if (key < column_.sieve.low[j] || key > column_.sieve.high[j]) continue;
      if (place < kept_below_[a]) break;
      if (place < kept_below_[a] + column_.tally.atoms[a]) return {column_.sieve.atoms[a], 0};
      place -= column_.tally.atoms[a];
    }
    return {std::nullopt, place};
  }

  const Column& column_;
  std::array<Content, most_brackets> contents_;
  std::vector<std::uint64_t> kept_below_;  // by atom: kept values below it, of all brackets
};

/// The part of a stretch that a bracket holds; where that is cut off, the bracket's end stays.
std::optional<std::size_t> cut_to_bracket(const Column& column, const Reader& reader, Stretch& s) {
  std::optional<std::size_t> bracket = reader.bracket_of(s.low + (s.high - s.low) / 2);
  if (!bracket) bracket = reader.bracket_of(s.low);
  if (!bracket) bracket = reader.bracket_of(s.high);
  if (!bracket) return std::nullopt;
  const std::uint64_t first = column.tally.below[*bracket], last = column.tally.up_to[*bracket] - 1;
  if (!s.low_known || s.low < first) {
    s.low_known = false;
    s.low_key = column.sieve.low[*bracket];
    s.low = std::max(s.low, first);
  }
  if (!s.high_known || s.high > last) {
    s.high_known = false;
    s.high_key = column.sieve.high[*bracket];
    s.high = std::min(s.high, last);
  }
  return bracket;
}

/// Counts against new brackets, each of which lies in an old one: those of the old one, and `inside`, what
/// sifting the values kept by the new ones counted.
Tally counts_within(const Column& old, const Reader& reader, const Sieve& sieve, const Tally& inside) {
  Tally counts(sieve);
  for (std::size_t j = 0; j < sieve.brackets; ++j) {
    std::size_t i = 0;
    while (i + 1 < old.sieve.brackets && old.sieve.low[i + 1] <= sieve.low[j]) ++i;
    counts.below[j] = old.tally.below[i] + inside.below[j] - reader.begin(i);
    counts.up_to[j] = old.tally.below[i] + inside.up_to[j] - reader.begin(i);
    for (std::size_t a = 0; a < old.sieve.atoms.size(); ++a) {
      const double key = old.sieve.key(old.sieve.atoms[a]);
      if (key < old.sieve.low[i]) continue;
      if (key < sieve.low[j]) counts.below[j] += old.tally.atoms[a];
      if (key <= sieve.high[j]) counts.up_to[j] += old.tally.atoms[a];
    }
  }
  counts.atoms = inside.atoms;
  for (std::size_t a = 0; a < sieve.atoms.size(); ++a) {
    for (std::size_t b = 0; b < old.sieve.atoms.size(); ++b) {
      if (old.sieve.atoms[b] == sieve.atoms[a]) counts.atoms[a] += old.tally.atoms[b];
    }
  }
  counts.over = old.tally.over;
  return counts;
}

void set_ranks(Column& column) {
  column.ranks = ranks_of(column.futures);
  column.order.resize(column.ranks.size());
  column.known.resize(column.ranks.size());
}

}  // namespace

Column begin_column(std::uint64_t futures, std::span<const double> values, std::vector<double> budgets) {
  HZ_CHECK(!values.empty() && values.size() % sum_block == 0 && values.size() < futures);
  std::vector<Stretch> stretches;
  Seen seen;
  for (const Target& target : targets_of(futures)) {
    stretches.push_back(stretch_of(target, futures, values.size()));
    add_looks(stretches.back(), 0, values.size() - 1, seen.ranks);
  }
  sort_unique(seen.ranks);
  seen.values = order_statistics(values, seen.ranks);
  Sieve sieve;
  sieve.shift = shift_of(values);
  sieve.budgets = std::move(budgets);
  Column column = try_column(futures, values, stretches, seen, sieve);
  // More inside than was meant to be: many values have one float as key.
  std::uint64_t meant = values.size() / 256;
  for (const Stretch& s : stretches) meant += s.high - s.low + 1;
  if (column.kept.size() > meant) {
    sieve.wide = true;
    Column other = try_column(futures, values, stretches, seen, std::move(sieve));
    if (other.kept.size() < column.kept.size()) column = std::move(other);
  }
  set_ranks(column);
  return column;
}

Column begin_told_column(std::uint64_t futures, std::span<const double> values, std::vector<double> budgets) {
  HZ_CHECK(!values.empty() && values.size() % sum_block == 0 && values.size() < futures);
  Sieve sieve;
  sieve.shift = shift_of(values);
  sieve.budgets = std::move(budgets);
  // All values of the run may be the same only if these are.
  if (std::all_of(values.begin(), values.end(), [&](double x) { return x == values[0]; })) sieve.atoms.push_back(values[0]);
  Column column = sift_first(futures, values, std::move(sieve));
  set_ranks(column);
  return column;
}

void tell(Column& column, std::vector<double> order) {
  HZ_CHECK(order.size() == column.ranks.size());
  column.order = std::move(order);
  std::fill(column.known.begin(), column.known.end(), std::uint8_t{1});
}

void absorb(Column& column, const Tally& tally) {
  const auto add = [](auto& to, const auto& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  };
  add(column.tally.below, tally.below);
  add(column.tally.up_to, tally.up_to);
  add(column.tally.atoms, tally.atoms);
  add(column.tally.over, tally.over);
}

Sums take_sums(Tally& tally) {
  const Sums sums{fold(tally.first), fold(tally.second)};
  tally.first = {};
  tally.second = {};
  return sums;
}

void narrow(Column& column, std::vector<double>& scratch) {
  if (column.sieve.brackets == 0) return;
  const Reader reader(column);
  std::vector<Stretch> stretches;
  Seen seen;
  for (const Target& target : targets_of(column.futures)) {
    Stretch s = stretch_of(target, column.futures, column.seen);
    const auto bracket = cut_to_bracket(column, reader, s);
    if (!bracket) return;  // it will have to be widened
    add_looks(s, column.tally.below[*bracket], column.tally.up_to[*bracket] - 1, seen.ranks);
    stretches.push_back(s);
  }
  sort_unique(seen.ranks);
  seen.values = reader.values(seen.ranks);
  Sieve sieve = column.sieve;
  std::vector<double> atoms = find_atoms(stretches, seen);
  atoms.insert(atoms.end(), sieve.atoms.begin(), sieve.atoms.end());
  sort_unique(atoms);
  set_brackets(stretches, seen, std::move(atoms), sieve);
  Tally inside(sieve);
  inside.over.clear();
  scratch.clear();
  std::vector<double> budgets = std::move(sieve.budgets);
  sieve.budgets.clear();
  sift_all(sieve, column.kept, inside, scratch);
  sieve.budgets = std::move(budgets);
  column.tally = counts_within(column, reader, sieve, inside);
  column.sieve = std::move(sieve);
  column.kept.assign(scratch.begin(), scratch.end());
}

bool settle(Column& column) {
  HZ_CHECK(column.seen == column.futures);
  if (!column.tally.over.empty()) column.over = column.tally.over;
  for (const std::uint64_t count : column.tally.atoms) column.constant |= count == column.futures;
  const Reader reader(column);
  std::vector<std::uint64_t> ranks;
  std::vector<std::size_t> places;
  bool all = true;
  for (std::size_t i = 0; i < column.ranks.size(); ++i) {
    if (column.known[i] != 0) continue;
    if (reader.bracket_of(column.ranks[i])) {
      ranks.push_back(column.ranks[i]);
      places.push_back(i);
    } else {
      all = false;
    }
  }
  const std::vector<double> values = reader.values(ranks);
  for (std::size_t i = 0; i < places.size(); ++i) {
    column.order[places[i]] = values[i];
    column.known[places[i]] = 1;
  }
  return all;
}

namespace {

/// Between which brackets, and the number of values there.
struct Gap {
  double low = -infinity, high = infinity;
  std::uint64_t values = 0;
};

std::vector<Gap> gaps_of(const Column& column) {
  std::vector<Gap> gaps;
  for (std::size_t i = 0; i < column.ranks.size(); ++i) {
    if (column.known[i] != 0) continue;
    std::size_t j = 0;  // the first bracket above
    while (j < column.sieve.brackets && column.tally.up_to[j] <= column.ranks[i]) ++j;
    const std::uint64_t begin = j == 0 ? 0 : column.tally.below[j - 1];
    const std::uint64_t end = j == column.sieve.brackets ? column.futures : column.tally.up_to[j];
    const Gap gap{j == 0 ? -infinity : column.sieve.high[j - 1],
                  j == column.sieve.brackets ? infinity : column.sieve.low[j], end - begin};
    if (gaps.empty() || gap.low > gaps.back().high) {
      gaps.push_back(gap);
    } else if (gap.low != gaps.back().low) {  // they meet in one key
      gaps.back().high = gap.high;
      gaps.back().values += gap.values;
    }
  }
  return gaps;
}

}  // namespace

std::uint64_t values_to_widen(const Column& column) {
  std::uint64_t values = 0;
  for (const Gap& gap : gaps_of(column)) values += gap.values;
  return std::min(values, column.futures);
}

void widen(Column& column) {
  const std::vector<Gap> gaps = gaps_of(column);
  HZ_CHECK(!gaps.empty() && gaps.size() <= most_brackets);
  Sieve sieve = std::move(column.sieve);
  sieve.brackets = 0;
  sieve.budgets.clear();
  for (const Gap& gap : gaps) sieve.set_bracket(sieve.brackets++, gap.low, gap.high);
  std::erase_if(sieve.atoms, [&](double atom) {
    const double key = sieve.key(atom);
    return std::none_of(gaps.begin(), gaps.end(),
                        [&](const Gap& g) { return key >= g.low && key <= g.high; });
  });
  column.tally = Tally(sieve);
  column.sieve = std::move(sieve);
  column.kept.clear();
  column.seen = 0;
}

store::Statistics statistics_of(const Column& column) {
  const Sums sums = column.constant ? Sums{} : column.sums;
  const double shift = column.constant ? column.order[0] : column.sieve.shift;
  return statistics_of(column.futures, column.ranks, column.order, shift, sums);
}

}  // namespace horizon::aggregate
