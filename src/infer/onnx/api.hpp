#pragma once

// The one place that includes ONNX Runtime's header: its calls go through a table that
// `RuntimeLibrary::open` fills in, never through a linked library.
#define ORT_API_MANUAL_INIT
#include <onnxruntime_cxx_api.h>
