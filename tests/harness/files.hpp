#pragma once
// Reading files for driver::compile.
#include <fstream>
#include <sstream>
#include <string>

#include "compiler/driver/compile.hpp"

namespace horizon::test {

inline Expected<std::string, std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unexpected{std::string("there is no such file")};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace horizon::test
