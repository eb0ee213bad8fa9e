#include "node/model_features.hpp"

#include <fmt/format.h>

namespace wayside::node {
namespace {

/// What is wrong with one input, or empty.
std::string difference(const std::string& input, const infer::Manifest::Definition& fitted,
                       const KindConfig& kind) {
  const auto feature = kind.plan->find(input);
  if (!feature)
    return fmt::format("it needs '{}' ({}), which is not there", input, fitted.expression);
  if (fitted.digest.empty() || fitted.digest == kind.plan->feature_digests()[*feature]) return {};
  const std::string& expression = kind.definitions[*feature].expression;
  if (expression != fitted.expression)
    return fmt::format("'{}' was {} and is {}", input, fitted.expression, expression);
  return fmt::format(
      "'{}' ({}) had another grid, or is made of features, units or versions that "
      "changed",
      input, expression);
}

}  // namespace

Status check_features(const infer::Manifest& manifest, const KindConfig& kind) {
  std::string differences;
  for (const std::string& input : manifest.inputs) {
    const auto fitted = manifest.features.find(input);
    if (fitted == manifest.features.end()) continue;
    const std::string one = difference(input, fitted->second, kind);
    if (!one.empty()) differences += (differences.empty() ? "" : "; ") + one;
  }
  const bool others = manifest.features.empty() && !manifest.features_digest.empty() &&
                      manifest.features_digest != kind.plan->digest();
  if (differences.empty() && !others) return {};
  return fail(Errc::invalid,
              "it was fitted on other feature definitions (digest {}) than this kind has now "
              "(digest {}){}{}: fit it again",
              manifest.features_digest.empty() ? "unknown" : manifest.features_digest,
              kind.plan->digest(), differences.empty() ? "" : ": ", differences);
}

}  // namespace wayside::node
