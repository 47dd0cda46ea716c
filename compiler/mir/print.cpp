// MIR as text, one line a thing. parse.cpp reads it back; see tests/unit/compiler/mir for samples.
#include <charconv>
#include <cmath>

#include "compiler/mir/mir.hpp"

namespace horizon::mir {
namespace {

class Printer {
 public:
  std::string text;

  void module(const Module& m) {
    text += "module periods " + std::to_string(m.periods) + " slots " + std::to_string(m.slots) + " output";
    for (std::size_t i = 0, end = 0; i < m.outputs.size(); i = end) {   // first slot and number of those in a row
      for (end = i + 1; end < m.outputs.size() && m.outputs[end] == m.outputs[end - 1] + 1;) ++end;
      text += " " + std::to_string(m.outputs[i]) + " " + std::to_string(end - i);
    }
    text += "\n";
    if (!m.period_numbers.empty()) numbers("midpoints", m.period_numbers);
    for (const Table& table : m.tables) {
      text += "table ";
      quoted(table.name);
      numbers("", table.numbers);
    }
    for (const Column& c : m.period_columns) column("period_column", c);
    for (const Multiple& x : m.multiples) {
      text += "multiple " + std::to_string(x.output) + " of " + std::to_string(x.base) + " by #" + std::to_string(x.table.value);
      for (const std::uint32_t place : x.places) text += " " + std::to_string(place);
      text += "\n";
    }
    for (const Function& f : m.functions) function(f);
    for (const Kernel& k : m.kernels) kernel(k);
    for (const Stage& s : m.stages) stage(s);
  }

 private:
  void quoted(std::string_view s) {
    static constexpr char hex[] = "0123456789abcdef";
    text += '"';
    for (const char c : s) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\' || byte < 0x20 || byte == 0x7f) {
        text += "\\x";
        text += hex[byte >> 4];
        text += hex[byte & 15];
      } else {
        text += c;
      }
    }
    text += '"';
  }
  /// Shortest text that reads back as the same bits; a NaN by its bits.
  void number(double x) {
    char buffer[40];
    char* end = nullptr;
    if (std::isnan(x)) {
      text += "nan:";
      end = std::to_chars(buffer, buffer + sizeof buffer, std::bit_cast<std::uint64_t>(x), 16).ptr;
    } else {
      end = std::to_chars(buffer, buffer + sizeof buffer, x).ptr;
    }
    text.append(buffer, end);
  }
  void id(ValueId v) { text += v ? "%" + std::to_string(v.value) : "%none"; }
  void numbers(std::string_view head, const std::vector<double>& xs) {
    text += head;
    for (const double x : xs) {
      text += ' ';
      number(x);
    }
    text += '\n';
  }
  void column(std::string_view head, const Column& c) {
    text += head;
    text += ' ';
    text += to_text(c.type);
    text += ' ';
    quoted(c.name);
    for (const std::int64_t i : c.integers) text += ' ' + std::to_string(i);
    numbers("", c.numbers);
  }
  void address(const Address& a) {
    text += " [" + std::to_string(a.base);
    if (a.row_slot) {
      text += " row ";
      id(a.row_slot);
    }
    if (a.period_stride != 0) text += " stride " + std::to_string(a.period_stride);
    if (a.period_slot) {
      text += " period ";
      id(a.period_slot);
    }
    text += ']';
  }
  void attributes(const Value& v) {
    switch (v.op) {
      case Op::ConstF:
        text += ' ';
        number(v.number);
        break;
      case Op::ConstI:
        text += ' ' + std::to_string(v.integer);
        break;
      case Op::Shl:
      case Op::Shr:
      case Op::Sar:
        text += " by " + std::to_string(v.integer);
        break;
      case Op::ColumnF:
      case Op::ColumnI:
      case Op::Param:
      case Op::TableF:
      case Op::RowTableF:
      case Op::Prev:
        text += " #" + std::to_string(v.index);
        break;
      case Op::PeriodF:
      case Op::PeriodI:
        text += " #" + std::to_string(v.index);
        if (v.integer != 0) text += " plus " + std::to_string(v.integer);
        break;
      case Op::Call:
        text += v.function ? " function " + std::to_string(v.function.value) : " function none";
        break;
      case Op::Load:
      case Op::Store:
      case Op::Accumulate:
        address(v.address);
        break;
      default:
        break;
    }
  }
  void value(ValueId at, const Value& v) {
    text += "  ";
    id(at);
    text += ' ';
    text += to_text(v.type);
    text += '/';
    if ((v.level & Row) != 0) text += 'r';
    if ((v.level & Period) != 0) text += 'p';
    if ((v.level & Future) != 0) text += 'f';
    text += " = ";
    text += info(v.op).text;
    attributes(v);
    for (const ValueId a : v.args) {
      text += ' ';
      id(a);
    }
    if (v.span != source::Span{}) {
      text += " @" + (v.span.file ? std::to_string(v.span.file.value) : "none") + ":" +
              std::to_string(v.span.begin) + "-" + std::to_string(v.span.end);
    }
    text += '\n';
  }
  void values(const Store<ValueId, Value>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) value(ValueId(i), all[ValueId(i)]);
    text += "end\n";
  }
  void function(const Function& f) {
    text += "function ";
    quoted(f.name);
    for (const Type t : f.parameters) {
      text += ' ';
      text += to_text(t);
    }
    text += " ->";
    for (const ValueId r : f.results) {
      text += ' ';
      id(r);
    }
    text += '\n';
    values(f.values);
  }
  void kernel(const Kernel& k) {
    text += "kernel ";
    quoted(k.name);
    text += " rows " + std::to_string(k.rows);
    if (k.step != 1) text += " step " + std::to_string(k.step);
    if (k.registers != 1) text += " registers " + std::to_string(k.registers);
    if (k.gathered) text += " gathered";
    for (const std::string& name : k.row_names) {
      text += ' ';
      quoted(name);
    }
    text += '\n';
    for (const Column& c : k.columns) column("  column", c);
    for (const RowTable& t : k.row_tables) {
      text += t.family == RowTable::Family::Beta ? "  row_table beta " : "  row_table gamma ";
      id(t.a);
      text += ' ';
      id(t.b);
      text += '\n';
    }
    for (const StateSlot& s : k.state) {
      text += "  state ";
      id(s.next);
      if (s.first) {
        text += " first ";
        id(s.first);
      }
      text += '\n';
    }
    values(k.values);
  }
  void stage(const Stage& s) {
    text += s.period_by_period ? "stage by_period" : "stage at_a_stretch";
    for (const KernelId k : s.kernels) text += ' ' + std::to_string(k.value);
    text += '\n';
  }
};

}  // namespace

std::string print(const Module& module) {
  Printer printer;
  printer.module(module);
  return std::move(printer.text);
}

}  // namespace horizon::mir
