#pragma once
// Random products: one kind that sells from a launch to the end of the horizon, and up to 40 of it. What a product is made of is the same for all
// of a scenario, its numbers are not, and are taken at the borders: no chance, a launch behind the horizon, copies before the launch.
#include "tests/property/generator.hpp"

namespace horizon::property {

/// Their kernel is one that may gather the futures that count, where the number of periods is a multiple of 4: of most.
Scenario products(std::uint64_t seed);

}  // namespace horizon::property
