#pragma once
// What stays in memory from one compilation to the next, for driver::Session.
#include <memory>
#include <string>
#include <vector>

#include "compiler/codegen/codegen.hpp"
#include "compiler/driver/compile.hpp"
#include "compiler/mir/compare.hpp"

namespace horizon::driver {

/// The codes used last, the newest in front. Keys are whole shapes, compared byte by byte.
class KeptCode {
 public:
  std::shared_ptr<codegen::Code> find(const std::string& key);
  void keep(std::string key, std::shared_ptr<codegen::Code> code);

  /// The last edition that became a plan: its module and its kernels with their arrays; null and none before the first.
  struct Edition {
    std::shared_ptr<const mir::Module> module;
    std::vector<plan::Kernel> kernels;
    std::shared_ptr<codegen::Code> code;   ///< null with the interpreter
    codegen::Cpu cpu = codegen::Cpu::X86_64;
  };
  Edition last;

 private:
  static constexpr std::size_t most = 16;
  std::vector<std::pair<std::string, std::shared_ptr<codegen::Code>>> codes_;
};

/// `compile` with code from `kept` where its shape is known there; `kept` may be null.
Compiled compile(const std::string& path, const Options& options, const ReadFile& read, KeptCode* kept);

}  // namespace horizon::driver
