// Reads what print.cpp writes. Knows form only; meaning is verify's.
#include <array>
#include <charconv>
#include <optional>

#include "compiler/mir/mir.hpp"

namespace horizon::mir {
namespace {

struct Fault {
  std::string what;
};

constexpr std::array<std::string_view, 4> type_texts = {
#define MIR_TYPE(name, text) text,
#include "compiler/mir/ops.def"
#undef MIR_TYPE
};
constexpr std::array op_texts = {
#define MIR_OP(name, text, result, operands, traits) std::string_view(text),
#include "compiler/mir/ops.def"
#undef MIR_OP
};

/// Words of one line. `[`, `]` stand alone; a string is a word that begins with `"`.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) { skip(); }
  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool accept(std::string_view word) {
    if (next_word() != word) return false;
    take(word.size());
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word)) throw Fault{"`" + std::string(word) + "` expected"};
  }
  std::string_view word() {
    const std::string_view w = next_word();
    if (w.empty()) throw Fault{"the line ends too early"};
    take(w.size());
    return w;
  }
  template <class T>
  T integer() {
    return integer_of<T>(word());
  }
  template <class T>
  static T integer_of(std::string_view w, int base = 10) {
    T result{};
    const auto [end, error] = std::from_chars(w.data(), w.data() + w.size(), result, base);
    if (error != std::errc{} || end != w.data() + w.size())
      throw Fault{"`" + std::string(w) + "` is not a whole number in range"};
    return result;
  }
  double number() {
    const std::string_view w = word();
    if (w.starts_with("nan:")) return std::bit_cast<double>(integer_of<std::uint64_t>(w.substr(4), 16));
    double result = 0;
    const auto [end, error] = std::from_chars(w.data(), w.data() + w.size(), result);
    if (error != std::errc{} || end != w.data() + w.size()) throw Fault{"`" + std::string(w) + "` is not a number"};
    return result;
  }
  ValueId id() {
    const std::string_view w = word();
    if (w == "%none") return {};
    if (!w.starts_with('%')) throw Fault{"a value such as `%3` expected, not `" + std::string(w) + "`"};
    return ValueId(integer_of<std::uint32_t>(w.substr(1)));
  }
  /// `#3`.
  std::uint32_t place() {
    const std::string_view w = word();
    if (!w.starts_with('#')) throw Fault{"a place such as `#3` expected, not `" + std::string(w) + "`"};
    return integer_of<std::uint32_t>(w.substr(1));
  }
  std::string quoted() {
    if (peek() != '"') throw Fault{"a name in quotes expected"};
    std::string result;
    std::size_t i = 1;
    for (; i < rest_.size() && rest_[i] != '"'; ++i) {
      if (rest_[i] != '\\') {
        result += rest_[i];
        continue;
      }
      if (i + 3 >= rest_.size() || rest_[i + 1] != 'x') throw Fault{"`\\x` and two digits expected"};
      result += static_cast<char>(integer_of<unsigned char>(rest_.substr(i + 2, 2), 16));
      i += 3;
    }
    if (i >= rest_.size()) throw Fault{"a name in quotes does not end"};
    take(i + 1);
    return result;
  }
  template <std::size_t N>
  std::size_t one_of(const std::array<std::string_view, N>& texts, std::string_view w, std::string_view what) {
    for (std::size_t i = 0; i < N; ++i) {
      if (texts[i] == w) return i;
    }
    throw Fault{"`" + std::string(w) + "` is not " + std::string(what)};
  }
  Type type() { return static_cast<Type>(one_of(type_texts, word(), "a type")); }
  Op op() { return static_cast<Op>(one_of(op_texts, word(), "an operation")); }

 private:
  std::string_view rest_;

  std::string_view next_word() const {
    if (peek() == '[' || peek() == ']') return rest_.substr(0, 1);
    return rest_.substr(0, rest_.find_first_of(" []"));
  }
  void take(std::size_t n) {
    rest_.remove_prefix(n);
    skip();
  }
  void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
};

Address address(Line& line) {
  Address a;
  line.expect("[");
  a.base = line.integer<std::uint32_t>();
  if (line.accept("row")) a.row_slot = line.id();
  if (line.accept("stride")) a.period_stride = line.integer<std::uint32_t>();
  if (line.accept("period")) a.period_slot = line.id();
  line.expect("]");
  return a;
}

void attributes(Line& line, Value& v) {
  switch (v.op) {
    case Op::ConstF:
      v.number = line.number();
      break;
    case Op::ConstI:
      v.integer = line.integer<std::int64_t>();
      break;
    case Op::Shl:
    case Op::Shr:
    case Op::Sar:
      line.expect("by");
      v.integer = line.integer<std::int64_t>();
      break;
    case Op::ColumnF:
    case Op::ColumnI:
    case Op::PeriodF:
    case Op::PeriodI:
    case Op::Param:
    case Op::TableF:
    case Op::RowTableF:
    case Op::Prev: {
      const std::string_view w = line.word();
      if (!w.starts_with('#')) throw Fault{"an index such as `#2` expected"};
      v.index = Line::integer_of<std::int32_t>(w.substr(1));
      if ((v.op == Op::PeriodF || v.op == Op::PeriodI) && line.accept("plus")) v.integer = line.integer<std::int64_t>();
      break;
    }
    case Op::Call:
      line.expect("function");
      if (!line.accept("none")) v.function = FunctionId(line.integer<std::uint32_t>());
      break;
    case Op::Load:
    case Op::Store:
    case Op::Accumulate:
      v.address = address(line);
      break;
    default:
      break;
  }
}

source::Span span(std::string_view w) {
  const std::size_t colon = w.find(':'), dash = w.find('-');
  if (colon == w.npos || dash == w.npos || dash < colon) throw Fault{"a place such as `@0:12-14` expected"};
  source::Span result;
  const std::string_view file = w.substr(1, colon - 1);
  if (file != "none") result.file = source::FileId(Line::integer_of<std::uint32_t>(file));
  result.begin = Line::integer_of<std::uint32_t>(w.substr(colon + 1, dash - colon - 1));
  result.end = Line::integer_of<std::uint32_t>(w.substr(dash + 1));
  return result;
}

/// "f64/rp = ..." after the value's own id.
Value value(Line& line) {
  Value v;
  const std::string_view head = line.word();
  const std::size_t slash = head.find('/');
  if (slash == head.npos) throw Fault{"a type and a level such as `f64/rp` expected"};
  v.type = static_cast<Type>(line.one_of(type_texts, head.substr(0, slash), "a type"));
  for (const char c : head.substr(slash + 1)) {
    if (c != 'r' && c != 'p' && c != 'f') throw Fault{"a level is made of r, p and f"};
    v.level = static_cast<Levels>(v.level | (c == 'r' ? Row : c == 'p' ? Period : Future));
  }
  line.expect("=");
  v.op = line.op();
  attributes(line, v);
  while (line.peek() == '%') v.args.push_back(line.id());
  if (line.peek() == '@') v.span = span(line.word());
  return v;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  ParseResult run() {
    ParseResult result;
    try {
      module(result.module);
    } catch (const Fault& fault) {
      result.error = std::to_string(line_) + ": " + fault.what;
    }
    return result;
  }

 private:
  std::string_view text_;
  std::size_t line_ = 0;

  std::optional<Line> next() {
    while (!text_.empty()) {
      const std::size_t end = std::min(text_.find('\n'), text_.size());
      const Line line(text_.substr(0, end));
      text_.remove_prefix(std::min(end + 1, text_.size()));
      ++line_;
      if (!line.at_end()) return line;
    }
    return std::nullopt;
  }
  static void done(const Line& line) {
    if (!line.at_end()) throw Fault{"the line should end here"};
  }
  static std::vector<double> numbers(Line& line) {
    std::vector<double> result;
    while (!line.at_end()) result.push_back(line.number());
    return result;
  }
  static Multiple multiple(Line& line) {
    Multiple x;
    x.output = line.integer<std::uint32_t>();
    line.expect("of");
    x.base = line.integer<std::uint32_t>();
    line.expect("by");
    x.table = TableId(line.place());
    while (!line.at_end()) x.places.push_back(line.integer<std::uint32_t>());
    return x;
  }
  static Column column(Line& line) {
    Column c;
    c.type = line.type();
    c.name = line.quoted();
    while (!line.at_end()) {
      if (c.type == Type::I64)
        c.integers.push_back(line.integer<std::int64_t>());
      else
        c.numbers.push_back(line.number());
    }
    return c;
  }

  void module(Module& m) {
    auto head = next();
    if (!head) throw Fault{"`module` expected"};
    head->expect("module");
    head->expect("periods");
    m.periods = head->integer<std::uint32_t>();
    head->expect("slots");
    m.slots = head->integer<std::uint32_t>();
    head->expect("output");
    while (!head->at_end()) {
      const auto first = head->integer<std::uint32_t>(), count = head->integer<std::uint32_t>();
      if (first > m.slots || count > m.slots - first) throw Fault{"the result columns do not fit into the slots"};
      for (std::uint32_t i = 0; i < count; ++i) m.outputs.push_back(first + i);
    }
    while (auto line = next()) item(*line, m);
  }
  void item(Line& line, Module& m) {
    if (line.accept("midpoints")) {
      m.period_numbers = numbers(line);
    } else if (line.accept("table")) {
      Table table;
      table.name = line.quoted();
      table.numbers = numbers(line);
      m.tables.add(std::move(table));
    } else if (line.accept("multiple")) {
      m.multiples.push_back(multiple(line));
    } else if (line.accept("period_column")) {
      m.period_columns.push_back(column(line));
    } else if (line.accept("function")) {
      m.functions.add(function(line));
    } else if (line.accept("kernel")) {
      m.kernels.add(kernel(line));
    } else if (line.accept("stage")) {
      Stage stage;
      stage.period_by_period = line.accept("by_period");
      if (!stage.period_by_period) line.expect("at_a_stretch");
      while (!line.at_end()) stage.kernels.push_back(KernelId(line.integer<std::uint32_t>()));
      m.stages.push_back(std::move(stage));
    } else {
      throw Fault{"`table`, `function`, `kernel`, `stage`... expected"};
    }
  }
  /// The line after a head: a value is added; otherwise the line is returned, or nothing at `end`.
  std::optional<Line> after_values(Store<ValueId, Value>& values) {
    while (auto line = next()) {
      if (line->accept("end")) {
        done(*line);
        return std::nullopt;
      }
      if (line->peek() != '%') return line;
      if (line->id() != ValueId(values.size())) throw Fault{"values are numbered in order"};
      values.add(value(*line));
      done(*line);
    }
    throw Fault{"`end` expected"};
  }
  Function function(Line& head) {
    Function f;
    f.name = head.quoted();
    while (!head.accept("->")) f.parameters.push_back(head.type());
    while (!head.at_end()) f.results.push_back(head.id());
    if (after_values(f.values)) throw Fault{"a value or `end` expected"};
    return f;
  }
  Kernel kernel(Line& head) {
    Kernel k;
    k.name = head.quoted();
    head.expect("rows");
    k.rows = head.integer<std::uint32_t>();
    if (head.accept("step")) k.step = head.integer<std::uint32_t>();
    if (head.accept("registers")) k.registers = head.integer<std::uint32_t>();
    k.gathered = head.accept("gathered");
    while (!head.at_end()) k.row_names.push_back(head.quoted());
    while (auto line = after_values(k.values)) {
      if (line->accept("column")) {
        k.columns.push_back(column(*line));
      } else if (line->accept("row_table")) {
        RowTable t;
        t.family = line->accept("gamma") ? RowTable::Family::Gamma : RowTable::Family::Beta;
        if (t.family == RowTable::Family::Beta) line->expect("beta");
        t.a = line->id();
        t.b = line->id();
        k.row_tables.push_back(t);
        done(*line);
      } else if (line->accept("state")) {
        k.state.push_back({line->id(), {}});
        if (line->accept("first")) k.state.back().first = line->id();
        done(*line);
      } else {
        throw Fault{"`column`, `row_table`, `state`, a value or `end` expected"};
      }
    }
    return k;
  }
};

}  // namespace

ParseResult parse(std::string_view text) { return Parser(text).run(); }

}  // namespace horizon::mir
