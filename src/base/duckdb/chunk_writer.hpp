#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/duckdb/handles.hpp"
#include "base/result.hpp"

namespace wayside::duck {

/// Fills DuckDB's column vectors directly and appends them a chunk at a time, inside the
/// connection's transaction. A row is written by setting its columns and then `end_row`.
class ChunkWriter {
 public:
  /// Rows go to `table`, by position.
  [[nodiscard]] static Result<ChunkWriter> to_table(Connection& connection, const char* table);
  /// Rows are what `query` reads as the table `appended_data`, whose columns have the types and
  /// names of `table`.
  [[nodiscard]] static Result<ChunkWriter> to_query(Connection& connection, const char* query,
                                                    const char* table);

  /// Rows that fit before the chunk must be sent.
  [[nodiscard]] std::size_t room() const { return capacity_ - rows_; }
  template <class T>
  [[nodiscard]] T* column(std::size_t i) {
    return static_cast<T*>(data_[i]) + rows_;
  }
  template <class T>
  void set(std::size_t i, T value) {
    *column<T>(i) = value;
  }
  void set_text(std::size_t i, std::string_view text);
  void set_null(std::size_t i, std::size_t row_ahead = 0);
  /// Not finite becomes null.
  void set_number(std::size_t i, double value);

  [[nodiscard]] Status end_row() { return end_rows(1); }
  /// `n` <= room() rows were written.
  [[nodiscard]] Status end_rows(std::size_t n);
  /// Hands over what is left. Nothing may be written afterwards.
  [[nodiscard]] Status finish();

 private:
  [[nodiscard]] Status set_up();
  [[nodiscard]] Status send();
  void take_columns();

  AppenderHandle appender_;
  ChunkHandle chunk_;
  std::vector<void*> data_;
  std::size_t rows_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace wayside::duck
