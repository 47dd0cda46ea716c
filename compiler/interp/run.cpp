#include <algorithm>
#include <bit>
#include <memory>

#include "compiler/interp/interp.hpp"
#include "compiler/interp/machine.hpp"

namespace horizon::interp {
namespace {

/// One call of a kernel, N lanes at a time: the loops of the ABI as they stand.
template <int N>
class Call {
 public:
  Call(const Program& program, const HzKernelArgs& args)
      : p_(program), args_(args),
        registers_(std::make_unique_for_overwrite<std::uint64_t[]>(std::size_t{program.registers} * N)) {
    for (const auto& [reg, bits] : p_.literals) fill(reg, bits);
    for (const Transfer& t : p_.places[mir::Constant]) fill(t.reg, args.constants + t.place);
  }

  void setup() {
    for_each_group([&] {
      execute<N>(p_, p_.future, registers_.get(), where_);
      for (const Transfer& t : p_.spills) to_state(t);
    });
  }
  void run() {
    for_each_group([&] {
      if (p_.period_by_period)
        for (const Transfer& t : p_.spills) from_state(t.reg, t.place);
      else
        execute<N>(p_, p_.future, registers_.get(), where_);
      for (where_.period = args_.period_begin; where_.period < args_.period_end; ++where_.period) period();
    });
  }

 private:
  const Program& p_;
  const HzKernelArgs& args_;
  std::unique_ptr<std::uint64_t[]> registers_;
  Where where_;
  std::vector<std::uint64_t> carried_;

  template <class Body>
  void for_each_group(Body&& body) {
    where_.args = &args_;
    const std::size_t count = p_.layout.row_values;
    for (where_.row = args_.row_begin; where_.row < args_.row_end; ++where_.row) {
      for (const Transfer& t : p_.places[mir::Row]) fill(t.reg, args_.row_values + where_.row * count + t.place);
      for (where_.lane = 0; where_.lane < args_.lanes; where_.lane += N) {
        where_.period = 0;
        body();
      }
    }
  }
  void period() {
    const std::size_t t = where_.period, periods = args_.periods;
    for (const Transfer& x : p_.places[mir::Period]) fill(x.reg, args_.time_values + t * p_.layout.time_values + x.place);
    for (const Transfer& x : p_.places[mir::Row | mir::Period])
      fill(x.reg, args_.both_values + (std::size_t{where_.row} * periods + t) * p_.layout.both_values + x.place);
    before_period();
    execute<N>(p_, p_.period, registers_.get(), where_);
    after_period();
  }
  void before_period() {
    for (std::size_t i = 0; i < p_.prev.size(); ++i) {
      for (const Register reg : p_.prev[i]) {
        if (where_.period == args_.period_begin && p_.first[i] != no_register)
          std::copy_n(at(p_.first[i]), N, at(reg));
        else if (where_.period == 0)
          fill(reg, std::uint64_t{0});
        else if (p_.period_by_period)
          from_state(reg, static_cast<std::uint32_t>(i));
        else if (where_.period == args_.period_begin)
          fill(reg, std::uint64_t{0});
      }
    }
  }
  /// All next values are taken before any previous value is replaced: a next may be another slot's previous.
  void after_period() {
    carried_.clear();
    for (const Register reg : p_.next) carried_.insert(carried_.end(), at(reg), at(reg) + N);
    for (std::size_t i = 0; i < p_.next.size(); ++i) {
      const auto begin = carried_.begin() + static_cast<std::ptrdiff_t>(i * N);
      if (p_.period_by_period) {
        double* const memory = state(static_cast<std::uint32_t>(i));
        for (std::ptrdiff_t l = 0; l < N; ++l) memory[l] = std::bit_cast<double>(begin[l]);
      } else {
        for (const Register reg : p_.prev[i]) std::copy(begin, begin + N, at(reg));
      }
    }
  }

  std::uint64_t* at(Register reg) { return registers_.get() + std::size_t{reg} * N; }
  void fill(Register reg, std::uint64_t bits) { std::fill_n(at(reg), N, bits); }
  void fill(Register reg, const double* number) { fill(reg, std::bit_cast<std::uint64_t>(*number)); }
  double* state(std::uint32_t slot) {
    return args_.state + (std::size_t{where_.row} * p_.state_slots + slot) * args_.lanes + where_.lane;
  }
  void from_state(Register reg, std::uint32_t slot) {
    const double* const memory = state(slot);
    for (int l = 0; l < N; ++l) at(reg)[l] = std::bit_cast<std::uint64_t>(memory[l]);
  }
  void to_state(const Transfer& t) {
    double* const memory = state(t.place);
    for (int l = 0; l < N; ++l) memory[l] = std::bit_cast<double>(at(t.reg)[l]);
  }
};

template <class Do>
std::function<void(const HzKernelArgs&)> kernel_function(Program program, Do what) {
  auto shared = std::make_shared<const Program>(std::move(program));
  return [shared, what](const HzKernelArgs& args) {
    HZ_CHECK(args.lanes % 8 == 0);
    if (args.lanes % 32 == 0) {
      Call<32> call(*shared, args);
      what(call);
    } else {
      Call<8> call(*shared, args);
      what(call);
    }
  };
}

}  // namespace

std::function<void(const HzKernelArgs&)> setup_kernel(const mir::Module& module, mir::KernelId kernel) {
  Program program = decode(module, kernel);
  if (!program.period_by_period) return nullptr;
  return kernel_function(std::move(program), [](auto& call) { call.setup(); });
}

std::function<void(const HzKernelArgs&)> run_kernel(const mir::Module& module, mir::KernelId kernel) {
  return kernel_function(decode(module, kernel), [](auto& call) { call.run(); });
}

}  // namespace horizon::interp
