#pragma once

#include <string>
#include <vector>

namespace wayside::hub::api {

struct Parameter {
  const char* name;
  const char* type;  ///< string, integer, number, boolean
  const char* description;
  bool required = false;
};

/// One route as `/api/openapi.json` tells of it.
struct Route {
  const char* method;
  const char* path;
  const char* summary;
  const char* content_type = "application/json";
  std::vector<Parameter> parameters;
  const char* body = nullptr;      ///< JSON schema of the request's body
  const char* response = nullptr;  ///< JSON schema of a successful reply
};

/// Those of what is held, exported and deleted.
[[nodiscard]] std::vector<Route> keeping_routes();
/// Those of the questions.
[[nodiscard]] std::vector<Route> question_routes();
/// All routes of docs/api.md.
[[nodiscard]] const std::vector<Route>& routes();
/// The OpenAPI 3.1 document of `routes`.
[[nodiscard]] std::string openapi(const std::string& version);

}  // namespace wayside::hub::api
