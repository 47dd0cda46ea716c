#include "tests/property/generator.hpp"

#include <algorithm>

#include "tests/property/writer.hpp"

namespace horizon::property {
namespace {

std::string type_name(Sort sort) {
  switch (sort) {
    case Sort::Number: return "Number";
    case Sort::Share: return "Share";
    case Sort::Event: return "Event";
    case Sort::Date: case Sort::FarDate: return "Date";
    case Sort::Duration: return "Duration";
    case Sort::Money: return "signed DKK per year";
    case Sort::Curve: return "Duration -> Share";
  }
  return "";
}

std::string by_text(const Dims& dims) {
  if (dims.empty()) return "";
  if (dims.size() == 1) return " by " + *dims.begin();
  return " by (region, size)";
}

std::string two(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

class Generator {
 public:
  Generator(std::uint64_t seed, int months) : random_(seed), months_(months) {}

  Scenario run() {
    head();
    for (int i = random_.between(2, 5); i-- > 0;) add_quantity("early");
    plan_later();
    kinds();
    items();
    frame_.has_set = true;
    frame_.past.clear();
    for (const Name& n : later_) define_later(n);
    for (int i = random_.between(1, 3); i-- > 0;) add_quantity("late");
    forecasts();
    shuffle();
    scenario_.text = head_;
    for (const std::string& line : lines_) scenario_.text += line + "\n";
    return std::move(scenario_);
  }

 private:
  std::set<std::string>& hits() { return scenario_.constructs; }
  Writer writer() { return Writer(random_, frame_, hits()); }
  int depth() { return random_.between(1, 4); }

  void head() {
    frame_.first_year = random_.between(2025, 2027);
    const int first_month = random_.between(1, 12);
    head_ = "language 1\n";
    const int y = frame_.first_year;
    switch (months_ != 0 ? 0 : random_.below(3)) {
      case 0: {
        grain_ = "month";
        const int last = first_month - 1 + (months_ != 0 ? months_ : random_.between(4, 17));
        frame_.years = 2;
        head_ += "horizon " + std::to_string(y) + "-" + two(first_month) + ".." + std::to_string(y + (last - 1) / 12) + "-" +
                 two((last - 1) % 12 + 1) + " by month\n";
        break;
      }
      case 1:
        grain_ = "quarter";
        frame_.years = random_.between(1, 2);
        head_ += "horizon " + std::to_string(y) + "-Q1.." + std::to_string(y + frame_.years - 1) + "-Q4 by quarter\n";
        break;
      default:
        grain_ = "year";
        frame_.years = random_.between(2, 5);
        head_ += "horizon " + std::to_string(y) + ".." + std::to_string(y + frame_.years - 1) + " by year\n";
    }
    hits().insert("by " + grain_);
    head_ += "currency DKK\n";
    lines_.push_back("dimension region { Nord, Syd \"South\", Vest }");
    lines_.push_back("dimension size { small, large }");
    lines_.push_back("fn share_left(age: Duration, floor: Share): Share = floor + (1 - floor) * 0.8 ^ max(age / 2 months, 0)");
    lines_.push_back("fn blend(a: Number, b: Number, share: Share = 50%): Number = a * share + b * (1 - share)");
  }

  // ---- quantities of the scenario ---------------------------------------------------------------------------------

  Sort random_sort() {
    static const Sort sorts[] = {Sort::Number, Sort::Number, Sort::Number, Sort::Share, Sort::Share,
                                 Sort::Event,  Sort::Date,   Sort::FarDate, Sort::Duration, Sort::Money};
    return sorts[random_.below(10)];
  }

  /// A definition or a draw; the name can be used from here on.
  void add_quantity(const std::string& prefix) {
    const std::string name = prefix + std::to_string(++count_);
    if (random_.one_in(3)) {
      Writer::Draw d = writer().draw();
      Dims dims;
      std::string each;
      if (random_.one_in(3)) each = " each " + each_of(dims);
      lines_.push_back(name + " : " + d.type + by_text(dims) + each + " ~ " + d.text);
      frame_.names.push_back({name, d.sort, dims});
      return;
    }
    if (random_.one_in(5)) return add_map(name);
    if (random_.one_in(6)) return add_state(name);
    const Sort sort = random_sort();
    const Expr e = writer().write(sort, depth());
    const bool typed = random_.one_in(2);
    lines_.push_back(name + (typed ? " : " + type_name(sort) + by_text(e.dims) : "") + " = " + e.text);
    if (typed) hits().insert("declared type");
    frame_.names.push_back({name, sort, e.dims});
  }

  std::string each_of(Dims& dims) {
    switch (random_.below(4)) {
      case 0: hits().insert("each year"); return "year";
      case 1:
        if (grain_ != "year") {
          hits().insert("each quarter");
          return "quarter";
        }
        [[fallthrough]];
      case 2:
        if (grain_ == "month") {
          hits().insert("each month");
          return "month";
        }
        [[fallthrough]];
      default: hits().insert("each region"); dims.insert("region"); return "region";
    }
  }

  void add_map(const std::string& name) {
    const bool region = random_.one_in(2);
    const Expr a = writer().write(Sort::Number, 2), b = writer().write(Sort::Number, 1);
    Dims dims = a.dims;
    dims.insert(b.dims.begin(), b.dims.end());
    const std::string dimension = region ? "region" : "size";
    if (dims.contains(dimension)) return add_quantity("again");
    dims.insert(dimension);
    lines_.push_back(name + " : Number" + by_text(dims) + " = { " + (region ? "Nord: " : "small: ") + a.text +
                     ", otherwise: " + b.text + " }");
    hits().insert("map by label");
    frame_.names.push_back({name, Sort::Number, dims});
  }

  /// A quantity that goes on from its own past.
  void add_state(const std::string& name) {
    const Expr e = writer().write(Sort::Number, 2);
    if (!e.dims.empty()) return add_quantity("again");
    lines_.push_back(name + " : Number = clamp(0.8 * prev(" + name + ", " + writer().number_text() + ") + " + e.text + ", -20, 20)");
    hits().insert("prev of itself");
    frame_.names.push_back({name, Sort::Number, {}});
  }

  /// Quantities made of the items, which the items may look back at: loops through prev.
  void plan_later() {
    for (int i = random_.below(3); i-- > 0;) later_.push_back({"total" + std::to_string(++count_), Sort::Number, {}});
    frame_.past = later_;
  }

  void define_later(const Name& name) {
    const Expr e = writer().write(Sort::Number, depth());
    std::string text = e.text;
    for (const std::string& dimension : e.dims) text = "sum(" + text + " over " + dimension + ")";
    lines_.push_back(name.text + " : Number = clamp(" + text + ", -20, 20)");
    frame_.names.push_back(name);
  }

  // ---- kinds and items --------------------------------------------------------------------------------------------

  void kinds() {
    lines_.push_back("kind base { weight : Number\n  go : Event = certain\n}");
    lines_.push_back("kind part in item {\n  boost : Share = 25%\n  strength : Number = item.weight * boost\n}");
    std::string body = "kind item is base \"an item\" {\n  atc : ATC\n  area : region\n  start : Date\n  lag : Duration = 3 months\n"
                       "  cut : Share\n  price : signed DKK per year\n  extra : part?\n"
                       "  u : Duration -> Share = points(0 months: 0%, 3 months: 40%, 12 months: 95%)\n"
                       "  boosted : Number = (extra.strength otherwise 1)\n";
    hits().insert({"is", "nested kind", "otherwise", "points", "label field"});
    frame_of_scenario_ = frame_;
    frame_.label = "area";
    for (const auto& [text, sort] : std::vector<std::pair<std::string, Sort>>{{"weight", Sort::Number}, {"boosted", Sort::Number},
             {"go", Sort::Event}, {"start", Sort::Date}, {"lag", Sort::Duration}, {"cut", Sort::Share}, {"price", Sort::Money}, {"u", Sort::Curve}})
      frame_.names.push_back({text, sort, {}});
    if (random_.one_in(2)) {
      body += "  bonus : Number = if has extra then 2 else 0\n";
      hits().insert("has");
      frame_.names.push_back({"bonus", Sort::Number, {}});
    }
    std::vector<Name> fields;
    for (int i = random_.between(2, 6); i-- > 0;) {
      const std::string name = "f" + std::to_string(++count_);
      if (random_.one_in(3)) {
        const Writer::Draw d = writer().draw();
        Dims dims;
        const std::string each = random_.one_in(4) ? " each " + each_of(dims) : "";
        body += "  " + name + " : " + d.type + by_text(dims) + each + " ~ " + d.text + "\n";
        fields.push_back({name, d.sort, dims});
      } else {
        const Sort sort = random_.one_in(2) ? Sort::Number : random_sort();
        const Expr e = writer().write(sort, depth());
        body += "  " + name + " : " + type_name(sort) + by_text(e.dims) + " = " + e.text + "\n";
        fields.push_back({name, sort, e.dims});
      }
      frame_.names.push_back(fields.back());
    }
    Expr spend = writer().write(Sort::Money, 3);
    if (spend.dims.contains("size")) spend = {"sum(" + spend.text + " over size)", spend.dims.contains("region") ? Dims{"region"} : Dims{}};
    spend_dims_ = spend.dims;
    body += "  rise : Number = if now < start then 0 else 1 / (1 + 9 ^ (1 - (now - start) / 4 months))\n"
            "  wane : Number = if now < start + lag then 1 else 0.3 + 0.7 * exp(-0.1 * ((now - start) / 1 month))\n";
    if (spend.dims.empty() && random_.one_in(3))
      body += std::string("  spend : signed DKK per year = if go then price * ") + (count_ % 2 == 0 ? "1.03 ^ ((now - 2026-01-01) / 1 year) * " : "") +
              "cut * rise * wane else 0 DKK per year\n";
    else
      body += "  spend : signed DKK per year" + by_text(spend.dims) + " = if go then price * cut * rise * wane + " + spend.text + " else 0 DKK per year\n";
    if (random_.one_in(2)) {
      const Expr condition = writer().write(Sort::Number, 2);
      if (condition.dims.empty()) {
        body += "  require " + condition.text + " > -1000 \"far below\"\n";
        hits().insert("require");
      }
    }
    if (random_.one_in(12)) {  // breaks in some futures
      body += "  test_draw ~ normal(mean = 2.2, sd = 1)\n  require test_draw > 0 \"fails at times\"\n";
      hits().insert("require that fails");
    }
    lines_.push_back(body + "}");
    frame_ = frame_of_scenario_;
    for (const Name& f : fields)
      if (f.sort == Sort::Number || f.sort == Sort::Share) frame_.fields.push_back(f);
    frame_.fields.push_back({"weight", Sort::Number, {}});
  }

  std::string item_body(bool in_family) {
    Frame before = frame_;
    frame_.past = later_;
    if (in_family)
      for (const auto& [text, sort] : std::vector<std::pair<std::string, Sort>>{{"row.a", Sort::Number},
               {"row.start", Sort::Date}, {"row.lag", Sort::Duration}, {"row.cut", Sort::Share}, {"row.price", Sort::Money}})
        frame_.names.push_back({text, sort, {}});
    const auto plain = [&](Sort sort, const std::string& fallback) {
      const Expr e = writer().write(sort, 2);
      return e.dims.empty() ? e.text : fallback;
    };
    static const char* codes[] = {"L01FX", "L04AC05", "A10BJ", "N02"};
    static const char* regions[] = {"Nord", "Syd", "Vest"};
    std::string body;
    body += "  atc = " + std::string(in_family ? "row.atc" : codes[random_.below(4)]) + "\n";
    body += "  area = " + std::string(in_family ? "row.area" : regions[random_.below(3)]) + "\n";
    body += random_.one_in(3) ? "  weight ~ normal(mean = " + std::string(in_family ? "row.a" : "1.5") + ", sd = 0.4)\n"
                              : "  weight = " + (in_family ? "row.a + " : std::string()) + plain(Sort::Number, "3") + "\n";
    body += in_family && random_.one_in(2) ? "  start ~ row.start + uniform(0 months, 5 months)\n"
                                           : "  start = " + plain(Sort::Date, writer().date_text()) + "\n";
    if (random_.one_in(2)) body += "  lag ~ 1 month to 6 months\n";
    body += random_.one_in(2) ? "  cut ~ beta(mean = " + std::string(in_family ? "row.cut" : "30%") + ", sd = 7%)\n"
                              : "  cut = " + plain(Sort::Share, "40%") + "\n";
    body += "  price = " + plain(Sort::Money, "50_000 DKK per year") + "\n";
    if (random_.one_in(2)) body += "  go ~ chance 65%\n";
    if (random_.one_in(3)) body += "  u = age -> 1 - 0.7 ^ max(age / 2 months, 0)\n", hits().insert("lambda");
    if (random_.one_in(2)) body += "  extra { boost ~ 20% to 40% }\n", hits().insert("nested block");
    frame_ = before;
    return body;
  }

  void items() {
    hits().insert("instance");
    for (int i = random_.between(1, 3); i-- > 0;)
      lines_.push_back("item One" + std::to_string(++count_) + " {\n" + item_body(false) + "}");
    if (random_.one_in(4)) return;
    hits().insert("family");
    const bool some = random_.one_in(3);
    if (some) hits().insert("family with where");
    lines_.push_back(
        "table rows from \"rows.csv\" key id {\n  id : Text\n  atc : ATC\n  area : region\n  a : Number\n  start : Date\n  lag : months\n"
        "  cut : Share\n  price : DKK per year\n}");
    lines_.push_back("item Rows for row in rows" + std::string(some ? " where row.a > 1" : "") + " {\n" + item_body(true) + "}");
    static const char* codes[] = {"L01FX12", "L04AC05", "A10BJ06", "N02CD"};
    static const char* regions[] = {"Nord", "Syd", "Vest"};
    std::string csv = "id,atc,area,a,start,lag,cut,price\n";
    const int rows = random_.between(2, 5);
    for (int r = 0; r < rows; ++r) {
      csv += std::string("row ") + std::to_string(r) + "," + codes[random_.below(4)] + "," + regions[random_.below(3)] + "," +
             std::to_string(r == 0 ? 3 : random_.between(0, 4)) + "." + std::to_string(random_.between(1, 99)) + "," +
             std::to_string(frame_.first_year + random_.below(2)) + "-" + two(random_.between(1, 12)) + "-" +
             two(random_.between(1, 28)) + "," + std::to_string(random_.between(1, 12)) + ",0." +
             std::to_string(random_.between(11, 59)) + "," + std::to_string(random_.between(10, 900)) + "000\n";
    }
    scenario_.files["rows.csv"] = csv;
    const Name& field = frame_.fields[static_cast<std::size_t>(random_.below(static_cast<int>(frame_.fields.size())))];
    frame_.names.push_back({"Rows[\"row 0\"]." + field.text, field.sort, field.dims});
    hits().insert("one row of a family");
  }

  // ---- forecasts --------------------------------------------------------------------------------------------------

  std::string grain() {
    std::vector<std::string> grains{"year"};
    if (grain_ != "year") grains.push_back("quarter");
    if (grain_ == "month") grains.push_back("month");
    const std::string chosen = grains[static_cast<std::size_t>(random_.below(static_cast<int>(grains.size())))];
    hits().insert("forecast by " + chosen);
    return chosen;
  }

  /// `adds`: money sums over the dimensions that `by` leaves out; a plain number has no sum.
  void forecast(const std::string& measure, const Dims& dims, bool adds, const std::string& more = {}) {
    std::string by = grain();
    for (const std::string& dimension : dims)
      if (!adds || random_.one_in(2)) {
        by += ", " + dimension;
        hits().insert("forecast by a dimension");
      } else {
        hits().insert("forecast sums a dimension");
      }
    if (!more.empty()) by += ", " + more;
    lines_.push_back("forecast out" + std::to_string(++count_) + " { measure = " + measure + "; by = [" + by + "] }");
  }

  void forecasts() {
    forecast("sum(spend of all item)", spend_dims_, true);
    if (random_.one_in(2)) forecast("sum(spend of all item)", spend_dims_, true, "atc(1)"), hits().insert("forecast by atc(1)");
    if (random_.one_in(2) && !spend_dims_.contains("region"))
      forecast("sum(spend of all item)", {}, true, "area"), hits().insert("forecast by a label field");
    for (int i = random_.between(1, 3); i-- > 0;) {
      const Sort sort = random_.one_in(2) ? Sort::Number : random_.one_in(2) ? Sort::Money : Sort::Share;
      const Expr e = writer().write(sort, depth());
      forecast(e.text, e.dims, sort == Sort::Money);
    }
    for (const Name& n : frame_.names)   // what else there is, so that little of it is dead
      if (n.sort == Sort::Number && random_.one_in(2)) forecast(n.text, n.dims, false);
  }

  /// Order does not matter.
  void shuffle() {
    for (std::size_t i = lines_.size(); i > 1; --i) std::swap(lines_[i - 1], lines_[static_cast<std::size_t>(random_.below(static_cast<int>(i)))]);
  }

  Random random_;
  int months_;
  Scenario scenario_;
  Frame frame_, frame_of_scenario_;
  std::string head_, grain_;
  std::vector<std::string> lines_;
  std::vector<Name> later_;
  Dims spend_dims_;
  int count_ = 0;
};

}  // namespace

Scenario generate(std::uint64_t seed, int months) { return Generator(seed, months).run(); }

const std::vector<std::string>& all_constructs() {
  static const std::vector<std::string> names = [] {
    std::set<std::string> all;   // what two thousand scenarios are made of: a word once rare enough to miss is a loss to notice
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
      const std::set<std::string> some = generate(0x5eed0000 + seed).constructs;
      all.insert(some.begin(), some.end());
    }
    return std::vector<std::string>(all.begin(), all.end());
  }();
  return names;
}

}  // namespace horizon::property
