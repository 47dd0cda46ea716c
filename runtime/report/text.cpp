#include "runtime/report/text.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace horizon::report {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// One code point of a text: its bytes and width. Broken bytes and control characters read as U+FFFD.
struct Letter {
  std::string_view bytes;  // what to print
  std::size_t size = 1;    // bytes to step over
  std::size_t width = 1;
};

Letter letter_at(std::string_view text, std::size_t at) {
  utf8proc_int32_t code = -1;
  const auto* begin = reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at);
  const utf8proc_ssize_t size =
      utf8proc_iterate(begin, static_cast<utf8proc_ssize_t>(text.size() - at), &code);
  if (size <= 0) return {replacement, 1, 1};
  const auto bytes = static_cast<std::size_t>(size);
  if (utf8proc_category(code) == UTF8PROC_CATEGORY_CC || utf8proc_category(code) == UTF8PROC_CATEGORY_CF) {
    return {replacement, bytes, 1};
  }
  return {text.substr(at, bytes), bytes, static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code)))};
}

std::string pad(std::string_view text, std::size_t width, bool left) {
  const std::string blanks(width - std::min(width, shown_width(text)), ' ');
  return left ? std::string(text) + blanks : blanks + std::string(text);
}

std::string with_separators(std::string digits) {
  std::size_t end = std::min(digits.find('.'), digits.size());
  const std::size_t begin = digits[0] == '-' ? 1 : 0;
  while (end > begin + 3) {
    end -= 3;
    digits.insert(end, 1, ',');
  }
  return digits;
}

}  // namespace

std::size_t shown_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    width += letter.width;
    at += letter.size;
  }
  return width;
}

std::string cut(std::string_view text, std::size_t width) {
  const bool fits = shown_width(text) <= width;
  const std::size_t room = fits ? width : width - std::min<std::size_t>(width, 1);
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    if (used + letter.width > room) break;
    out += letter.bytes;
    used += letter.width;
    at += letter.size;
  }
  return fits ? out : out + "…";
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = cut(text.substr(at, end - at), width);
    if (!line.empty() && shown_width(line) + 1 + shown_width(word) > width)
      lines.push_back(std::exchange(line, {}));
    if (!word.empty() && !line.empty()) line += ' ';
    line += word;
    at = end + 1;
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

std::string Table::to_text(std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], shown_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i)
      line.append(i == 0 ? 0 : 2, ' ').append(pad(row[i], widths[i], i == 0));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string NumberStyle::text(double value) const {
  std::string digits = fmt::format("{:.{}f}", value / divisor, decimals);
  if (digits[0] == '-' && digits.find_first_not_of("-0.") == std::string::npos) digits.erase(0, 1);
  return with_separators(std::move(digits));
}

std::string NumberStyle::error_text(double value) const {
  const double scaled = value / divisor;
  if (scaled == 0) return "0";
  const int places = std::max(0, 1 - static_cast<int>(std::floor(std::log10(scaled))));
  return places > 6 ? fmt::format("{:.1e}", scaled) : with_separators(fmt::format("{:.{}f}", scaled, places));
}

std::string NumberStyle::unit(const std::string& of) const {
  if (scale == "%") return scale;
  return scale.empty() ? of : scale + " " + of;
}

NumberStyle percent_style(double error) {
  return {0.01, "%", error > 0 && error < 0.0005 ? 1 : 0};
}

NumberStyle number_style(double largest, double error) {
  NumberStyle style;
  if (largest >= 2e9) {  // 1,083 m reads better than 1.083 bn
    style = {1e9, "bn", 0};
  } else if (largest >= 2e6) {
    style = {1e6, "m", 0};
  }
  const double top = largest / style.divisor;
  const int whole =
      top > 0 ? static_cast<int>(std::floor(std::log10(top))) + 1 : 1;  // digits before the point, may be < 1
  const int most = std::clamp(5 - whole, 0, 8), least = std::clamp(2 - whole, 0, 8);
  const int justified =
      error > 0 ? static_cast<int>(std::floor(-std::log10(error / 2 / style.divisor))) : 4 - whole;
  style.decimals = std::clamp(justified, least, most);
  return style;
}

std::string percent_text(double share) {
  if (share > 0 && share < 0.005) return "<1 %";
  if (share < 1 && share >= 0.995) return ">99 %";
  return fmt::format("{:.0f} %", 100 * share);
}

std::string count_text(std::uint64_t count) { return with_separators(std::to_string(count)); }

std::string sparkline(const std::vector<double>& values, std::size_t width) {
  constexpr std::array<std::string_view, 8> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.empty() || width == 0) return {};
  const std::size_t count = std::min(width, values.size());
  std::vector<double> means(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * values.size() / count, end = (i + 1) * values.size() / count;
    for (std::size_t j = begin; j < end; ++j) means[i] += values[j] / static_cast<double>(end - begin);
  }
  const auto [low, high] = std::minmax_element(means.begin(), means.end());
  std::string out;
  for (double mean : means) {
    const double part = *high > *low ? (mean - *low) / (*high - *low) : 0;
    out += blocks[std::min<std::size_t>(7, static_cast<std::size_t>(part * 8))];
  }
  return out;
}

}  // namespace horizon::report
