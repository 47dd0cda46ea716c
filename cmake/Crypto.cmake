# horizon_crypto: OpenSSL's libcrypto, of which runtime/store takes SHA-256 alone. Its archive where there is one: the dynamic library is 5 MB
# that each start of a program would map and bind.
find_package(OpenSSL REQUIRED)
get_filename_component(crypto_folder "${OPENSSL_CRYPTO_LIBRARY}" DIRECTORY)
find_library(CRYPTO_LIBRARY NAMES libcrypto.a crypto HINTS "${crypto_folder}" REQUIRED)
add_library(horizon_crypto INTERFACE)
target_include_directories(horizon_crypto SYSTEM INTERFACE ${OPENSSL_INCLUDE_DIR})
target_link_libraries(horizon_crypto INTERFACE "${CRYPTO_LIBRARY}" Threads::Threads ${CMAKE_DL_LIBS})
