#pragma once
// Random expressions with a known type, as text.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace horizon::property {

/// splitmix64: the whole of the generator's randomness.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  int between(int low, int high) { return low + below(high - low + 1); }
  bool one_in(int n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// What an expression is; FarDate may be `never`.
enum class Sort { Number, Share, Event, Date, FarDate, Duration, Money, Curve };

using Dims = std::set<std::string>;

struct Expr {
  std::string text;
  Dims dims;
};

/// A quantity that expressions may name.
struct Name {
  std::string text;
  Sort sort = Sort::Number;
  Dims dims;
};

/// An `item` of the scenario and what can be said of all of them.
struct Frame {
  int first_year = 2026, years = 2;
  std::vector<Name> names;               ///< that may be used here
  std::vector<Name> past;                ///< that may be used through prev only
  std::vector<Name> fields;              ///< of every item: for sums over the set
  bool has_set = false;                  ///< `all item` may be summed here
  std::string label;                     ///< a name that is a label of region; empty: none
};

class Writer {
 public:
  Writer(Random& random, const Frame& frame, std::set<std::string>& constructs)
      : random_(random), frame_(frame), constructs_(constructs) {}

  Expr write(Sort sort, int depth);
  /// The right side of `~` for a quantity of this sort, each with the type it has to be declared with.
  struct Draw {
    std::string text, type;
    Sort sort = Sort::Number;
  };
  Draw draw();
  std::string date_text();
  std::string number_text();

 private:
  Expr number(int depth);
  Expr number_of_set(int depth);
  Expr share(int depth);
  Expr event(int depth);
  Expr date(int depth);
  Expr far_date(int depth);
  Expr duration(int depth);
  Expr money(int depth);
  Expr combine(const std::string& before, const Expr& a, const std::string& between, const Expr& b,
               const std::string& after);
  std::optional<Expr> name(Sort sort);
  std::optional<Expr> past(Sort sort);
  Expr if_else(Sort sort, int depth);
  Expr over_dimension(int depth);
  std::string share_text();
  std::string duration_text();
  std::string hit(const std::string& construct, std::string text);

  Random& random_;
  const Frame& frame_;
  std::set<std::string>& constructs_;
};

}  // namespace horizon::property
