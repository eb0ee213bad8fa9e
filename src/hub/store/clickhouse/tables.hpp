#pragma once

#include <array>
#include <string>
#include <string_view>

namespace wayside::hub::click {

inline constexpr std::string_view tier_type = "Enum8('critical' = 0, 'diagnostic' = 1, 'bulk' = 2)";
inline constexpr std::string_view quality_type =
    "Enum8('good' = 0, 'out_of_range' = 1, 'late' = 2, 'not_finite' = 3, 'bad' = 4)";
inline constexpr std::string_view severity_type = "Enum8('info' = 0, 'warning' = 1, 'alarm' = 2)";

/// A table that holds rows. Every row bears the number of the commit that brought it, in `commit`.
struct RowTable {
  std::string_view name;
  std::string_view columns;  ///< with types, without `commit`
  std::string_view order;    ///< sorting key; none of the tables has another primary key
  std::string_view partition;
  std::string_view shard;  ///< what a cluster spreads its rows by; empty: all on the first server
};

// Text stands in the rows as it is: sorted, it takes next to nothing on disk, and questions that
// name an asset or a signal go straight to its rows. The signal comes first, because most questions
// ask one signal of many assets. Days and tiers are partitions, so that old ones can be dropped
// whole. `run` tells apart what has one time: it counts, within a commit and a series, how often
// time did not go forward.
inline constexpr std::string_view by_day = "(intDiv(time, 86400000000000), tier)";
inline constexpr std::string_view by_month = "intDiv(time, 2592000000000000)";

inline constexpr std::array row_tables{
    RowTable{
        "sample_rows",
        "node String, asset String, signal String, version UInt32 DEFAULT 1, tier {tier}, time "
        "Int64, value Nullable(Float64), quality {quality}, run UInt32",
        "signal, asset, time", by_day, "cityHash64(asset)"},
    RowTable{"feature_rows",
             "node String, asset String, name String, tier {tier}, time Int64, "
             "value Nullable(Float64), run UInt32",
             "name, asset, time", by_day, "cityHash64(asset)"},
    RowTable{"health_rows",
             "node String, metric String, tier {tier}, time Int64, value Nullable(Float64)",
             "metric, node, time", by_month, "cityHash64(node)"},
    RowTable{"decision_rows",
             "node String, asset String, model String, release String, tier {tier}, time Int64, "
             "score Nullable(Float64), class String, confidence Nullable(Float64), "
             "latency_us Nullable(Float64), action String, inputs String, run UInt32",
             "asset, model, time", by_month, "cityHash64(asset)"},
    RowTable{"event_rows",
             "id String, node String, asset String, kind String, tier {tier}, time Int64, "
             "severity {severity}, text String, data String, rule String, raised Nullable(Int64), "
             "run UInt32",
             "asset, kind, time", by_month, "cityHash64(asset)"},
    RowTable{"downsample_rows",
             "node String, asset String, signal String, version UInt32, tier {tier}, time Int64, "
             "every_ns Int64, count UInt64, sum Float64, min Float64, max Float64, first Float64, "
             "last Float64, min_time Int64, max_time Int64, first_time Int64, last_time Int64",
             "signal, asset, time", by_month, "cityHash64(asset)"},
    // When the alert of that id ended.
    RowTable{"clear_rows", "id String, asset String, cleared Int64", "id", "", ""},
    RowTable{"gap_rows",
             "node String, epoch UInt64, tier {tier}, first_seq UInt64, last_seq UInt64, "
             "samples UInt64, reason String, first_time Int64, last_time Int64",
             "node, epoch, first_seq", "", ""},
    RowTable{"quarantine_rows",
             "node String, epoch UInt64, tier {tier}, seq UInt64, reason String, bytes String",
             "node, epoch, seq", "", ""},
    // Which series an asset has.
    RowTable{"series_rows",
             "kind Enum8('signal' = 0, 'feature' = 1), node String, asset String, name String",
             "asset, kind, name, node", "", ""},
    // Feature rows of that name and time that earlier commits brought have been replaced.
    RowTable{"feature_cut_rows", "node String, asset String, name String, since Int64, until Int64",
             "asset, name", "", ""},
    RowTable{"asset_rows", "node String, asset String, site String, kind String, tags String",
             "asset, node", "", ""},
};

/// A table that users ask, over the rows of one of the above.
struct UserTable {
  std::string_view name;
  std::string_view select;      ///< what stands before FROM
  std::string_view rows;        ///< the table of rows
  std::string_view group = {};  ///< GROUP BY, or nothing
  /// What is selected of the groups, whose columns have other names: a column that is made of
  /// another one of its own name cannot stand beside it.
  std::string_view over = {};
  /// Rows that bear no commit's number need no condition, but this behind their table.
  std::string_view unnumbered = {};
  bool numbered = true;
};

extern const std::array<UserTable, 12> user_tables;

/// Nullptr for no such table.
[[nodiscard]] const UserTable* find_user_table(std::string_view name);

/// Names of the tables under which rows are found: `_all` where a cluster spreads them.
struct Layout {
  std::string database;
  std::string cluster;  ///< empty: one server

  /// Where rows are read and written.
  [[nodiscard]] std::string of(std::string_view table) const;
};

/// The SELECT of a user's table over the rows that `condition` holds for.
[[nodiscard]] std::string select_of(const UserTable& table, const Layout& layout,
                                    const std::string& condition);

}  // namespace wayside::hub::click
