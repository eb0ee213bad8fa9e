# ONNX Runtime and DuckDB: not in Debian 12, unpacked by npm under third_party/npm/node_modules.
set(WAYSIDE_NPM ${PROJECT_SOURCE_DIR}/third_party/npm/node_modules)

set(ORT ${WAYSIDE_NPM}/com.github.asus4.onnxruntime)
set(ORT_HEADERS "${ORT}/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers")
if(DEFINED ENV{ONNXRUNTIME_ROOT})
  set(ORT_HEADERS $ENV{ONNXRUNTIME_ROOT}/include)
  set(ONNXRUNTIME_LIBRARY $ENV{ONNXRUNTIME_ROOT}/lib/libonnxruntime.so)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(ONNXRUNTIME_LIBRARY ${ORT}/Plugins/Linux/x64/libonnxruntime.so)
endif()
if(NOT EXISTS ${ORT_HEADERS}/onnxruntime_cxx_api.h)
  message(FATAL_ERROR "ONNX Runtime's headers are missing: run ./dev setup")
endif()
# Headers only: the library is opened at run time.
add_library(onnxruntime_headers INTERFACE)
target_include_directories(onnxruntime_headers SYSTEM INTERFACE ${ORT_HEADERS})
target_compile_definitions(onnxruntime_headers INTERFACE
                           WAYSIDE_ONNXRUNTIME_LIBRARY="${ONNXRUNTIME_LIBRARY}")

set(DUCKDB_LIBRARY ${WAYSIDE_NPM}/@duckdb/node-bindings-linux-x64/libduckdb.so)
if(NOT EXISTS ${DUCKDB_LIBRARY})
  message(FATAL_ERROR "DuckDB is missing: run ./dev setup")
endif()
# duckdb.h alone is copied out, so that nothing else of that tree can be included.
configure_file(${WAYSIDE_NPM}/duckdb/src/duckdb/src/include/duckdb.h
               ${PROJECT_BINARY_DIR}/third_party/duckdb.h COPYONLY)
add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES IMPORTED_LOCATION ${DUCKDB_LIBRARY} IMPORTED_NO_SONAME OFF
                      INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_BINARY_DIR}/third_party)
