#include "hub/api/openapi.hpp"

namespace wayside::hub::api {
namespace {

constexpr const char* usage_schema = R"({"type":"object","required":["time","store_bytes",
  "free_bytes","archive_bytes","archive_files","lines"],"properties":{"lines":{"type":"array",
  "items":{"type":"object","required":["kind","tier","asset","rows","bytes","archived_rows",
  "archived_bytes"]}}}})";
constexpr const char* export_schema = R"({"type":"object","required":["time","who","remote","what",
  "rows","bytes","digest"],"properties":{"digest":{"type":"string"}}})";
constexpr const char* exports_schema = R"({"type":"object","required":["exports"],"properties":{
  "exports":{"type":"array","items":{"type":"object"}}}})";
constexpr const char* deletion_schema = R"({"type":"object","required":["asset","who","remote",
  "requested","finished","removed","remaining"]})";
constexpr const char* deletions_schema = R"({"type":"object","required":["deletions"],
  "properties":{"deletions":{"type":"array","items":{"type":"object"}}}})";
constexpr const char* export_body = R"({"type":"object","required":["table","who"],"properties":{
  "table":{"enum":["samples","features","decisions","events","health","downsampled"]},
  "format":{"enum":["parquet","csv"]},"assets":{"type":"array","items":{"type":"string"}},
  "names":{"type":"array","items":{"type":"string"}},"from":{"type":["string","number"]},
  "to":{"type":["string","number"]},"who":{"type":"string"}}})";
constexpr const char* delete_body = R"({"type":"object","required":["confirm","who"],"properties":{
  "confirm":{"type":"string"},"who":{"type":"string"}}})";

}  // namespace

std::vector<Route> keeping_routes() {
  const Parameter limit{"limit", "integer", "at most so many, newest first"};
  return {
      {"get",
       "/api/v1/usage",
       "rows and bytes by kind, tier and asset",
       "application/json",
       {},
       nullptr,
       usage_schema},
      {"get",
       "/api/v1/exports",
       "the log of exports",
       "application/json",
       {limit},
       nullptr,
       exports_schema},
      {"post",
       "/api/v1/exports",
       "make a file of stored rows, and log it",
       "application/json",
       {},
       export_body,
       export_schema},
      {"get",
       "/api/v1/exports/{digest}",
       "the file, once",
       "application/octet-stream",
       {{"digest", "string", "of the export just made", true}}},
      {"post",
       "/api/v1/assets/{asset}/delete",
       "remove everything stored of an asset",
       "application/json",
       {{"asset", "string", "name of an asset", true}},
       delete_body,
       deletion_schema},
      {"get",
       "/api/v1/deletions",
       "the log of deletions",
       "application/json",
       {limit},
       nullptr,
       deletions_schema},
  };
}

}  // namespace wayside::hub::api
