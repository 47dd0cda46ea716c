#pragma once
// The vector mathematics of runtime/rng as functions of a module: each template is instantiated once, on first use.
#include <optional>

#include "compiler/mir/builder.hpp"

namespace horizon::lower {

/// A builder that calls the module's functions where the mathematics is large. The bits are those of the templates.
class Functions {
 public:
  using B = mir::Builder;
  explicit Functions(mir::Module& module) : module_(&module) {}

  B::F exp(B& b, B::F x);
  B::F log(B& b, B::F x);
  /// x >= 0 (rng::pow).
  B::F pow(B& b, B::F x, B::F y);
  B::F logistic(B& b, B::F x);
  /// 64 bits of the draw `id` in the kernel's own future.
  B::I draw_bits(B& b, B::I id);
  B::F normal_inverse(B& b, B::I bits);
  /// `own` where `member` is 0; else rng::correlated_bits, the weights as bit patterns. All integers: what comes out is as much the
  /// bits of a draw as what went in (opt/reciprocals.cpp).
  B::I correlated_bits(B& b, B::I own, B::I factor, B::I shared_weight, B::I own_weight, B::I member);
  B::F row_table_quantile(B& b, std::int32_t row_table, B::I bits);
  B::F day_number(B& b, B::F ticks);
  B::F add_duration(B& b, B::F date, B::F ticks, B::F days);
  /// Gamma(x), 1 <= x <= 161: for the mean of a Weibull distribution.
  B::F gamma_function(B& b, B::F x);

 private:
  using Slot = std::optional<mir::FunctionId>;
  template <class Body>
  mir::FunctionId once(Slot& slot, const char* name, Body&& body);

  mir::Module* module_;
  Slot exp_, log_, pow_, logistic_, draw_bits_, normal_inverse_, correlated_bits_, day_number_, add_duration_, gamma_;
};

}  // namespace horizon::lower
