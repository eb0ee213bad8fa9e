#include "telemetry/udunits/units.hpp"

#include <udunits2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <mutex>
#include <vector>

#include "base/config/diagnostics.hpp"

namespace wayside::telemetry {
namespace {

/// No unit on a sensor's plate is longer.
constexpr std::size_t unit_bytes_max = 64;

/// UDUNITS-2 keeps its status and its error handler in globals, so one lock covers all instances.
std::mutex& udunits_mutex() {
  static std::mutex mutex;
  return mutex;
}

struct SystemFree {
  void operator()(ut_system* system) const { ut_free_system(system); }
};
struct UnitFree {
  void operator()(ut_unit* unit) const { ut_free(unit); }
};
struct ConverterFree {
  void operator()(cv_converter* converter) const { cv_free(converter); }
};
using System = std::unique_ptr<ut_system, SystemFree>;
using Unit = std::unique_ptr<ut_unit, UnitFree>;
using Converter = std::unique_ptr<cv_converter, ConverterFree>;

struct ExtraName {
  const char* name;
  const char* definition;
};

/// Names seen on sensors that the database lacks. `pps` is pounds a second, as in turbine data.
constexpr std::array extra_names{
    ExtraName{"psia", "psi"},
    ExtraName{"lbm", "lb"},
    ExtraName{"pps", "lb/s"},
    ExtraName{"lpm", "l/min"},
    ExtraName{"gpm", "US_liquid_gallon/min"},
    ExtraName{"deg", "arc_degree"},
    ExtraName{"kmh", "km/h"},
};

/// What a mistyped unit is compared with: the database has thousands of names, and most of them
/// would only be nearer by accident.
const std::vector<std::string>& common_units() {
  static const std::vector<std::string> names{
      "1",     "%",      "degC",   "degF", "degR", "K",    "Pa",      "hPa",   "kPa",     "MPa",
      "bar",   "mbar",   "psi",    "psia", "atm",  "mmHg", "inHg",    "rpm",   "Hz",      "kHz",
      "rad/s", "m",      "mm",     "um",   "cm",   "km",   "in",      "ft",    "mile",    "s",
      "ms",    "us",     "min",    "h",    "m/s",  "mm/s", "km/h",    "m/s2",  "g",       "kg",
      "gram",  "lb",     "lbm/s",  "pps",  "kg/s", "kg/h", "l",       "l/min", "l/h",     "m3/h",
      "m3/s",  "gpm",    "lpm",    "W",    "kW",   "MW",   "hp",      "J",     "kJ",      "kWh",
      "N",     "kN",     "N m",    "V",    "mV",   "kV",   "A",       "mA",    "ohm",     "count",
      "byte",  "byte/s", "degree", "rad",  "lux",  "T",    "percent", "ppm",   "celsius", "kelvin",
  };
  return names;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// Capitals first ("degc", "KPA"), then typing mistakes.
std::string suggestion(const std::string& unit) {
  for (const std::string& name : common_units())
    if (lower(name) == lower(unit)) return name;
  return config::nearest(unit, common_units());
}

std::string hint(const std::string& name) {
  return name.empty() ? std::string{} : fmt::format(" (did you mean {}?)", name);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

/// The symbols of coulomb, farad and röntgen, which people write for degrees.
std::string degree_meant(std::string_view unit) {
  if (unit == "C") return "degC";
  if (unit == "F") return "degF";
  if (unit == "R") return "degR";
  return {};
}

}  // namespace

struct Units::State {
  System system;

  /// Null where the text is no unit. The lock is held.
  [[nodiscard]] Unit parse(std::string_view text) const {
    const std::string unit(trimmed(text));
    if (unit.empty() || unit.size() > unit_bytes_max || unit.find('\0') != std::string::npos)
      return nullptr;
    // An accelerometer's g. In a compound, such as an air flow in g/s, g stays the gram.
    const char* notation = unit == "g" ? "standard_free_fall" : unit.c_str();
    return Unit(ut_parse(system.get(), notation, UT_UTF8));
  }
};

Units::Units(std::unique_ptr<State> state) : state_(std::move(state)) {}
Units::~Units() = default;
Units::Units(Units&&) noexcept = default;
Units& Units::operator=(Units&&) noexcept = default;

Result<Units> Units::load() {
  const std::scoped_lock lock(udunits_mutex());
  ut_set_error_message_handler(ut_ignore);  // its own way is to print on standard error
  auto state = std::make_unique<State>();
  state->system.reset(ut_read_xml(nullptr));
  if (!state->system)
    return fail(
        Errc::not_found,
        "the units database cannot be read; on Debian it is in the package libudunits2-data");
  for (const ExtraName& extra : extra_names) {
    const Unit unit = state->parse(extra.definition);
    if (!unit) return fail(Errc::corrupt, "the units database does not know {}", extra.definition);
    if (state->parse(extra.name)) continue;  // a later database may have it
    if (ut_map_name_to_unit(extra.name, UT_ASCII, unit.get()) != UT_SUCCESS)
      return fail(Errc::corrupt, "the units database does not take the name {}", extra.name);
  }
  return Units(std::move(state));
}

Status Units::check(const std::string& unit) const {
  const std::scoped_lock lock(udunits_mutex());
  if (state_->parse(unit)) return {};
  if (trimmed(unit).empty()) return fail(Errc::invalid, "empty unit (a pure number is 1)");
  return fail(Errc::invalid, "unknown unit '{}'{}", unit, hint(suggestion(unit)));
}

Result<UnitConversion> Units::conversion(const std::string& from, const std::string& to) const {
  if (auto status = check(from); !status) return tl::make_unexpected(status.error());
  if (auto status = check(to); !status) return tl::make_unexpected(status.error());
  const std::scoped_lock lock(udunits_mutex());
  const Unit source = state_->parse(from);
  const Unit target = state_->parse(to);
  const Converter converter(ut_get_converter(source.get(), target.get()));
  const auto value = [&](double x) { return cv_convert_double(converter.get(), x); };
  if (!converter) {
    std::string meant = degree_meant(trimmed(from));
    const Unit degree = meant.empty() ? nullptr : state_->parse(meant);
    if (!degree || !ut_are_convertible(degree.get(), target.get())) meant.clear();
    return fail(Errc::invalid, "'{}' cannot be converted to '{}': they measure different things{}",
                from, to, hint(meant));
  }
  if (ut_compare(source.get(), target.get()) == 0) return UnitConversion{};
  // Reciprocals (Hz to s) and logarithms convert too, but are no line: the check below refuses
  // them. Taken over a wide power of two so that an offset costs the scale no digits.
  constexpr double wide = 1 << 20;
  UnitConversion conversion;
  conversion.offset = value(0);
  conversion.scale = (value(wide) - conversion.offset) / wide;
  for (const double x : {-3.0, 1.0, 1000.0}) {
    const double expected = value(x);
    const double error = std::abs(conversion(x) - expected);
    const double size = std::abs(conversion.scale * x) + std::abs(conversion.offset);
    if (!(error <= 1e-9 * size))
      return fail(Errc::invalid, "'{}' to '{}' is not a scale and an offset", from, to);
  }
  return conversion;
}

}  // namespace wayside::telemetry
