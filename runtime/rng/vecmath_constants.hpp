#pragma once
// Made by tools/dev/make_rng_constants.py; do not edit.
// clang-format off

namespace horizon::rng::vecmath {

inline constexpr double kLog2E = 0x1.71547652b82fep+0;  ///< 1 / ln 2
inline constexpr double kLn2ExpHigh = 0x1.62e42fee00000p-1;  ///< leading 32 bits of ln 2, and the rest
inline constexpr double kLn2ExpLow = 0x1.a39ef35793c76p-33;  ///< ln 2 - kLn2ExpHigh
inline constexpr double kStepsPerE = 0x1.71547652b82fep+4;  ///< 16 / ln 2
inline constexpr double kLn2LogHigh = 0x1.62e42fefa3000p-1;  ///< leading 41 bits of ln 2, and the rest
inline constexpr double kLn2LogLow = 0x1.3de6af278ece6p-42;  ///< ln 2 - kLn2LogHigh
inline constexpr double kLn2 = 0x1.62e42fefa39efp-1;  ///< ln 2
inline constexpr double kTwoThirdsHigh = 0x1.5555555555555p-1;  ///< 2/3, and what its double lacks
inline constexpr double kTwoThirdsLow = 0x1.5555555555555p-55;  ///< 2/3 - kTwoThirdsHigh
inline constexpr double kSqrt2 = 0x1.6a09e667f3bcdp+0;  ///< square root of 2
inline constexpr double kHalfLn2Pi = 0x1.d67f1c864beb5p-1;  ///< ln(2 pi) / 2
inline constexpr double kInverseSqrt2Pi = 0x1.9884533d43651p-2;  ///< 1 / sqrt(2 pi)
/// (e^r - 1 - r) / r^2 on |r| <= ln(2)/2
inline constexpr double kExpTail[10] = {
    0x1.0000000000001p-1,
    0x1.5555555555556p-3,
    0x1.5555555553d68p-5,
    0x1.11111111109b5p-7,
    0x1.6c16c17889ef1p-10,
    0x1.a01a01a7c2efep-13,
    0x1.a019b9149a41cp-16,
    0x1.71de0db2f6b19p-19,
    0x1.28917c89a43a7p-22,
    0x1.af389ecfc4b9cp-26,
};
/// (e^r - 1 - r) / r^2 on |r| <= ln(2)/32
inline constexpr double kExpStepTail[5] = {
    0x1.0000000000000p-1,
    0x1.55555554ad99bp-3,
    0x1.5555555501779p-5,
    0x1.1112296c48aa0p-7,
    0x1.6c17d9c7343a0p-10,
};
/// By i: the bits of 2^(i/16) / 2, less i 2^48: adding (16 k + i) 2^48 gives 2^(k + i/16) / 2.
alignas(64) inline constexpr double kExpSteps[16] = {
    0x1.0000000000000p-1,
    0x1.fb5586cf9890fp-2,
    0x1.f72b83c7d517bp-2,
    0x1.f387a6e756238p-2,
    0x1.f06fe0a31b715p-2,
    0x1.edea64c123422p-2,
    0x1.ebfdad5362a27p-2,
    0x1.eab07dd485429p-2,
    0x1.ea09e667f3bcdp-2,
    0x1.ea11473eb0187p-2,
    0x1.eace5422aa0dbp-2,
    0x1.ec49182a3f090p-2,
    0x1.ee89f995ad3adp-2,
    0x1.f199bdd85529cp-2,
    0x1.f5818dcfba487p-2,
    0x1.fa4afa2a490dap-2,
};
/// ln((1+s)/(1-s)) = 2 s + s^3 P(s^2)
inline constexpr double kLogFromCube[8] = {
    0x1.5555555555555p-1,
    0x1.9999999999a38p-2,
    0x1.2492492476cccp-2,
    0x1.c71c720159177p-3,
    0x1.745cf9048dd95p-3,
    0x1.3b1c355a8f7a2p-3,
    0x1.0fbe95d716020p-3,
    0x1.0c039c49989c6p-3,
};
/// ln((1+s)/(1-s)) = 2 s + 2/3 s^3 + s^5 P(s^2)
inline constexpr double kLogFromFifth[8] = {
    0x1.999999999999ap-2,
    0x1.2492492492521p-2,
    0x1.c71c71c6eaa8dp-3,
    0x1.745d177a8f200p-3,
    0x1.3b1395d4f9e5fp-3,
    0x1.1118c74823a2ep-3,
    0x1.df7ce9a6bcccbp-4,
    0x1.e02d197c00c78p-4,
};

}  // namespace horizon::rng::vecmath
