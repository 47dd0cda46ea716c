#include "tests/property/products.hpp"

#include <cstdio>

#include "tests/property/writer.hpp"

namespace horizon::property {
namespace {

class Products {
 public:
  explicit Products(std::uint64_t seed) : random_(seed) {}

  Scenario run() {
    horizon();
    text_ += "currency DKK\ndimension region { North, South }\n";
    kind();
    const int count = random_.one_in(6) ? random_.between(20, 40) : random_.between(1, 6);
    for (int i = 0; i < count; ++i) product(i);
    forecasts();
    return {text_, {}, {}};
  }

 private:
  Random random_;
  std::string text_;
  int years_ = 0;
  bool monthly_ = true;
  bool chance_ = false, gate_ = false, launch_drawn_ = false, quotient_ = false, entry_ = false, lag_drawn_ = false, stop_ = false, decline_ = false,
       growth_drawn_ = false, end_ = false, steep_ = false;

  template <class T>
  T one_of(std::initializer_list<T> all) {
    return all.begin()[random_.below(static_cast<int>(all.size()))];
  }
  std::string number(double low, double high) {
    char text[40];
    std::snprintf(text, sizeof text, "%.4f", low + (high - low) * random_.below(10001) / 10000);
    return text;
  }
  static std::string month(int months) {   // since the beginning of 2026
    char text[40];
    std::snprintf(text, sizeof text, "%d-%02d-01", 2026 + (months + 1200) / 12 - 100, (months + 1200) % 12 + 1);
    return text;
  }
  /// From a year before the horizon to a year behind it; or far from it.
  int month_number() { return one_of({random_.between(0, 12 * years_), random_.between(0, 12 * years_), random_.between(-12, 12 * years_ + 12), -600, 700}); }
  std::string date() { return month(month_number()); }

  void horizon() {
    static constexpr int months[] = {16, 20, 24, 32, 36, 60, 60, 60, 63, 64, 72, 132};
    monthly_ = !random_.one_in(6);
    text_ = "language 1\n";
    if (monthly_) {
      const int count = months[random_.below(12)], first = random_.below(12);
      years_ = (first + count - 1) / 12 + 1;
      text_ += "horizon " + month(first).substr(0, 7) + ".." + month(first + count - 1).substr(0, 7) + " by month\n";
    } else {
      years_ = 4 * random_.between(4, 10);
      text_ += "horizon 2026.." + std::to_string(2025 + years_) + " by year\n";
    }
  }

  void kind() {
    chance_ = !random_.one_in(6), gate_ = !random_.one_in(10), launch_drawn_ = !random_.one_in(3), quotient_ = !random_.one_in(3);
    entry_ = !random_.one_in(3), lag_drawn_ = !random_.one_in(3), stop_ = entry_ && random_.one_in(3), decline_ = random_.one_in(3);
    growth_drawn_ = random_.one_in(2), end_ = random_.one_in(4), steep_ = random_.one_in(4);
    const std::string age = "(now - launch) / half";
    std::string uptake = quotient_ ? "1 / (1 + 9 ^ (1 - 2 * " + age + "))" : "0.5 + 0.5 ^ (" + age + ")";
    if (quotient_ && random_.one_in(4)) uptake = "1 / ((1 + 9 ^ (1 - 2 * " + age + ")) * (1 + exp(-1 * " + age + ")))";
    if (gate_) uptake = "if now < launch then 0 else " + uptake;
    const std::string since = "erosion * (now - entry)";
    const std::string dear = one_of<std::string>({"floor + (1 - floor) * exp(-" + since + ")", "floor + (1 - floor) / (1 + exp(" + since + " - 2))",
                                                  "floor + (1 - floor) * exp(-" + since + ") / (1 + exp(-" + since + "))", "exp(-" + since + ")"});
    std::string sales = "price * treated";
    if (entry_) sales += " * left";
    if (stop_) sales += " * second";
    if (decline_) sales += " * exp(-decline * (now - 2026-01-01))";
    std::string condition = chance_ ? "success" : "";
    if (end_) condition += std::string(chance_ ? " and " : "") + "now < last";
    if (!condition.empty()) sales = "if " + condition + " then " + sales + " else 0 DKK per year";
    text_ += "kind product {\n  atc : ATC\n  size : Number\n  growth : Change\n  price : DKK per year\n  floor : Share\n  success : Event\n"
             "  launch : Date\n  half : Duration\n  entry : Date\n  stop : Date\n  last : Date\n  erosion : Number per month\n  decline : Number per month\n"
             "  uptake : Number = " + uptake + "\n  left : Number = if now < entry then 1 else " + dear + "\n"
             "  second : Number = if now < stop then 1 else 0.5 + 0.5 * exp(-decline * (now - stop))\n"
             "  treated : Number = size * (1 + growth) ^ ((now - 2026-01-01) / 1 year) * uptake\n  spend : DKK per year = " + sales + "\n}\n";
  }

  /// A field that is drawn in all products, or in none.
  std::string field(const std::string& name, bool drawn, const std::string& value, const std::string& draw) {
    return "  " + name + (drawn ? " ~ " + draw : " = " + value) + "\n";
  }
  void product(int i) {
    static const char* codes[] = {"L01FX", "L04AC05", "A10BJ", "N02"};
    text_ += "product P" + std::to_string(i) + " {\n  atc = " + codes[random_.below(4)] + "\n";
    text_ += "  size ~ lognormal(p10 = " + number(1, 5) + ", p90 = " + number(6, 20) + ")\n";
    const std::string low = steep_ ? one_of<std::string>({"-99%", "-50%"}) : number(-9, 0) + "%";
    const std::string high = steep_ ? one_of<std::string>({"90%", "100000%"}) : number(1, 9) + "%";
    text_ += field("growth", growth_drawn_, low, "uniform(" + low + ", " + high + ")");
    text_ += "  price = " + number(1, 1000) + " DKK per year\n  floor = " + one_of<std::string>({"0%", "20%", "100%"}) + "\n";
    text_ += "  success ~ chance " + one_of<std::string>({"0%", "40%", "40%", "60%", "100%"}) + "\n";
    const int launch = month_number();
    text_ += field("launch", launch_drawn_, month(launch),
                   "pert(" + month(launch) + ", " + month(launch + random_.between(1, 9)) + ", " + month(launch + random_.between(10, random_.one_in(4) ? 120 : 30)) + ")");
    const std::string least = number(2, 10), most = number(11, 40);
    text_ += "  half ~ lognormal(p10 = " + (steep_ ? "0.01" : least) + " months, p90 = " + most + " months)\n";
    for (const char* name : {"entry", "stop"}) {
      const std::string lag = std::string("lag_") + name;
      text_ += "  " + lag + " : Duration ~ gamma(mean = " + number(5, 20) + " months, sd = " + number(1, 10) + " months)\n";
      text_ += std::string("  ") + name + " = " + date() + (lag_drawn_ ? " + " + lag : "") + "\n";
    }
    text_ += "  last = " + date() + "\n";
    const std::string erosion = number(0.01, 0.1);
    text_ += "  erosion ~ lognormal(p10 = " + erosion + " per month, p90 = " + (steep_ ? "400" : "0.5") + " per month)\n";
    text_ += "  decline ~ uniform(0.001 per month, 0.03 per month)\n}\n";
  }

  void forecasts() {
    const std::string each = monthly_ ? "month" : "year";
    text_ += "national = sum(spend of all product)\nkey : Share by region = { North: 31%, South: 69% }\n"
             "forecast all_of_it { measure = national; by = [" + each + "] }\n";
    if (random_.one_in(2)) text_ += "forecast by_region { measure = national * key; by = [year, region] }\n";
    if (random_.one_in(2)) text_ += "forecast groups { measure = sum(spend of all product); by = [" + each + ", atc(1)] }\n";
    if (random_.one_in(8)) text_ += "forecast treated { measure = sum(treated of all product); by = [" + each + "] }\n";
  }
};

}  // namespace

Scenario products(std::uint64_t seed) { return Products(seed).run(); }

}  // namespace horizon::property
