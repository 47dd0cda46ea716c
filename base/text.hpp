#pragma once
// Small helpers for words in messages.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace horizon {

/// Damerau-Levenshtein distance (optimal string alignment) over bytes: insert, delete, replace, swap neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, if near enough to be meant (a third of its length, at most 3); the first of equals.
std::optional<std::string> closest(std::string_view name, const std::vector<std::string>& candidates);

/// "a", "a and b", "a, b and c".
std::string join_words(const std::vector<std::string>& words, std::string_view last = "and");

}  // namespace horizon
