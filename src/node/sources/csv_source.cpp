#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "node/sources/captures.hpp"
#include "node/sources/csv_row.hpp"
#include "node/sources/intake.hpp"
#include "node/sources/line_reader.hpp"
#include "node/sources/parsers.hpp"
#include "node/sources/time_rule.hpp"
#include "node/sources/waiting.hpp"

namespace wayside::node::sources {
namespace {

using config::Node;

constexpr std::size_t row_bytes_max = 1 << 20;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

struct CsvColumn {
  std::string name;
  ChannelByKind channels;
};

struct CsvConfig {
  std::string path;
  char delimiter = ',';
  bool header = true;
  std::vector<std::string> names;  ///< without a header; empty: 1, 2, 3, …
  TimeRule time;
  std::optional<AssetId> asset;  ///< fixed, or else by column:
  std::string asset_column;
  NameTemplate asset_name{"$1"};
  std::vector<CsvColumn> columns;
  Time from = Time::min();   ///< rows before are passed over
  Time until = Time::max();  ///< and from here on
  Pace pace;
};

/// What stands for "no measurement" in files of many origins.
bool no_value(std::string_view field) {
  constexpr std::array<std::string_view, 7> names{"", "NA", "N/A", "null", "NULL", "None", "-"};
  return std::find(names.begin(), names.end(), field) != names.end();
}

std::optional<double> to_number(std::string_view field) {
  if (field.starts_with('+')) field.remove_prefix(1);
  double value = 0;
  const auto [stop, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc{} || stop != field.data() + field.size()) return std::nullopt;
  return value;
}

class CsvSource final : public Source {
 public:
  CsvSource(const CsvConfig& config, const SourceContext& context)
      : config_(config),
        name_(fmt::format("csv:{}", std::filesystem::path(config.path).filename().string())),
        assets_(context.assets),
        index_(context.assets),
        log_(context.log),
        splitter_(config.delimiter),
        pacer_(config.pace, context.clock),
        intake_(context, name_, Intake::Delivery::wait) {}

  const std::string& name() const override { return name_; }
  bool finite() const override { return true; }

  void run(std::stop_token stop) override {
    outcome_ = read(stop);
    if (!outcome_) outcome_ = fail_in(name_, outcome_.error());
  }
  Status outcome() const override { return outcome_; }

 private:
  /// Until the end of the file or the stop. Errors: what keeps it from reading all of it.
  Status read(std::stop_token stop) {
    // Without blocking: a named pipe that nobody writes to is at its end.
    const FileDescriptor file(::open(config_.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0)
      return fail(Errc::io, "cannot open {}: {}", config_.path, std::strerror(errno));
    LineReader lines(file.get(), row_bytes_max, stop);
    bool located = false;
    if (!config_.header) {
      if (auto found = locate(config_.names); !found) return found;
      located = true;
    }
    for (std::string_view line;;) {
      const auto next = lines.next(line);
      if (!next) return tl::make_unexpected(next.error());
      if (*next == LineReader::Next::stopped) return {};
      if (*next == LineReader::Next::end) break;
      if (*next == LineReader::Next::idle) {
        if (!intake_.flush(stop)) return {};
        continue;
      }
      if (*next == LineReader::Next::too_long) {
        intake_.reject(Reject::row_too_long);
        continue;
      }
      if (first_line_ && line.starts_with(byte_order_mark))
        line.remove_prefix(byte_order_mark.size());
      first_line_ = false;
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (!located) {
        if (auto found = read_header(line); !found) return found;
        located = true;
      } else if (!take(line, stop)) {
        return {};
      }
    }
    if (intake_.flush(stop)) log_.info("{}: read to its end", name_);
    return {};
  }

  /// The field of a column, or nullopt for one that the file does not have.
  std::optional<std::size_t> find(const std::string& column,
                                  const std::vector<std::string>& names) {
    const auto named = std::find(names.begin(), names.end(), column);
    if (named != names.end()) return static_cast<std::size_t>(named - names.begin());
    std::size_t number = 0;
    const char* end = column.data() + column.size();
    const auto [stop, error] = std::from_chars(column.data(), end, number);
    const bool counted =
        error == std::errc{} && stop == end && number >= 1 && number <= RowSplitter::fields_max;
    if (counted && (names.empty() || number <= names.size())) return number - 1;
    intake_.reject(Reject::column_unknown);
    log_.warn("{}: no column '{}'{}; the file has {}", name_, column, did_you_mean(column, names),
              fmt::join(names, ", "));
    return std::nullopt;
  }

  Status read_header(std::string_view line) {
    const auto* fields = splitter_.split(line);
    if (fields == nullptr) {
      intake_.reject(Reject::row_unparsable);
      return fail(Errc::invalid, "the header cannot be read");
    }
    return locate({fields->begin(), fields->end()});
  }

  /// Errors: a column is not there without which nothing can be read.
  Status locate(const std::vector<std::string>& names) {
    if (!config_.time.column().empty()) {
      time_field_ = find(config_.time.column(), names);
      if (!time_field_)
        return fail(Errc::invalid, "it has no column '{}' for the time", config_.time.column());
    }
    if (!config_.asset) {
      asset_field_ = find(config_.asset_column, names);
      if (!asset_field_)
        return fail(Errc::invalid, "it has no column '{}' for the asset", config_.asset_column);
    }
    for (const CsvColumn& column : config_.columns)
      if (const auto field = find(column.name, names)) fields_.push_back({*field, &column});
    return {};
  }

  /// One row of values. False once stopped.
  bool take(std::string_view line, std::stop_token stop) {
    const std::uint64_t row = row_++;
    const auto* fields = splitter_.split(line);
    const std::size_t needed = std::max(time_field_.value_or(0), asset_field_.value_or(0));
    if (fields == nullptr || fields->size() <= needed) {
      intake_.reject(Reject::row_unparsable);
      return true;
    }
    const auto time =
        config_.time.time(time_field_ ? (*fields)[*time_field_] : std::string_view{}, row);
    if (!time) {
      intake_.reject(Reject::time_unparsable);
      return true;
    }
    if (*time < config_.from || *time >= config_.until) return true;
    const auto asset = config_.asset
                           ? config_.asset
                           : index_.find(config_.asset_name.expand({(*fields)[*asset_field_]}));
    if (!asset) {
      intake_.reject(Reject::asset_unknown);
      return true;
    }
    if (!config_.pace.max() && !(intake_.flush(stop) && pacer_.wait_for(*time, stop))) return false;
    for (const Field& field : fields_) take_value(field, *fields, *asset, *time);
    return intake_.pending() < Intake::batch_max || intake_.flush(stop);
  }

  struct Field {
    std::size_t index;
    const CsvColumn* column;
  };

  void take_value(const Field& field, const std::vector<std::string_view>& fields, AssetId asset,
                  Time time) {
    if (field.index >= fields.size()) return intake_.reject(Reject::row_unparsable);
    const std::string_view text = fields[field.index];
    if (no_value(text)) return;
    const auto& channel = field.column->channels[assets_.assets[asset.index()].kind];
    if (!channel) return intake_.reject(Reject::signal_unknown);
    const auto value = to_number(text);
    if (!value) return intake_.reject(Reject::value_unparsable);
    intake_.add(asset, channel->signal, time, channel->to_signal(*value));
  }

  CsvConfig config_;
  std::string name_;
  Status outcome_;
  const AssetTable& assets_;
  AssetIndex index_;
  Log log_;
  RowSplitter splitter_;
  Pacer pacer_;
  Intake intake_;
  std::optional<std::size_t> time_field_;
  std::optional<std::size_t> asset_field_;
  std::vector<Field> fields_;
  std::uint64_t row_ = 0;
  bool first_line_ = true;
};

class CsvSpec final : public SourceSpec {
 public:
  explicit CsvSpec(CsvConfig config) : config_(std::move(config)) {}

  Result<std::unique_ptr<Source>> create(const SourceContext& context) const override {
    std::error_code error;
    const auto status = std::filesystem::status(config_.path, error);
    if (!std::filesystem::exists(status))
      return fail(Errc::not_found, "there is no file {}", config_.path);
    if (std::filesystem::is_directory(status))
      return fail(Errc::invalid, "{} is a folder, not a file", config_.path);
    if (::access(config_.path.c_str(), R_OK) != 0)
      return fail(Errc::refused, "cannot read {}: {}", config_.path, std::strerror(errno));
    return std::make_unique<CsvSource>(config_, context);
  }

 private:
  CsvConfig config_;
};

void read_format(config::MapReader& reader, CsvConfig& config) {
  config::Diagnostics& diagnostics = reader.diagnostics();
  if (const Node* delimiter = reader.optional("delimiter")) {
    const std::string& text = delimiter->scalar;
    if (text == "whitespace")
      config.delimiter = RowSplitter::whitespace;
    else if (text == "tab")
      config.delimiter = '\t';
    else if (delimiter->type == Node::Type::scalar && text.size() == 1 && text != "\"")
      config.delimiter = text[0];
    else
      diagnostics.error(delimiter->at,
                        fmt::format("expected one character, tab or whitespace, found {}",
                                    delimiter->describe()));
  }
  config.header = reader.boolean("header", true);
  const Node* names = reader.optional("names");
  if (names == nullptr) return;
  if (config.header)
    diagnostics.error(names->at, "'names' is for files without a header: add 'header: false'");
  if (names->type != Node::Type::sequence || names->items.empty())
    diagnostics.error(names->at,
                      fmt::format("expected a list of names, found {}", names->describe()));
  for (const Node& name : names->items)
    config.names.push_back(config::as_string(name, diagnostics).value_or(""));
}

void read_csv_asset(const Node& node, CsvConfig& config, const ParseContext& context) {
  if (node.type == Node::Type::scalar) {
    config.asset = read_asset(node, context);
    return;
  }
  config::MapReader reader(node, "an asset", context.diagnostics);
  config.asset_column = reader.required_string("column");
  config.asset_name = NameTemplate(reader.string("name", "$1"));
  if (config.asset_name.captures() != 1)
    context.diagnostics.error(node.at, "an asset's 'name' holds $1, the text of the column");
}

void read_columns(const Node& node, CsvConfig& config, const ParseContext& context) {
  if (node.type != Node::Type::map || node.entries.empty())
    context.diagnostics.error(node.at,
                              fmt::format("expected columns as a map, found {}", node.describe()));
  std::optional<std::size_t> kind;
  if (config.asset) kind = context.assets.assets[config.asset->index()].kind;
  for (const Node::Entry& entry : node.entries)
    if (auto channels = read_channel(entry.value, kind, context))
      config.columns.push_back({entry.key, std::move(*channels)});
}

Time read_time(config::MapReader& reader, std::string_view key, Time fallback) {
  const Node* node = reader.optional(key);
  if (node == nullptr) return fallback;
  const auto time = parse_time(node->scalar);
  if (node->type == Node::Type::scalar && time) return *time;
  reader.diagnostics().error(
      node->at,
      fmt::format("expected a time such as 2026-03-01T12:00:00Z, found {}", node->describe()));
  return fallback;
}

/// Where the file's columns are known beforehand, a wrong name can be shown in its place.
void check_names(const Node* columns, const CsvConfig& config, config::Diagnostics& diagnostics) {
  if (config.names.empty()) return;
  const auto check = [&](const std::string& name, const config::Location& at) {
    const bool number = !name.empty() && name.find_first_not_of("0123456789") == name.npos;
    if (number || std::find(config.names.begin(), config.names.end(), name) != config.names.end())
      return;
    diagnostics.error(
        at, fmt::format("'names' has no column '{}'{}", name, did_you_mean(name, config.names)));
  };
  if (columns != nullptr)
    for (const Node::Entry& entry : columns->entries) check(entry.key, entry.key_at);
  if (!config.time.column().empty()) check(config.time.column(), config.time.at());
}

}  // namespace

std::unique_ptr<SourceSpec> parse_csv(const Node& body, const ParseContext& context) {
  config::Diagnostics& diagnostics = context.diagnostics;
  const std::size_t errors_before = diagnostics.errors().size();
  CsvConfig config;
  config::MapReader reader(body, "a csv source", diagnostics);
  if (const Node* path = reader.required("path"))
    config.path = path_from(path->at, config::as_string(*path, diagnostics).value_or(""));
  read_format(reader, config);
  if (const Node* time = reader.required("time"))
    if (auto rule = TimeRule::read(*time, diagnostics)) config.time = std::move(*rule);
  const Node* asset = reader.required("asset");
  if (asset != nullptr) read_csv_asset(*asset, config, context);
  const Node* columns = reader.required("columns");
  const bool asset_known = config.asset || !config.asset_column.empty();
  if (columns != nullptr && asset_known) read_columns(*columns, config, context);
  check_names(columns, config, diagnostics);
  config.from = read_time(reader, "from", config.from);
  config.until = read_time(reader, "until", config.until);
  if (const Node* pace = reader.optional("pace"))
    config.pace = as_pace(*pace, diagnostics).value_or(Pace{});
  reader.finish();
  if (diagnostics.errors().size() != errors_before) return nullptr;
  return std::make_unique<CsvSpec>(std::move(config));
}

}  // namespace wayside::node::sources
