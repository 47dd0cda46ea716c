// A module is compiled in as many parts as there are cores, each an object of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/share_out.hpp"
#include "compiler/codegen/codegen.hpp"
#include "compiler/codegen/pack.hpp"
#include "tests/harness/synthetic_mir.hpp"

namespace horizon {
namespace {

using Objects = std::vector<std::string_view>;

TEST(Pack, ComesBack) {
  const std::string zeros(300, '\0');
  const std::vector<Objects> cases = {{}, {""}, {"12 3"}, {"one", "", zeros}};
  for (const Objects& objects : cases) {
    const std::string entry = codegen::pack(objects);
    const auto back = codegen::unpack(entry);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, objects);
  }
}

TEST(Pack, WhatIsCutOrChangedIsRefused) {
  const std::string good = codegen::pack({"first", "second"});
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(codegen::unpack(good.substr(0, size))) << size;
  EXPECT_FALSE(codegen::unpack(good + "x"));
  for (const char* text : {"objects -1 ", "objects 1 99999999999999999999 x", "objects 18446744073709551615 ", "objects 2 1 18446744073709551615 xy",
                           "objects x", "\x7f" "ELF"})
    EXPECT_FALSE(codegen::unpack(text)) << text;
}

TEST(Parts, AreCompiledApartAndLoadedTogether) {
  const mir::Module module = testing::synthetic_module(3, 4, 300);
  std::string entry;
  codegen::ObjectStore store;
  store.write = [&](const std::string&, const std::string& made) { entry = made; };
  const auto made = codegen::compile(module, codegen::host_cpu(), store);
  ASSERT_TRUE(made) << made.error();
  const std::string whole = entry;
  const auto objects = codegen::unpack(whole);
  ASSERT_TRUE(objects);
  EXPECT_EQ(objects->size(), std::min<std::size_t>(cores(), 4));

  store.read = [&](const std::string&) { return std::optional(entry); };
  const auto kept = codegen::compile(module, codegen::host_cpu(), store);
  ASSERT_TRUE(kept);
  EXPECT_EQ((*kept)->llvm_instructions(), 0u);
  EXPECT_EQ((*kept)->code_bytes(), (*made)->code_bytes());
  EXPECT_EQ((*kept)->kernels().size(), module.kernels.size());

  // A part alone calls what is not there: it is made anew.
  entry = codegen::pack({objects->back()});
  const auto again = codegen::compile(module, codegen::host_cpu(), store);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->llvm_instructions() > 0, cores() > 1);
}

}  // namespace
}  // namespace horizon
