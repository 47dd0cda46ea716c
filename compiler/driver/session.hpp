#pragma once
// A scenario that stays open while its text changes: for editors, a watch mode, and what-ifs by the hundred.
//
//   driver::Session session({}, read_file);
//   session.open("hospital.hzn");
//   const driver::Compiled& now = session.edit("hospital.hzn", text_with_another_price);
//   if (now.plan) { auto results = session::run(*now.plan, {.futures = 1'000, .seed = 1}); ... }
//
// As long as an edit changes numbers and dates only, the kernels keep their shape and their machine code stays as it is: LLVM has
// nothing to do. The results are those of a separate run of the same text, to the last byte.
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "compiler/driver/compile.hpp"

namespace horizon::driver {

class KeptCode;

/// Not for several threads at once. Plans may outlive it and be run on any thread.
class Session {
 public:
  /// `read` gives the files that were not edited, each time anew.
  Session(Options options, ReadFile read);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Compiles the scenario at `path`. What is returned here and below is valid until the next call.
  const Compiled& open(const std::string& path);
  /// From now on the file at `path` (the scenario, a module or a table, as its name was given or is shown in messages) has this text;
  /// compiles again what is open.
  const Compiled& edit(const std::string& path, std::string text);
  /// Forgets an edit: the file is read again.
  const Compiled& revert(const std::string& path);
  const Compiled& compiled() const { return compiled_; }

  /// How often the code of a plan came from where.
  struct Counters {
    std::uint64_t llvm = 0;     ///< compiled
    std::uint64_t store = 0;    ///< linked from Options::objects
    std::uint64_t memory = 0;   ///< still there from an earlier edit
  };
  const Counters& counters() const { return counters_; }

 private:
  const Compiled& compile_again();

  Options options_;
  ReadFile read_;
  std::string path_;
  std::map<std::string, std::string> edits_;
  std::unique_ptr<KeptCode> kept_;
  Compiled compiled_;
  Counters counters_;
};

}  // namespace horizon::driver
