#pragma once
// Everything a draw depends on, exactly defined; docs/language/draws.md is the specification.
#include "runtime/rng/arith.hpp"           // the operations allowed, and their plain C++ form
#include "runtime/rng/draw_key.hpp"        // path and labels -> draw id
#include "runtime/rng/fits.hpp"            // what an analyst states -> parameters of a sampler
#include "runtime/rng/philox.hpp"          // seed, id, future -> 64 bits -> uniform with its side
#include "runtime/rng/quantile.hpp"        // bits and parameters -> value, generic
#include "runtime/rng/quantile_table.hpp"  // beta and gamma: row tables and direct solves
#include "runtime/rng/scalar_math.hpp"     // exp, log, pow of doubles
#include "runtime/rng/special.hpp"         // log gamma, CDFs, normal quantile at a given probability
#include "runtime/rng/vecmath.hpp"         // exp, log, pow, logistic, generic
