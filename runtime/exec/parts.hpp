#pragma once
// A plan whose quantile tables and numbers by row and period are not all in memory (plan::Kernel::in_parts): rows pass in parts, and what a
// part reads is made before it. Which rows are together changes no bit.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/plan/plan.hpp"

namespace horizon::exec {

/// True if some kernel's tables or numbers are made by the run.
bool is_in_parts(const plan::Plan& plan);

/// A piece of the work on a block: a whole stage, a kernel of one, or some rows of a kernel.
struct Part {
  const plan::Stage* stage = nullptr;
  const plan::Kernel* kernel = nullptr;      ///< null: all of the stage
  std::uint32_t row_begin = 0, row_end = 0;  ///< of the kernel
  std::vector<std::uint32_t> tables;         ///< those the rows read: indices into kernel->starts
};

/// What of a kernel's arguments a part has for itself, from its first row on.
struct PartData {
  const double* row_values = nullptr;          ///< [row][row_value]
  const double* both_values = nullptr;         ///< [row][period][both_value]
  const double* const* row_tables = nullptr;   ///< [row][row_table]
};

/// All work on a block, in order, and memory for what a few parts read. Refers to the plan.
class Parts {
 public:
  /// The data of so many neighbouring parts are there at the same time: those of part p take the place of those of part p - places.
  static constexpr std::size_t places = 3;

  /// May throw std::bad_alloc.
  explicit Parts(const plan::Plan& plan);
  const std::vector<Part>& all() const { return parts_; }
  /// Makes a part's tables and numbers, which no thread may read meanwhile. Different parts of `places` neighbours may be built at once.
  void build(std::size_t part);
  /// Of a part that is a kernel or some rows of one; valid while what was built for it is there.
  PartData data(std::size_t part) const;

 private:
  void cut(const plan::Stage& stage, std::uint32_t kernel);
  void place_tables();
  std::size_t place(std::size_t part) const { return part % places * place_size_; }   ///< in places_

  const plan::Plan& plan_;
  std::vector<Part> parts_;
  std::vector<std::vector<const double*>> row_tables_;   // by kernel
  std::vector<double> places_;   // [place]: tables, then numbers by row and period
  std::size_t place_size_ = 0;   // doubles
};

}  // namespace horizon::exec
