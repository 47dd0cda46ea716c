#pragma once
// Keeps what a scenario calls `confidential` out of every rendered message (rules.md N16). It works on the
// text alone, so that it holds for a file that does not parse, too.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/source.hpp"

namespace horizon::diag {

/// What stands in a message for a number that must not be shown. One width, so that it tells no magnitude.
inline constexpr std::string_view hidden_number = "***";

/// Bytes [begin, end) of a text.
struct ByteRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// The parts of the sources that hold confidential values: every definition that is marked `confidential`,
/// and every other definition of the same name (an override or an instance of a kind need not repeat the
/// word). Wider than the language asks: too much hidden is a small loss, too little is not.
class Secrets {
 public:
  explicit Secrets(const source::SourceMap& sources);

  /// Does the span touch a confidential part? An empty span touches what it stands in or at the edge of.
  bool touches(source::Span span) const;
  /// The numbers of confidential parts that lie wholly or partly in bytes [begin, end) of a file, in order.
  std::vector<ByteRange> numbers(source::FileId file, std::uint32_t begin, std::uint32_t end) const;

 private:
  struct FileSecrets {
    std::vector<ByteRange> parts;    // sorted by begin
    std::vector<ByteRange> numbers;  // sorted, inside parts
  };
  std::vector<FileSecrets> files_;
};

/// Every number in a text replaced by hidden_number; digits inside a name (`p50`, `L04AC05`) stay.
std::string hide_numbers(std::string_view text);

}  // namespace horizon::diag
