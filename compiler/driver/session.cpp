#include "compiler/driver/session.hpp"

#include <algorithm>
#include <utility>

#include "compiler/driver/kept_code.hpp"

namespace horizon::driver {

std::shared_ptr<codegen::Code> KeptCode::find(const std::string& key) {
  const auto at = std::find_if(codes_.begin(), codes_.end(), [&](const auto& entry) { return entry.first == key; });
  if (at == codes_.end()) return nullptr;
  std::rotate(codes_.begin(), at, at + 1);
  return codes_.front().second;
}

void KeptCode::keep(std::string key, std::shared_ptr<codegen::Code> code) {
  codes_.emplace(codes_.begin(), std::move(key), std::move(code));
  if (codes_.size() > most) codes_.pop_back();
}

Session::Session(Options options, ReadFile read)
    : options_(std::move(options)), read_(std::move(read)), kept_(std::make_unique<KeptCode>()) {}
Session::~Session() = default;

const Compiled& Session::open(const std::string& path) {
  path_ = path;
  return compile_again();
}

const Compiled& Session::edit(const std::string& path, std::string text) {
  edits_.insert_or_assign(path, std::move(text));
  return compile_again();
}

const Compiled& Session::revert(const std::string& path) {
  edits_.erase(path);
  return compile_again();
}

const Compiled& Session::compile_again() {
  const ReadFile read = [this](const std::string& path) -> Expected<std::string, std::string> {
    const auto edited = edits_.find(path);
    return edited == edits_.end() ? read_(path) : Expected<std::string, std::string>(edited->second);
  };
  compiled_ = compile(path_, options_, read, kept_.get());
  if (compiled_.plan && options_.engine == Engine::Jit) {
    switch (compiled_.code.from) {
      case CodeInfo::From::Llvm: ++counters_.llvm; break;
      case CodeInfo::From::Store: ++counters_.store; break;
      case CodeInfo::From::Memory: ++counters_.memory; break;
    }
  }
  return compiled_;
}

}  // namespace horizon::driver
