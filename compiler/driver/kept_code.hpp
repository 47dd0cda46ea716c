#pragma once
// What stays in memory from one compilation to the next, for driver::Session.
#include <memory>
#include <string>
#include <vector>

#include "compiler/codegen/codegen.hpp"
#include "compiler/driver/compile.hpp"
#include "compiler/lower/numbers.hpp"
#include "compiler/mir/compare.hpp"

namespace horizon::driver {

/// The codes used last, the newest in front. Keys are whole shapes, compared byte by byte.
class KeptCode {
 public:
  std::shared_ptr<codegen::Code> find(const std::string& key);
  void keep(std::string key, std::shared_ptr<codegen::Code> code);

  /// The last edition that became a plan of machine code; null and empty before the first.
  struct Edition {
    std::shared_ptr<mir::Module> module;   ///< nobody else's: an edition with other numbers is made from it in place
    plan::Plan plan;
    std::shared_ptr<codegen::Code> code;
    codegen::Cpu cpu = codegen::Cpu::X86_64;
    Work work;
    std::shared_ptr<const model::Model> model;
    std::optional<lower::Numbers> numbers;   ///< none: each edition is lowered
  };
  Edition last;

 private:
  static constexpr std::size_t most = 16;
  std::vector<std::pair<std::string, std::shared_ptr<codegen::Code>>> codes_;
};

/// `compile` with code from `kept` where its shape is known there; `kept` may be null.
Compiled compile(const std::string& path, const Options& options, const ReadFile& read, KeptCode* kept);

}  // namespace horizon::driver
