// The tree as indented text: `horizon emit --stage=ast`. One line a node, with its place.
#include "base/match.hpp"
#include "compiler/ast/ast.hpp"

namespace horizon::ast {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n' || c == '\t') {
      out += c == '\n' ? "\\n" : "\\t";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string joined(const std::vector<Name>& names, const char* between = ", ") {
  std::string out;
  for (const Name& name : names) {
    if (!out.empty()) out += between;
    out += name.text;
  }
  return out;
}

class Printer {
 public:
  explicit Printer(const source::SourceMap& sources) : sources_(sources) {}

  std::string file(const File& file) {
    line(0, "file " + sources_.name(file.file), std::nullopt);
    for (const Decl& d : file.decls) decl(d);
    for (const Comment& c : file.comments) line(1, "comment " + quoted(c.text), c.span);
    return std::move(out_);
  }

 private:
  void line(std::size_t depth, const std::string& what, std::optional<Span> span) {
    out_.append(2 * depth, ' ');
    out_ += what;
    if (span) {
      const source::Position from = sources_.position(span->file, span->begin);
      const source::Position to = sources_.position(span->file, span->end);
      out_ += "  @" + std::to_string(from.line) + ':' + std::to_string(from.column) + '-';
      if (to.line != from.line) out_ += std::to_string(to.line) + ':';
      out_ += std::to_string(to.column);
    }
    out_ += '\n';
  }

  void text(std::size_t depth, const char* what, const std::optional<std::string>& value) {
    if (value) line(depth, std::string(what) + ' ' + quoted(*value), std::nullopt);
  }

  void meta(std::size_t depth, const Metadata& m) {
    for (const StringLit& doc : m.doc) line(depth, "doc " + quoted(doc.value), std::nullopt);
    text(depth, "source", m.source);
    text(depth, "as of", m.as_of);
    text(depth, "owner", m.owner);
    text(depth, "note", m.note);
    text(depth, "formerly", m.formerly);
    text(depth, "layer", m.layer);
    if (m.confidential) {
      line(depth, m.confidential_to ? "confidential to " + m.confidential_to->text : "confidential",
           std::nullopt);
    }
  }

  void field(std::size_t depth, const char* what, const ExprPtr& value) {
    if (value == nullptr) return;
    line(depth, what, std::nullopt);
    expr(depth + 1, *value);
  }

  void for_clause(std::size_t depth, const ForClause& clause) {
    line(depth, "for " + clause.variable.text, clause.variable.span);
    expr(depth + 1, *clause.set);
    field(depth + 1, "where", clause.where);
  }

  void items(std::size_t depth, const std::vector<Item>& list) {
    for (const Item& i : list) item(depth, i);
  }

  void decl(const Decl& d) {
    const Span at = d.span;
    match(
        d.node, [&](const LanguageDecl& n) { line(1, "language " + n.version, at); },
        [&](const UseDecl& n) {
          std::string what = "use " + joined(n.module, ".");
          if (n.alias) what += " as " + n.alias->text;
          if (!n.only.empty()) what += ".{" + joined(n.only) + '}';
          line(1, what, at);
        },
        [&](const HorizonDecl& n) {
          line(1, "horizon by " + n.grain.text, at);
          expr(2, *n.range);
        },
        [&](const CurrencyDecl& n) { line(1, "currency " + n.name.text, at); },
        [&](const UnitDecl& n) {
          line(1, "unit " + n.name.text, at);
          if (n.equals) line(2, "equals " + quantity(*n.equals), n.equals_span);
          meta(2, n.meta);
        },
        [&](const BasisDecl& n) {
          line(1, "basis " + n.name.text, at);
          meta(2, n.meta);
        },
        [&](const DimensionDecl& n) {
          line(1, "dimension " + n.name.text + (n.in ? " in " + n.in->text : ""), at);
          for (const Label& l : n.labels) label(2, l);
          meta(2, n.meta);
        },
        [&](const ChangeDecl& n) {
          line(1, "change " + n.dimension.text, at);
          expr(2, *n.date);
          for (const Merge& m : n.merges)
            line(2, "merge " + m.result.text + " = " + joined(m.parts, " + "), m.result.span);
          meta(2, n.meta);
        },
        [&](const TableDecl& n) {
          line(1,
               "table " + n.name.text + " from " + quoted(n.file) +
                   (n.dialect ? " as " + n.dialect->text : "") + (n.key.empty() ? "" : " key " + joined(n.key)),
               at);
          items(2, n.columns);
          meta(2, n.meta);
        },
        [&](const FnDecl& n) { fn(n, at); },
        [&](const KindDecl& n) {
          std::string what = "kind " + n.name.text;
          if (n.is) what += " is " + n.is->text;
          if (n.in) what += " in " + n.in->text + (n.in_optional ? "?" : "");
          line(1, what, at);
          text(2, "doc", n.doc);
          items(2, n.body);
        },
        [&](const VariantDecl& n) {
          line(1, "variant " + n.name.text + (n.extends ? " extends " + n.extends->text : ""), at);
          text(2, "doc", n.doc);
          items(2, n.body);
        },
        [&](const TestDecl& n) {
          line(1, "test " + quoted(n.title), at);
          items(2, n.body);
        },
        [&](const ItemDecl& n) { item(1, n.item); });
  }

  void fn(const FnDecl& n, Span at) {
    line(1, "fn " + n.name.text + " : " + to_text(n.result), at);
    for (const Param& p : n.params) {
      line(2, "param " + p.name.text + " : " + to_text(p.type), p.name.span);
      if (p.default_value != nullptr) expr(3, *p.default_value);
    }
    expr(2, *n.body);
    meta(2, n.meta);
  }

  void label(std::size_t depth, const Label& l) {
    line(depth, "label " + l.name.text + (l.doc ? ' ' + quoted(*l.doc) : ""), l.name.span);
    for (const Label& child : l.children) label(depth + 1, child);
  }

  void item(std::size_t depth, const Item& i) {
    const Span at = i.span;
    match(
        i.node, [&](const Define& n) { define(depth, n, at); },
        [&](const Block& n) {
          line(depth, "block " + n.kind.text + (n.name ? ' ' + n.name->text : ""), at);
          text(depth + 1, "doc", n.doc);
          if (n.family) for_clause(depth + 1, *n.family);
          items(depth + 1, n.body);
        },
        [&](const Require& n) {
          line(depth, "require", at);
          expr(depth + 1, *n.condition);
          text(depth + 1, "text", n.text);
        },
        [&](const Fix& n) {
          line(depth, "fix " + to_text(n.path) + (n.assign == Assign::Draws ? " ~" : " ="), at);
          field(depth + 1, "of", n.of);
          expr(depth + 1, *n.value);
        },
        [&](const Expect& n) {
          line(depth, n.always ? "expect always" : "expect", at);
          expr(depth + 1, *n.condition);
          field(depth + 1, "within", n.within);
        },
        [&](const Without& n) { line(depth, "without " + to_text(n.path), at); });
  }

  void define(std::size_t depth, const Define& n, Span at) {
    std::string what = "define " + to_text(n.path);
    if (n.type) what += " : " + to_text(*n.type);
    if (!n.each.empty()) what += " each " + joined(n.each);
    if (n.assign != Assign::None) what += n.assign == Assign::Draws ? " ~" : " =";
    line(depth, what, at);
    field(depth + 1, "of", n.of);
    if (n.value != nullptr) expr(depth + 1, *n.value);
    meta(depth + 1, n.meta);
  }

  static std::string quantity(const Quantity& q) {
    Expr e;
    Quantity copy{q.text, q.value, q.is_integer, q.percent, q.unit};
    e.node = std::move(copy);
    return to_text(e);
  }

  void arg(std::size_t depth, const Arg& a) {
    std::string what = "arg";
    if (a.name) what += ' ' + a.name->text + " =";
    if (a.is_from) what += " from";
    if (a.is_otherwise) what += " otherwise";
    if (!a.over.empty()) what += " over " + joined(a.over);
    line(depth, what, a.span);
    field(depth + 1, "key", a.key);
    expr(depth + 1, *a.value);
    if (a.each) for_clause(depth + 1, *a.each);
  }

  void pair(std::size_t depth, const std::string& what, Span at,
            std::initializer_list<const ExprPtr*> parts) {
    line(depth, what, at);
    for (const ExprPtr* part : parts) {
      if (*part != nullptr) expr(depth + 1, **part);
    }
  }

  void expr(std::size_t depth, const Expr& e) {
    const Span at = e.span;
    const auto leaf = [&](const auto&) { line(depth, leaf_name(e) + to_text(e), at); };
    match(
        e.node, [&](const ErrorExpr&) { line(depth, "error", at); }, [&](const Quantity& n) { leaf(n); },
        [&](const DateLit& n) { leaf(n); }, [&](const StringLit& n) { leaf(n); },
        [&](const NameRef& n) { leaf(n); }, [&](const AllOf& n) { leaf(n); },
        [&](const Member& n) { pair(depth, "member " + n.name.text, at, {&n.base}); },
        [&](const Index& n) {
          pair(depth, "index", at, {&n.base, &n.index});
        },
        [&](const DateRange& n) {
          pair(depth, "..", at, {&n.from, &n.to});
        },
        [&](const Call& n) {
          pair(depth, "call", at, {&n.callee});
          for (const Arg& a : n.args) arg(depth + 1, a);
        },
        [&](const Map& n) {
          line(depth, "map", at);
          for (const MapEntry& entry : n.entries) {
            line(depth + 1,
                 entry.is_otherwise ? "otherwise"
                 : entry.is_from    ? "entry from"
                                    : "entry",
                 entry.span);
            if (entry.key != nullptr) expr(depth + 2, *entry.key);
            expr(depth + 2, *entry.value);
            if (entry.split != nullptr) pair(depth + 2, "split by", entry.split->span, {&entry.split});
          }
        },
        [&](const List& n) {
          line(depth, "list", at);
          for (const ExprPtr& i : n.items) expr(depth + 1, *i);
        },
        [&](const Unary& n) { pair(depth, std::string(spelling(n.op)), at, {&n.operand}); },
        [&](const Binary& n) {
          pair(depth, std::string(spelling(n.op)), at, {&n.lhs, &n.rhs});
        },
        [&](const Growing& n) {
          pair(depth, "growing", at, {&n.base, &n.rate, &n.from});
        },
        [&](const Interval& n) {
          line(depth, "to", at);
          field(depth + 1, "width", n.width);
          expr(depth + 1, *n.low);
          expr(depth + 1, *n.high);
        },
        [&](const If& n) {
          pair(depth, "if", at, {&n.condition, &n.then_value, &n.else_value});
        },
        [&](const Lambda& n) { pair(depth, n.parameter.text + " ->", at, {&n.body}); },
        [&](const Where& n) {
          pair(depth, "where", at, {&n.set, &n.condition});
        });
  }

  static std::string leaf_name(const Expr& e) {
    if (std::holds_alternative<Quantity>(e.node)) return "number ";
    if (std::holds_alternative<DateLit>(e.node)) return "date ";
    if (std::holds_alternative<StringLit>(e.node)) return "text ";
    if (std::holds_alternative<NameRef>(e.node)) return "name ";
    return "";
  }

  const source::SourceMap& sources_;
  std::string out_;
};

}  // namespace

std::string print(const File& file, const source::SourceMap& sources) { return Printer(sources).file(file); }

}  // namespace horizon::ast
