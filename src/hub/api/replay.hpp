#pragma once

#include <string>

#include "base/http/server.hpp"
#include "base/result.hpp"
#include "hub/store/replay.hpp"

/// What replays of features read and write, as docs/api.md says.
namespace wayside::hub::api {

/// Features that one request may bring, as many as a kind may have.
inline constexpr std::size_t replaced_names_max = 1024;

/// Of the parameters asset, node, signals, from, to, limit. Errors: `invalid`.
[[nodiscard]] Result<SampleRequest> sample_request(const http::Request& request);
/// samples.csv: `asset,signal,time,value,quality,version`.
[[nodiscard]] std::string samples_csv(const std::string& asset, const StoredSamples& samples);
/// Of a body `{"node", "asset", "from", "to", "names", "times", "values"}`. Errors: `invalid`,
/// naming the member.
[[nodiscard]] Result<FeatureReplacement> feature_replacement(const std::string& body);

}  // namespace wayside::hub::api
