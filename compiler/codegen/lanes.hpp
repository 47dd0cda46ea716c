#pragma once
// One operation of MIR on several futures at once, as LLVM instructions. Private to compiler/codegen.
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "compiler/codegen/target.hpp"
#include "compiler/mir/layout.hpp"

namespace horizon::codegen {

struct Unit;

/// See lazy.cpp. Region 0 is code that always runs; region r > 0 runs where a lane of a bundle's selects takes operand `side` (1 or 2).
/// A bundle is a run of selects that stand side by side and choose by the same mask: one branch serves them all.
struct LazyCode {
  struct Region {
    std::size_t bundle = 0, side = 0;
    std::int32_t parent = 0;
    std::vector<mir::ValueId> exports;   ///< values that code outside of the region (and of regions inside of it) uses
  };
  struct Bundle {
    std::vector<mir::ValueId> selects;   ///< in order
    std::int32_t sides[3] = {0, 0, 0};   ///< regions of operands 1 and 2; 0: none
    std::vector<mir::ValueId> sinks;     ///< accumulations that alone use the selects, and whose operand is +0 where the region is left out
    std::int32_t only() const { return sides[1] != 0 && sides[2] != 0 ? 0 : sides[1] + sides[2]; }
  };
  std::vector<Region> regions;
  std::vector<Bundle> bundles;
  std::vector<std::int32_t> region_of, bundle_of;   ///< by value; bundle -1: none
};

/// See pairs.cpp. Values of the function: its parameter x and the results for even and odd x; none if it is not of that kind.
struct PairFunction {
  mir::ValueId parameter, even, odd;
};
PairFunction pair_function(const mir::Function& f);
/// Several calls at once: steps of different calls stand side by side, since each step waits for the one before.
struct PairCalls {
  mir::FunctionId function;
  unsigned count = 1, lanes = 8;
  std::vector<bool> shared;   ///< by parameter: the same in all of the calls, as x is
  auto operator<=>(const PairCalls&) const = default;
};

/// Names of our own functions that machine code may call; nothing else resolves.
inline constexpr const char* soft_fma_name = "horizon_soft_fma";
inline constexpr const char* solve_beta_name = "horizon_solve_beta";
inline constexpr const char* solve_gamma_name = "horizon_solve_gamma";
inline constexpr const char* solve_poisson_name = "horizon_solve_poisson";
inline constexpr const char* table_numbers_name = "horizon_table_numbers";

/// What all functions of one LLVM module share.
struct Unit {
  const mir::Module& mir;
  llvm::Module& module;
  Target target;
  /// Futures that code made now computes at once: a register's, or two registers' where code has little else to do while it waits.
  unsigned width;
  std::map<std::pair<std::size_t, unsigned>, llvm::Function*> functions;   ///< by FunctionId and width; made when first wanted
  std::vector<PairFunction> pairs;               ///< by FunctionId
  std::map<PairCalls, llvm::Function*> pair_functions;   ///< made when first wanted
  std::vector<llvm::GlobalVariable*> tables;     ///< by TableId
  llvm::MDNode *constants = nullptr, *buffers = nullptr, *state = nullptr, *fault = nullptr;   ///< alias scopes, lists of one

  Unit(const mir::Module& mir, llvm::Module& module, Target target);
  llvm::Type* scalar(mir::Type type) const;
  /// `width` of them.
  llvm::Type* vector(mir::Type type) const;
  /// Says of a load or store that it touches only memory of `scope`.
  void in_scope(llvm::Instruction* access, llvm::MDNode* scope) const;
  void common_attributes(llvm::Function* function) const;
};

/// Look-ups in one table at base + 16 k for several constants k, as polynomials by segment make them. Where the lanes' bases fall
/// into the first run of 16 numbers, each look-up is a permutation of two registers instead of a gather.
struct LookUpGroup {
  mir::ValueId base;
  std::vector<std::pair<mir::ValueId, std::int64_t>> members;   ///< look-up and its 16 k, in order
  std::int64_t length = 0;   ///< of what is in memory of the table, in numbers
  bool is_row_table = false; ///< deeper levels are not in memory
  /// Number just behind the last run of numbers that the look-ups of base 0 take.
  std::int64_t end() const;
};
struct LookUpGroups {
  std::vector<LookUpGroup> groups;
  std::vector<std::int32_t> group_of;   ///< by value; -1
};
LookUpGroups look_up_groups(const mir::Module& module, const Store<mir::ValueId, mir::Value>& values);

/// `movable`: pure values of one piece of code, which may be computed late or not at all.
LazyCode lazy_code(const mir::Module& module, const mir::Kernel& kernel, std::vector<bool> movable, const LookUpGroups& groups);
/// What the effects, the state and the spills of one piece of code need; code below the future level is loaded, never computed there.
std::vector<bool> live_values(const mir::Kernel& kernel, const mir::StateLayout& state, bool setup,
                              const std::function<bool(mir::Levels)>& belongs_here);
bool runs_by_period(const mir::Module& module, mir::KernelId kernel);

/// The body of a function of the module, at the present width.
llvm::Function* function_of(Unit& unit, mir::FunctionId id);

/// Emits at the builder's place. Operands and results are vectors of the present width: double, i64, or i1 for masks.
class Lanes {
 public:
  Lanes(Unit& unit, llvm::IRBuilder<>& builder) : u_(unit), b_(builder) {}

  /// Any operation but leaves, row tables, memory and Require.
  llvm::Value* operation(const mir::Value& value, std::span<llvm::Value* const> args);
  llvm::Value* number(double x);
  llvm::Value* integer(std::int64_t x);
  /// Number `index` of a row's table for each lane, one that stands alone (as no sampler's does): asked for lane by lane.
  llvm::Value* look_up(llvm::Value* table, llvm::Value* index);
  /// All look-ups of a group at once; `results` is by value. `base` is the table, `index` the group's base.
  void look_up(const LookUpGroup& group, llvm::Value* base, llvm::Value* index, std::vector<llvm::Value*>& results);
  /// The results of all calls, for twice as many futures as `lanes`. `args`: for each parameter one vector of `lanes`, or as many as calls
  /// where it is not shared; x >> 1 in place of x.
  std::vector<llvm::Value*> pairs(const PairCalls& calls, std::span<llvm::Value* const> args);

 private:
  Unit& u_;
  llvm::IRBuilder<>& b_;
  llvm::AllocaInst* scratch_ = nullptr;   ///< of the function that stands at the builder's place

  llvm::Value* arithmetic(const mir::Value& value, std::span<llvm::Value* const> args);
  llvm::Value* test(const mir::Value& value, std::span<llvm::Value* const> args);
  llvm::Value* bits(const mir::Value& value, std::span<llvm::Value* const> args);
  llvm::Value* round(llvm::Value* x, bool up);
  llvm::Value* by_lane(const char* name, std::span<llvm::Value* const> args);
  llvm::Value* from_table(std::size_t table, llvm::Value* index);
  llvm::Value* gather(llvm::Value* base, llvm::Value* index);
  llvm::Value* run_part(llvm::Value* begin, std::int64_t at);
  llvm::Value* permute16(llvm::Value* low, llvm::Value* index, llvm::Value* high);
  struct Place {
    llvm::Value *within, *beyond;   ///< place in its run of 16 (what stands above its lowest four bits does not matter); not in the first run
    llvm::Value* second = nullptr;  ///< in the second level, which begins at number `length`; null: levels are not known
    std::int64_t length = 0;
  };
  Place place_of(llvm::Value* index);
  void lane_by_lane(const LookUpGroup& group, llvm::Value* base, llvm::Value* index, const Place& at, llvm::Value* own);
  void numbers_of(const LookUpGroup& group, llvm::Value* base, llvm::Value* index, llvm::Value* lane, llvm::Value* own);
  llvm::FunctionCallee table_numbers_function();
  template <class Body>
  void by_lane(llvm::Value* mask, Body&& body);
  template <class Body>
  void run_by_run(std::int64_t end, Body&& body);
  llvm::Value* scratch();
};

/// One kernel's `setup` or `run`.
void emit_kernel(Unit& unit, mir::KernelId kernel, bool setup);
std::string kernel_symbol(mir::KernelId kernel, bool setup);

}  // namespace horizon::codegen
