#pragma once
// Statistics of a column whose values are not kept (rules N9), exact nevertheless. The first values fix a
// bracket around every order statistic that is needed; of all further values those below each bracket are
// counted, and only those inside are kept. On the way brackets are made narrower by what is known by then.
// One that does not hold its order statistic in the end (about one run in a thousand, for some column) is
// told by the counts, which then say between which brackets it lies: a second pass over the futures keeps
// just that.
//
//   Column column = begin_column(futures, first_values, budgets);
//   ... sift() further values with column.sieve; absorb() the tally; fold the sums in order; narrow() ...
//   if (!settle(column)) { widen(column); ... the same values once more, sums left out ...; settle(column); }
//   store::Statistics statistics = statistics_of(column);
//
// The same bits as summarise() of all values in order, whatever the brackets were.
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/aggregate/sift.hpp"
#include "runtime/store/result_set.hpp"

namespace horizon::aggregate {

/// One column on its way. Pure data: threads sift with tallies of their own.
struct Column {
  std::uint64_t futures = 0;  ///< of the whole run
  std::uint64_t seen = 0;     ///< of them in `tally` and `kept`
  Sieve sieve;
  Tally tally;                       ///< but for its lanes: counts only
  Sums sums;                         ///< over whole blocks of 4096 values, added in order
  std::vector<double> kept;          ///< values in brackets, in any order, but for atoms
  std::vector<std::uint64_t> over;   ///< futures above each budget, once settled
  std::vector<std::uint64_t> ranks;  ///< ranks_of(futures)
  std::vector<double> order;         ///< order statistics there, where known
  std::vector<std::uint8_t> known;   ///< by rank
  bool constant = false;             ///< all values are the same, once settled
};

/// From the first values, which are taken in: whole blocks of 4096, fewer than `futures`.
Column begin_column(std::uint64_t futures, std::span<const double> values, std::vector<double> budgets);

/// The same for a column whose order statistics will be told: only sums and budgets are looked at.
Column begin_told_column(std::uint64_t futures, std::span<const double> values, std::vector<double> budgets);
/// The order statistics at column.ranks, once it is settled.
void tell(Column& column, std::vector<double> order);

/// Adds what a tally counted, but for its lanes. The values it handed out go to `kept`, their number to
/// `seen`.
void absorb(Column& column, const Tally& tally);

/// The sums of the block that is going on, which is then over.
Sums take_sums(Tally& tally);

/// Brackets as narrow as the values seen allow; drops what is no longer inside. Scratch memory is the
/// caller's to reuse.
void narrow(Column& column, std::vector<double>& scratch);

/// Reads the order statistics out of the brackets once all values have been seen. False: some are in none.
bool settle(Column& column);

/// Brackets that certainly hold what is not known yet, and nothing counted against them so far. Sums and
/// budgets stay as they are.
void widen(Column& column);
/// How many values those brackets will keep at most; before widen().
std::uint64_t values_to_widen(const Column& column);

/// Of a settled column.
store::Statistics statistics_of(const Column& column);

}  // namespace horizon::aggregate
