#include "runtime/store/hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/check.hpp"

namespace horizon::store {

std::string sha256_hex(std::string_view bytes) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HZ_CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  HZ_CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  HZ_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

}  // namespace horizon::store
