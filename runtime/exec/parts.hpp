#pragma once
// A plan whose quantile tables are not all in memory (plan::Kernel::starts): rows pass in parts, and each part's tables are built before
// it. Which rows are together changes no bit.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/plan/plan.hpp"

namespace horizon::exec {

/// True if some kernel's tables are built by the run.
bool is_in_parts(const plan::Plan& plan);

/// A piece of the work on a block: a whole stage, a kernel of one, or some rows of a kernel.
struct Part {
  const plan::Stage* stage = nullptr;
  const plan::Kernel* kernel = nullptr;      ///< null: all of the stage
  std::uint32_t row_begin = 0, row_end = 0;  ///< of the kernel
  std::vector<std::uint32_t> tables;         ///< those the rows read: indices into kernel->starts
};

/// All work on a block, in order, and memory for the tables of a few parts. Refers to the plan.
class Parts {
 public:
  /// Tables of so many neighbouring parts are there at the same time: those of part p take the place of those of part p - places.
  static constexpr std::size_t places = 3;

  /// May throw std::bad_alloc.
  explicit Parts(const plan::Plan& plan);
  const std::vector<Part>& all() const { return parts_; }
  /// The tables of a part, which no thread may read meanwhile. Different parts of `places` neighbours may be built at once.
  void build(std::size_t part);
  /// [row][row_table] of a part's kernel; valid for the part's rows while its tables are there.
  const double* const* row_tables(const Part& part) const;

 private:
  void cut(const plan::Stage& stage, std::uint32_t kernel);
  void place_tables();

  const plan::Plan& plan_;
  std::vector<Part> parts_;
  std::vector<std::vector<const double*>> row_tables_;   // by kernel
  std::vector<double> tables_;                           // [place][table]
  std::size_t place_size_ = 0;
};

}  // namespace horizon::exec
