#pragma once
// a * b + c rounded once, in integer arithmetic, for processors without the instruction (rules.md N5).

namespace horizon::codegen {

/// The bits of IEEE 754 fusedMultiplyAdd, round to nearest even; any NaN may come out as any quiet NaN.
double soft_fma(double a, double b, double c);

}  // namespace horizon::codegen
