#include "runtime/exec/exec.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>

#include "base/check.hpp"
#include "runtime/exec/sobol.hpp"

namespace horizon::exec {
namespace {

constexpr std::size_t alignment = 64;
using Pair = double __attribute__((vector_size(2 * sizeof(double))));

template <class T>
T* allocate(std::size_t count) {
  return static_cast<T*>(
      ::operator new (std::max<std::size_t>(count, 1) * sizeof(T), std::align_val_t{alignment}));
}

std::size_t state_per_lane(const plan::Kernel& kernel) {
  return std::size_t{kernel.rows} * kernel.state_slots;
}

/// Doubles of state a lane that a stage keeps alive at once. A kernel run at a stretch is done with its state
/// when it returns, so such kernels share one area; those that go period by period need theirs to the end of
/// the stage.
std::size_t state_per_lane(const plan::Plan& plan, const plan::Stage& stage) {
  std::size_t size = 0;
  for (std::uint32_t k : stage.kernels) {
    const std::size_t own = state_per_lane(plan.kernels[k]);
    size = stage.period_by_period ? size + own : std::max(size, own);
  }
  return size;
}

/// The arguments all kernels of a block share.
HzKernelArgs block_args(const plan::Plan& plan, std::uint64_t seed, std::uint64_t first_future,
                        std::uint32_t lanes) {
  HzKernelArgs args{};
  args.seed = seed;
  args.first_future = first_future;
  args.lanes = lanes;
  args.period_end = args.periods = plan.periods;
  return args;
}

HzKernelArgs kernel_args(const HzKernelArgs& block, const plan::Kernel& kernel, double* state) {
  HzKernelArgs args = block;
  args.constants = kernel.constants.data();
  args.row_values = kernel.row_values.data();
  args.time_values = kernel.time_values.data();
  args.both_values = kernel.both_values.data();
  args.row_tables = kernel.row_tables.data();
  args.state = state;
  args.row_end = kernel.rows;
  args.period_end = args.periods = block.periods / kernel.periods_per_step;
  return args;
}

void run_at_a_stretch(const plan::Plan& plan, const plan::Stage& stage, HzKernelArgs block, double* state) {
  for (std::uint32_t k : stage.kernels) {
    const plan::Kernel& kernel = plan.kernels[k];
    std::memset(state, 0, state_per_lane(kernel) * block.lanes * sizeof(double));
    const HzKernelArgs args = kernel_args(block, kernel, state);
    if (kernel.setup) kernel.setup(args);
    kernel.run(args);
    block.all_zeros = 0;
  }
}

void run_period_by_period(const plan::Plan& plan, const plan::Stage& stage, const HzKernelArgs& block,
                          double* state) {
  std::memset(state, 0, state_per_lane(plan, stage) * block.lanes * sizeof(double));
  const auto each = [&](auto&& call) {
    double* own = state;
    for (std::uint32_t k : stage.kernels) {
      const plan::Kernel& kernel = plan.kernels[k];
      call(kernel, kernel_args(block, kernel, own));
      own += state_per_lane(kernel) * block.lanes;
    }
  };
  each([](const plan::Kernel& kernel, const HzKernelArgs& args) {
    if (kernel.setup) kernel.setup(args);
  });
  for (std::uint32_t period = 0; period < plan.periods; ++period) {
    each([period](const plan::Kernel& kernel, HzKernelArgs args) {
      args.period_begin = period;
      args.period_end = period + 1;
      kernel.run(args);
    });
  }
}

/// Rows of a kernel of a plan in parts. To the kernel they are all it has: its arrays begin with the first of them.
void run_rows(const Part& part, const PartData& data, const HzKernelArgs& block, double* state) {
  const plan::Kernel& kernel = *part.kernel;
  HzKernelArgs args = kernel_args(block, kernel, state);
  args.row_values = data.row_values;
  args.both_values = data.both_values;
  args.row_tables = data.row_tables;
  args.row_end = part.row_end - part.row_begin;
  std::memset(state, 0, std::size_t{args.row_end} * kernel.state_slots * block.lanes * sizeof(double));
  if (kernel.setup) kernel.setup(args);
  kernel.run(args);
}

void run_stage(const plan::Plan& plan, const plan::Stage& stage, const HzKernelArgs& block, double* state) {
  if (stage.period_by_period) {
    run_period_by_period(plan, stage, block, state);
  } else {
    run_at_a_stretch(plan, stage, block, state);
  }
}

}  // namespace

std::uint32_t part_lanes(std::uint32_t slots) {
  constexpr std::size_t whole_bytes = std::size_t{5} << 20, part_bytes = std::size_t{2} << 20;
  const std::size_t lane_bytes = std::max<std::size_t>(1, slots) * sizeof(double);
  if (lane_bytes * block_lanes <= whole_bytes) return block_lanes;
  const std::size_t fit = part_bytes / lane_bytes / lane_multiple * lane_multiple;
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(fit, lane_multiple, block_lanes));
}

void Workspace::Free::operator()(void* memory) const {
  ::operator delete (memory, std::align_val_t{alignment});
}

void Slots::Free::operator()(void* memory) const { std::free(memory); }

// calloc, since large areas come from the system as zeros that take no memory until they are written to.
Slots::Slots(std::uint32_t slots, std::uint32_t lanes) : slots_(slots), lanes_(lanes) {
  std::size_t space = std::size_t{slots} * lanes * sizeof(double) + alignment;
  memory_.reset(std::calloc(space, 1));
  if (memory_ == nullptr) throw std::bad_alloc();
  void* begin = memory_.get();
  data_ = static_cast<double*>(std::align(alignment, space - alignment, begin, space));
}

Workspace::Workspace(const plan::Plan& plan)
    : slots_of_outputs_(plan.outputs), part_lanes_(part_lanes(plan.slots)), block_lanes_(block_lanes), in_parts_(is_in_parts(plan)) {
  HZ_CHECK(std::all_of(plan.outputs.begin(), plan.outputs.end(), [&](std::uint32_t slot) { return slot < plan.slots; }));
  std::size_t state = 0;
  for (const plan::Stage& stage : plan.stages) state = std::max(state, state_per_lane(plan, stage));
  buffer_doubles_ = std::size_t{plan.slots} * (in_parts_ ? block_lanes : part_lanes_);
  slots_ = LargeMemory(std::max<std::size_t>(buffer_doubles_, 1) * sizeof(double));
  state_.reset(allocate<double>(state * part_lanes_));
  if (part_lanes_ < block_lanes) outputs_.reset(allocate<double>(plan.outputs.size() * block_lanes));
  in_a_row_.resize(plan.outputs.size());
  std::iota(in_a_row_.begin(), in_a_row_.end(), 0u);
  fault_.reset(allocate<std::uint8_t>(block_lanes));
  std::vector<std::uint32_t> outputs(plan.slots);
  for (const std::uint32_t slot : plan.outputs) ++outputs[slot];
  for (const std::uint32_t count : outputs) has_one_output_.push_back(count == 1);
  is_zero_.assign(plan.slots, 1);
}

void Workspace::let_go(std::uint32_t output) {
  const std::uint32_t slot = slots_of_outputs_[output];
  if (last_ != slots() || !has_one_output_[slot] || in_parts_) return;
  std::memset(slots() + std::size_t{slot} * block_lanes_, 0, block_lanes_ * sizeof(double));
  is_zero_[slot] = 1;
}

void Workspace::clear(std::uint32_t lanes) {
  double* const all = slots();
  const auto end = is_zero_.end();
  for (auto at = std::find(is_zero_.begin(), end, 0); at != end;) {
    const auto next = std::find(at, end, 1);
    std::memset(all + static_cast<std::size_t>(at - is_zero_.begin()) * lanes_before_, 0,
                static_cast<std::size_t>(next - at) * lanes_before_ * sizeof(double));
    at = std::find(next, end, 0);
  }
  const std::size_t wanted = is_zero_.size() * lanes;
  if (wanted > cleared_) std::memset(all + cleared_, 0, (wanted - cleared_) * sizeof(double));
  cleared_ = std::max(cleared_, wanted);
  std::fill(is_zero_.begin(), end, std::uint8_t{0});
  lanes_before_ = lanes;
}

void Workspace::release() {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* begin = slots();
  std::size_t bytes = buffer_doubles_ * sizeof(double);
  if (std::align(page, page, begin, bytes) == nullptr) return;
  static_cast<void>(madvise(begin, bytes / page * page, MADV_DONTNEED));
}

HzKernelArgs Workspace::part_args(const plan::Plan& plan, std::uint64_t seed, std::uint64_t first_future, std::uint32_t first,
                                  std::uint32_t lanes, double* slots) {
  HzKernelArgs args = block_args(plan, seed, first_future + first, lanes);
  args.buffers = slots;
  args.fault = fault_.get() + first;
  return args;
}

void Workspace::take_outputs(const plan::Plan& plan, const HzKernelArgs& part, std::uint32_t first) {
  if (part.lanes == block_lanes_) {
    last_ = part.buffers;
    slot_of_output_ = slots_of_outputs_.data();
    return;
  }
  last_ = outputs_.get();
  slot_of_output_ = in_a_row_.data();
  for (std::size_t output = 0; output < plan.outputs.size(); ++output) {
    std::memcpy(outputs_.get() + output * block_lanes_ + first, part.buffers + std::size_t{plan.outputs[output]} * part.lanes,
                part.lanes * sizeof(double));
  }
}

void run_block(const plan::Plan& plan, std::uint64_t seed, std::uint64_t first_future, std::uint32_t lanes,
               Workspace& workspace) {
  HZ_CHECK(lanes > 0 && lanes <= block_lanes && lanes % lane_multiple == 0 &&
           first_future % lane_multiple == 0);
  if (workspace.in_parts_) {
    if (!workspace.parts_) workspace.parts_ = std::make_unique<Parts>(plan);
    begin_block(plan, seed, first_future, lanes, workspace);
    for (std::size_t part = 0; part < workspace.parts_->all().size(); ++part) {
      workspace.parts_->build(part);
      run_part(plan, *workspace.parts_, part, seed, first_future, workspace);
    }
    return;
  }
  workspace.block_lanes_ = lanes;
  std::memset(workspace.fault_.get(), 0, lanes);
  for (std::uint32_t first = 0; first < lanes; first += workspace.part_lanes_) {
    const std::uint32_t count = std::min(workspace.part_lanes_, lanes - first);
    HzKernelArgs part = workspace.part_args(plan, seed, first_future, first, count, workspace.slots());
    workspace.clear(count);
    if (plan.sobol) place_sobol_draws(*plan.sobol, seed, part.first_future, count, part.buffers);
    part.all_zeros = plan.sobol ? 0 : 1;
    for (const plan::Stage& stage : plan.stages) {
      run_stage(plan, stage, part, workspace.state_.get());
      part.all_zeros = 0;
    }
    workspace.take_outputs(plan, part, first);
  }
}

void begin_block(const plan::Plan& plan, std::uint64_t seed, std::uint64_t first_future, std::uint32_t lanes, Workspace& workspace) {
  workspace.block_lanes_ = lanes;
  std::memset(workspace.fault_.get(), 0, lanes);
  std::memset(workspace.slots(), 0, std::size_t{plan.slots} * lanes * sizeof(double));
  if (!plan.sobol) return;
  for (std::uint32_t first = 0; first < lanes; first += workspace.part_lanes_) {
    const std::uint32_t count = std::min(workspace.part_lanes_, lanes - first);
    place_sobol_draws(*plan.sobol, seed, first_future + first, count, workspace.slots() + std::size_t{plan.slots} * first);
  }
}

void run_part(const plan::Plan& plan, const Parts& parts, std::size_t number, std::uint64_t seed, std::uint64_t first_future,
              Workspace& workspace) {
  const Part& part = parts.all()[number];
  for (std::uint32_t first = 0; first < workspace.block_lanes_; first += workspace.part_lanes_) {
    const std::uint32_t count = std::min(workspace.part_lanes_, workspace.block_lanes_ - first);
    double* const slots = workspace.slots() + std::size_t{plan.slots} * first;
    const HzKernelArgs args = workspace.part_args(plan, seed, first_future, first, count, slots);
    if (part.kernel == nullptr) {
      run_stage(plan, *part.stage, args, workspace.state_.get());
    } else {
      run_rows(part, parts.data(number), args, workspace.state_.get());
    }
    if (number + 1 == parts.all().size()) workspace.take_outputs(plan, args, first);
  }
}

void rerun_stages(const plan::Plan& plan, const std::vector<bool>& stages, std::uint64_t seed, std::uint64_t first_future, Slots& slots,
                  Workspace& workspace) {
  const std::uint32_t lanes = slots.lanes_;
  HZ_CHECK(lanes > 0 && lanes <= block_lanes && lanes % lane_multiple == 0 && first_future % lane_multiple == 0 &&
           slots.slots_ == plan.slots && stages.size() == plan.stages.size());
  workspace.block_lanes_ = lanes;
  std::memset(workspace.fault_.get(), 0, lanes);
  for (std::uint32_t first = 0; first < lanes; first += workspace.part_lanes_) {
    const std::uint32_t count = std::min(workspace.part_lanes_, lanes - first);
    const HzKernelArgs part = workspace.part_args(plan, seed, first_future, first, count, slots.part(first));
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
      if (!stages[i]) continue;
      for (const std::uint32_t k : plan.stages[i].kernels) {
        for (const plan::SlotRange& range : plan.kernels[k].footprint.value().writes) {
          std::memset(part.buffers + std::size_t{range.begin} * count, 0, std::size_t{range.end - range.begin} * count * sizeof(double));
        }
      }
      run_stage(plan, plan.stages[i], part, workspace.state_.get());
    }
    workspace.take_outputs(plan, part, first);
  }
}

std::optional<std::uint32_t> first_fault(const plan::Plan& plan, const Workspace& workspace,
                                         std::uint32_t count) {
  std::uint32_t first = count;
  for (std::uint32_t lane = 0; lane < first; ++lane) {
    if (workspace.faults()[lane] != 0) first = lane;
  }
  for (std::uint32_t output = 0; output < plan.outputs.size(); ++output) {
    const double* values = workspace.output(output);
    // 0 * x is 0 for every finite x and NaN for the others: one sum tells whether a closer look is needed.
    Pair a{}, b{}, c{}, d{};  // side by side, so that additions do not wait for each other
    std::uint32_t lane = 0;
    std::array<Pair, 4> some;
    constexpr std::uint32_t at_once = sizeof some / sizeof(double);
    for (; lane + at_once <= first; lane += at_once) {
      std::memcpy(&some, values + lane, sizeof some);
      a += 0.0 * some[0];
      b += 0.0 * some[1];
      c += 0.0 * some[2];
      d += 0.0 * some[3];
    }
    const Pair sum = (a + b) + (c + d);
    double probe = sum[0] + sum[1];
    for (; lane < first; ++lane) probe += 0.0 * values[lane];
    if (probe == 0) continue;
    for (lane = 0; lane < first; ++lane) {
      if (!std::isfinite(values[lane])) first = lane;
    }
  }
  if (first == count) return std::nullopt;
  return first;
}

}  // namespace horizon::exec
