#include "tests/property/writer.hpp"

#include <functional>

namespace horizon::property {
namespace {

Dims united(const Dims& a, const Dims& b) {
  Dims result = a;
  result.insert(b.begin(), b.end());
  return result;
}

std::string two(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

}  // namespace

std::string Writer::hit(const std::string& construct, std::string text) {
  constructs_.insert(construct);
  return text;
}

// ---- literals ----------------------------------------------------------------------------------------------------

std::string Writer::number_text() {
  const std::string text = std::to_string(random_.between(0, 9)) + "." + std::to_string(random_.between(1, 99));
  return random_.one_in(4) ? "(-" + text + ")" : text;
}
std::string Writer::share_text() { return std::to_string(random_.between(1, 98)) + "." + std::to_string(random_.below(10)) + "%"; }

std::string Writer::date_text() {
  const int year = frame_.first_year + random_.below(frame_.years), month = random_.between(1, 12);
  switch (random_.below(8)) {
    case 0: return hit("date: year", std::to_string(year) + "-01");
    case 1: return hit("date: quarter", std::to_string(year) + "-Q" + std::to_string(random_.between(1, 4)));
    case 2: return hit("date: month", std::to_string(year) + "-" + two(month));
    default: return hit("date: day", std::to_string(year) + "-" + two(month) + "-" + two(random_.between(1, 28)));
  }
}

std::string Writer::duration_text() {
  switch (random_.below(4)) {
    case 0: return hit("duration: weeks", std::to_string(random_.between(1, 30)) + " weeks");
    case 1: return hit("duration: days", std::to_string(random_.between(5, 200)) + " days");
    case 2: return hit("duration: years", "1 year");
    default: return hit("duration: months", std::to_string(random_.between(1, 15)) + " months");
  }
}

// ---- shared forms ------------------------------------------------------------------------------------------------

std::optional<Expr> Writer::name(Sort sort) {
  std::vector<const Name*> fitting;
  for (const Name& n : frame_.names)
    if (n.sort == sort) fitting.push_back(&n);
  if (fitting.empty()) return std::nullopt;
  const Name& chosen = *fitting[static_cast<std::size_t>(random_.below(static_cast<int>(fitting.size())))];
  return Expr{chosen.text, chosen.dims};
}

std::optional<Expr> Writer::past(Sort sort) {
  std::vector<const Name*> fitting;
  for (const Name& n : frame_.past)
    if (n.sort == sort) fitting.push_back(&n);
  if (fitting.empty()) return std::nullopt;
  const Name& chosen = *fitting[static_cast<std::size_t>(random_.below(static_cast<int>(fitting.size())))];
  return Expr{chosen.text, chosen.dims};
}

Expr Writer::combine(const std::string& before, const Expr& a, const std::string& between, const Expr& b,
                     const std::string& after) {
  return {before + a.text + between + b.text + after, united(a.dims, b.dims)};
}

Expr Writer::if_else(Sort sort, int depth) {
  const Expr condition = event(depth - 1), then = write(sort, depth - 1), other = write(sort, depth - 1);
  return {hit("if", "(if " + condition.text + " then " + then.text + " else " + other.text + ")"),
          united(condition.dims, united(then.dims, other.dims))};
}

Expr Writer::write(Sort sort, int depth) {
  switch (sort) {
    case Sort::Number: return number(depth);
    case Sort::Share: return share(depth);
    case Sort::Event: return event(depth);
    case Sort::Date: return date(depth);
    case Sort::FarDate: return far_date(depth);
    case Sort::Duration: return duration(depth);
    case Sort::Money: return money(depth);
    case Sort::Curve: break;
  }
  return {"0", {}};
}

// ---- numbers -----------------------------------------------------------------------------------------------------

Expr Writer::over_dimension(int depth) {
  const Expr x = number(depth - 1);
  if (x.dims.empty()) return x;
  const std::string dimension = *x.dims.begin();
  Dims rest = x.dims;
  rest.erase(dimension);
  if (random_.one_in(3)) {
    const std::string label = dimension == "region" ? (frame_.label.empty() || random_.one_in(2) ? "Syd" : frame_.label) : "small";
    constructs_.insert(label == frame_.label ? "pick by a label" : "label of a value");
    return {"(1 * " + x.text + ")[" + label + "]", rest};   // `{...}[label]` would be a map by label
  }
  static const char* words[] = {"sum", "mean", "min", "max"};
  const std::string word = words[random_.below(4)];
  return {hit(word + " over", word + "(" + x.text + " over " + dimension + ")"), rest};
}

Expr Writer::number_of_set(int depth) {
  if (!frame_.has_set || frame_.fields.empty()) return number(depth - 1);
  const Name& field = frame_.fields[static_cast<std::size_t>(random_.below(static_cast<int>(frame_.fields.size())))];
  if (field.sort != Sort::Number && field.sort != Sort::Share) return number(depth - 1);
  static const char* words[] = {"sum", "mean", "min", "max"};
  const std::string word = words[random_.below(4)];
  switch (random_.below(5)) {
    case 0: return {hit("sum with for", "sum(x." + field.text + " * 0.5 for x in all item)"), field.dims};
    case 1: return {hit("sum with where", "sum(" + field.text + " of all item where atc in L01)"), field.dims};
    case 2: return {hit("count", "count(all item)"), {}};
    default: return {hit(word + " of a set", word + "(" + field.text + " of all item)"), field.dims};
  }
}

Expr Writer::number(int depth) {
  if (depth <= 0) {
    if (random_.one_in(4)) return {number_text(), {}};
    if (const auto n = name(Sort::Number)) return *n;
    return {number_text(), {}};
  }
  const auto a = [&] { return number(depth - 1); };
  const auto one = [&](const std::string& construct, const std::string& before, const std::string& after) {
    Expr x = a();
    return Expr{hit(construct, before + x.text + after), x.dims};
  };
  switch (random_.below(40)) {
    case 0: case 1: return combine("(", a(), " + ", a(), ")");
    case 2: return combine("(", a(), " - ", a(), ")");
    case 3: case 4: return combine("(", share(depth - 1), " * ", a(), ")");
    case 5: return combine("(", a(), hit("/", " / (abs("), a(), ") + 1.5))");
    case 6: return combine(hit("min", "min("), a(), ", ", a(), ")");
    case 7: return combine(hit("max", "max("), a(), ", ", a(), ")");
    case 8: return one("clamp", "clamp(", ", -7.5, 9)");
    case 9: return one("abs", "abs(", ")");
    case 10: return one("floor", "floor(", " + 0.2718)");
    case 11: return one("ceil", "ceil(", " + 0.2718)");
    case 12: return one("round", "round(", " + 0.2718)");
    case 13: return one("exp", "exp(clamp(", ", -5, 2))");
    case 14: return one("log", "log(abs(", ") + 0.5)");
    case 15: return one("sqrt", "sqrt(abs(", "))");
    case 16: return combine(hit("^", "((abs("), a(), ") + 0.5) ^ clamp(", a(), ", -2, 2))");
    case 17: return one("negation", "(-", ")");
    case 18: return if_else(Sort::Number, depth);
    case 19: return combine("(", duration(depth - 1), hit("duration / duration", " / (6 months + "), {"5 days", {}}, "))");
    case 20: return combine("((", date(depth - 1), hit("date - date", " - "), date(depth - 1), ") / 1 year)");
    case 21: {
      const Expr d = date(depth - 1);
      return {hit("since", "(since(" + d.text + ") / 1 month)"), d.dims};
    }
    case 22: {
      const Expr x = a();
      if (!x.dims.empty()) return x;   // the start has to have the same dimensions
      return {hit("prev of an expression", "prev(" + x.text + ", " + number_text() + ")"), x.dims};
    }
    case 23: return one("cumulative", "(0.1 * cumulative(", "))");
    case 24: return one("dated", "dated(" + number_text() + ", from " + std::to_string(frame_.first_year) + "-03-10: ",
                        ", from " + std::to_string(frame_.first_year + 1) + "-02: " + number_text() + ")");
    case 37: {
      const Expr d = date(depth - 1);
      if (random_.one_in(2)) return combine("dated(" + number_text() + ", from ", d, hit("dated, drawn", ": "), a(), ")");
      const Expr e = combine("(latest(", d, ", ", date(depth - 1), ") + 3 weeks)");   // never before d
      return combine("dated(1, from ", d, hit("dated, two drawn", ": 2, from "), e, ": 3.5)");
    }
    case 38: {
      const Expr inflow = money(depth - 1), stay = duration(depth - 1);
      const Expr months = {"(3 months + 0.1 * max(" + stay.text + ", 0 months))", stay.dims};
      const std::string before = "(cohort(" + inflow.text + ", age -> ", after = ") / 1_000_000 DKK)";
      const Dims dims = united(inflow.dims, stay.dims);
      switch (random_.below(4)) {
        case 0: return {hit("cohort that decays", before + "exp(-age / " + months.text + ")" + after), dims};
        case 1: return {hit("cohort that halves", before + "0.5 ^ (age / " + months.text + ")" + after), dims};
        case 2: return {hit("cohort by a condition", before + "(if age < " + months.text + " + 11 days then 1 else 0.2)" + after), dims};
        default: return {hit("cohort that moves", before + "share_left(age, 30% + 20% * after(" + date_text() + "))" + after), inflow.dims};
      }
    }
    case 25: return one("year map", "{ " + std::to_string(frame_.first_year) + ": ", ", otherwise: " + number_text() + " }");
    case 26: return over_dimension(depth);
    case 27: return combine("(", event(depth - 1), hit("event * number", " * "), a(), ")");
    case 28: {  // 0 absorbs: the power is infinite where the date is `never`
      const Expr d = far_date(depth - 1);
      return {hit("mask", "(0.9 ^ (since(" + d.text + ") / 1 month) * after(" + d.text + "))"), d.dims};
    }
    case 29: return number_of_set(depth);
    case 30: return combine(hit("ratio", "ratio("), a(), ", max(floor(", a(), "), 0) + 0)");
    case 31: return {hit("step", "(step / 1 month)"), {}};
    case 32: return one("growing", "(" + number_text() + " + (", ") growing 3% per year from " + std::to_string(frame_.first_year) + ")");
    case 33: {
      const Expr m = money(depth - 1);
      return {hit("unit / unit", "(" + m.text + " / (1_000 DKK per year))"), m.dims};
    }
    case 34: {
      const Expr x = a();
      if (!x.dims.empty()) return x;   // its parameters are declared without dimensions
      return {hit("fn", "blend(" + x.text + ", " + number_text() + ", share = " + share_text() + ")"), {}};
    }
    case 35: {
      if (const auto p = past(Sort::Number)) {
        if (!p->dims.empty()) return *name(Sort::Number);
        return {hit("prev", "prev(" + p->text + ", " + number_text() + ")"), p->dims};
      }
      return a();
    }
    case 36: {
      const Expr d = duration(depth - 1);
      return {hit("duration as months", "(" + d.text + " * (0.5 per month))"), d.dims};
    }
    default: {
      if (const auto n = name(Sort::Number)) return *n;
      return a();
    }
  }
}

// ---- shares, events ----------------------------------------------------------------------------------------------

Expr Writer::share(int depth) {
  if (depth <= 0) {
    if (random_.one_in(3)) return {share_text(), {}};
    if (const auto n = name(Sort::Share)) return *n;
    return {share_text(), {}};
  }
  const auto a = [&] { return share(depth - 1); };
  switch (random_.below(13)) {
    case 0: return combine("(", a(), hit("share * share", " * "), a(), ")");
    case 1: {
      const Expr x = a();
      return {hit("1 - share", "(1 - " + x.text + ")"), x.dims};
    }
    case 2: {
      const Expr d = far_date(depth - 1);
      return {hit("after", "after(" + d.text + ")"), d.dims};
    }
    case 3: {
      const Expr d = far_date(depth - 1);
      return {hit("reached", "reached(" + d.text + ")"), d.dims};
    }
    case 4: return combine(hit("during", "during("), date(depth - 1), ", ", far_date(depth - 1), ")");
    case 5: return combine("min(", a(), ", ", a(), ")");
    case 6: return combine("max(", a(), ", ", a(), ")");
    case 7: return if_else(Sort::Share, depth);
    case 8: {
      const Expr x = number(depth - 1);
      return {hit("share by clamp", "clamp(" + x.text + ", 0, 1)"), x.dims};
    }
    case 9: {
      if (const auto curve = name(Sort::Curve)) {
        const Expr d = date(depth - 1);
        if (!d.dims.empty()) return a();
        return {hit("curve", curve->text + "(since(" + d.text + "))"), united(curve->dims, d.dims)};
      }
      return a();
    }
    case 10: return combine("(", a(), hit("share ^ number", " ^ "), {"1.5", {}}, ")");
    default: {
      if (const auto n = name(Sort::Share)) return *n;
      return a();
    }
  }
}

Expr Writer::event(int depth) {
  if (depth <= 0) {
    if (const auto n = name(Sort::Event); n && !random_.one_in(5)) return *n;
    return random_.one_in(2) ? Expr{hit("certain", "certain"), {}} : Expr{hit("impossible", "impossible"), {}};
  }
  static const char* tests[] = {" < ", " <= ", " > ", " >= ", " == ", " != "};
  const std::string test = tests[random_.below(6)];
  switch (random_.below(9)) {
    case 0: case 1: return combine("(", number(depth - 1), hit("compare" + test, test), number(depth - 1), " + 0.031)");
    case 2: return combine("(", event(depth - 1), hit("and", " and "), event(depth - 1), ")");
    case 3: return combine("(", event(depth - 1), hit("or", " or "), event(depth - 1), ")");
    case 4: {
      const Expr x = event(depth - 1);
      return {hit("not", "(not " + x.text + ")"), x.dims};
    }
    case 5: {
      const Expr d = far_date(depth - 1);
      return {hit("now >= date", "(now >= " + d.text + ")"), d.dims};
    }
    case 6: {
      const Expr d = duration(depth - 1);
      return {hit("compare durations", "(" + d.text + " > 100 days)"), d.dims};
    }
    case 7:
      if (!frame_.label.empty()) return {hit("compare labels", "(" + frame_.label + " == Syd)"), {}};
      [[fallthrough]];
    default: {
      if (const auto n = name(Sort::Event)) return *n;
      return combine("(", date(depth - 1), hit("compare dates", " < "), far_date(depth - 1), ")");
    }
  }
}

// ---- dates, durations, money -------------------------------------------------------------------------------------

Expr Writer::date(int depth) {
  if (depth <= 0) {
    if (const auto n = name(Sort::Date); n && !random_.one_in(4)) return *n;
    return {date_text(), {}};
  }
  switch (random_.below(6)) {
    case 0: return combine("(", date(depth - 1), hit("date + duration", " + "), duration(depth - 1), ")");
    case 1: return combine("(", date(depth - 1), hit("date - duration", " - "), duration(depth - 1), ")");
    case 2: return combine(hit("earliest", "earliest("), date(depth - 1), ", ", date(depth - 1), ")");
    case 3: return combine(hit("latest", "latest("), date(depth - 1), ", ", date(depth - 1), ")");
    case 4: return if_else(Sort::Date, depth);
    default: return date(0);
  }
}

Expr Writer::far_date(int depth) {
  if (random_.one_in(3)) {
    const Expr condition = event(depth - 1), d = date(depth - 1);
    return {hit("never", "(if " + condition.text + " then " + d.text + " else never)"), united(condition.dims, d.dims)};
  }
  if (const auto n = name(Sort::FarDate); n && random_.one_in(2)) return *n;
  return date(depth);
}

Expr Writer::duration(int depth) {
  if (depth <= 0) {
    if (const auto n = name(Sort::Duration); n && !random_.one_in(4)) return *n;
    return {duration_text(), {}};
  }
  switch (random_.below(9)) {
    case 0: return combine("(", duration(depth - 1), hit("duration + duration", " + "), duration(depth - 1), ")");
    case 1: return combine("(", share(depth - 1), hit("share * duration", " * "), duration(depth - 1), ")");
    case 2: return combine("(", date(depth - 1), " - ", date(depth - 1), ")");
    case 3: return combine(hit("min of durations", "min("), duration(depth - 1), ", ", duration(depth - 1), ")");
    case 4: return if_else(Sort::Duration, depth);
    case 5: return combine("(", duration(depth - 1), hit("duration / number", " / "), {"1.7", {}}, ")");
    case 6: return combine("(", duration(depth - 1), hit("duration + amount of months", " + "), {"0.5 * step", {}}, ")");
    default: return duration(0);
  }
}

Expr Writer::money(int depth) {
  const auto literal = [&] { return Expr{std::to_string(random_.between(1, 900)) + "_000 DKK per year", {}}; };
  if (depth <= 0) {
    if (const auto n = name(Sort::Money); n && !random_.one_in(4)) return *n;
    return literal();
  }
  switch (random_.below(9)) {
    case 0: return combine("(", money(depth - 1), hit("money + money", " + "), money(depth - 1), ")");
    case 1: case 2: return combine("(", money(depth - 1), hit("money * share", " * "), share(depth - 1), ")");
    case 3: {
      const Expr d = date(depth - 1);
      return {hit("lump", "lump(" + std::to_string(random_.between(1, 90)) + "_000 DKK, at = " + d.text + ")"), d.dims};
    }
    case 4: return if_else(Sort::Money, depth);
    case 5: {
      const Expr m = money(depth - 1);
      if (!m.dims.empty()) return m;
      return {hit("prev of money", "prev(" + m.text + ", 0 DKK per year)"), m.dims};
    }
    case 6: {
      const Expr m = money(depth - 1);
      return {hit("cumulative flow", "(cumulative(" + m.text + ") * (0.2 per year))"), m.dims};
    }
    case 7: return combine("((", number(depth - 1), hit("price * volume", " * 3 packs per year) * "), {"(410 DKK per pack)", {}}, ")");
    default: return money(0);
  }
}

// ---- draws -------------------------------------------------------------------------------------------------------

Writer::Draw Writer::draw() {
  const std::string y = std::to_string(frame_.first_year), z = std::to_string(frame_.first_year + 1);
  const auto drawn_share = [&](const std::string& literal) {
    if (random_.one_in(3)) return literal;
    if (const auto n = name(Sort::Share); n && n->dims.empty())
      return hit("drawn parameter", "(0.1 + 0.8 * " + n->text + ")");
    return literal;
  };
  static const std::vector<Draw> fixed = {
      {"15% to 45%", "Share", Sort::Share},
      {"90% interval 15% to 45%", "Share", Sort::Share},
      {"beta(2.5, 4)", "Share", Sort::Share},
      {"beta(mean = 30%, sd = 12%)", "Share", Sort::Share},
      {"uniform(10%, 70%)", "Share", Sort::Share},
      {"pert(5%, 20%, 60%)", "Share", Sort::Share},
      {"triangular(5%, 20%, 60%)", "Share", Sort::Share},
      {"normal(mean = 2, sd = 1.5)", "Number", Sort::Number},
      {"normal(p10 = -1, p90 = 3)", "Number", Sort::Number},
      {"-2 to 3", "Number", Sort::Number},
      {"uniform(-1, 4)", "Number", Sort::Number},
      {"discrete(1: 30%, 2.5: 50%, 7: 20%)", "Number", Sort::Number},
      {"lognormal(mean = 2, sd = 0.7)", "Factor", Sort::Number},
      {"lognormal(median = 1, p90 = 1.9)", "Factor", Sort::Number},
      {"lognormal(p10 = 0.5, p90 = 1.9)", "Factor", Sort::Number},
      {"0.5 to 2.5", "Factor", Sort::Number},
      {"gamma(mean = 2, sd = 1.1)", "Factor", Sort::Number},
      {"weibull(mean = 1.5, shape = 1.4)", "Factor", Sort::Number},
      {"exponential(mean = 1.2)", "Factor", Sort::Number},
      {"2 to 9", "Count", Sort::Number},
      {"poisson(3)", "Count", Sort::Number},
      {"3 months to 9 months", "Duration", Sort::Duration},
      {"gamma(mean = 60 days, sd = 25 days)", "Duration", Sort::Duration},
      {"lognormal(mean = 7 months, sd = 2 months)", "Duration", Sort::Duration},
      {"uniform(2 weeks, 20 weeks)", "Duration", Sort::Duration},
      {"chance 60%", "Event", Sort::Event},
      {"100_000 DKK per year to 500_000 DKK per year", "DKK per year", Sort::Money},
      {"pert(10_000 DKK per year, 50_000 DKK per year, 80_000 DKK per year)", "DKK per year", Sort::Money},
  };
  const auto dates = std::vector<Draw>{
      {"uniform(" + y + "-02-10, " + z + "-03)", "Date", Sort::Date},
      {"pert(" + y + "-03, " + y + "-09-15, " + z + "-06)", "Date", Sort::Date},
      {y + "-02 to " + z + "-01", "Date", Sort::Date},
      {date_text() + " + uniform(0 months, 4 months)", "Date", Sort::Date},
      {date_text() + " + (3 weeks to 15 weeks)", "Date", Sort::Date},
  };
  const int kinds = static_cast<int>(fixed.size() + dates.size()) + 3;
  const int chosen = random_.below(kinds);
  if (chosen < static_cast<int>(fixed.size())) {
    const Draw& d = fixed[static_cast<std::size_t>(chosen)];
    constructs_.insert("draw: " + d.text);
    return d;
  }
  if (chosen < static_cast<int>(fixed.size() + dates.size())) {
    const std::size_t i = static_cast<std::size_t>(chosen) - fixed.size();
    constructs_.insert("draw of a date " + std::to_string(i));
    return dates[i];
  }
  switch (chosen - static_cast<int>(fixed.size() + dates.size())) {
    case 0: return {hit("draw: chance of a share", "chance (" + drawn_share("40%") + ")"), "Event", Sort::Event};
    case 1: return {hit("draw: beta of a mean", "beta(mean = " + drawn_share("40%") + ", sd = 9%)"), "Share", Sort::Share};
    default: return {hit("draw: gamma of a mean", "gamma(mean = 1 + " + drawn_share("40%") + ", sd = 0.8)"), "Factor", Sort::Number};
  }
}

}  // namespace horizon::property
