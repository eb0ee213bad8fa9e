#include "node/sources/line_reader.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

namespace wayside::node::sources {
namespace {

constexpr std::size_t short_max = 8;

/// All lines; "!" stands for one that was too long.
std::vector<std::string> split(const std::vector<std::string>& pieces) {
  LineSplitter splitter(short_max);
  std::vector<std::string> lines;
  std::string_view line;
  const auto drain = [&] {
    for (;;) {
      switch (splitter.next(line)) {
        case LineSplitter::Next::line:
          lines.emplace_back(line);
          break;
        case LineSplitter::Next::too_long:
          lines.emplace_back("!");
          break;
        case LineSplitter::Next::more:
          return;
      }
    }
  };
  for (const std::string& piece : pieces) {
    splitter.feed(piece);
    drain();
  }
  splitter.finish();
  drain();
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineSplitterTest, JoinsPiecesAndEndsLines) {
  EXPECT_EQ(split({"one\ntw", "o\r\n", "\nfour"}), (Lines{"one", "two", "", "four"}));
  EXPECT_EQ(split({}), Lines{});
  EXPECT_EQ(split({"\n"}), Lines{""});
}

TEST(LineSplitterTest, TellsOfALongLineOnceAndGoesOn) {
  EXPECT_EQ(split({"12345678\n123456789\nx\n"}), (Lines{"12345678", "!", "x"}));
  EXPECT_EQ(split({"1234567", "89", "0123456789", "0\nx\n"}), (Lines{"!", "x"}));
  EXPECT_EQ(split({"123456789"}), Lines{"!"});
}

RC_GTEST_PROP(LineSplitterProperty, PiecesDoNotMatter, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::element('a', '\n', '\n', 'b'));
  const auto cut = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  RC_ASSERT(split({text}) == split({text.substr(0, cut), text.substr(cut)}));
}

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe(ends.data()), 0); }
  ~Pipe() {
    ::close(ends[0]);
    finish();
  }
  void write(std::string_view text) {
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void finish() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  std::array<int, 2> ends{};
};

TEST(LineReaderTest, SaysWhenItWouldWait) {
  Pipe pipe;
  LineReader reader(pipe.ends[0], 100, {});
  std::string_view line;
  pipe.write("a\nb");
  EXPECT_EQ(*reader.next(line), LineReader::Next::line);
  EXPECT_EQ(line, "a");
  EXPECT_EQ(*reader.next(line), LineReader::Next::idle);
  pipe.write("c\n");
  EXPECT_EQ(*reader.next(line), LineReader::Next::line);
  EXPECT_EQ(line, "bc");
  pipe.finish();
  EXPECT_EQ(*reader.next(line), LineReader::Next::end);
}

TEST(LineReaderTest, StopsWhileItWaits) {
  Pipe pipe;
  std::stop_source stop;
  LineReader reader(pipe.ends[0], 100, stop.get_token());
  std::string_view line;
  EXPECT_EQ(*reader.next(line), LineReader::Next::idle);
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(*reader.next(line), LineReader::Next::stopped);
}

TEST(LineReaderTest, ReportsWhatCannotBeRead) {
  const FileDescriptor folder(::open("/", O_RDONLY | O_DIRECTORY));
  LineReader reader(folder.get(), 100, {});
  std::string_view line;
  EXPECT_EQ(reader.next(line).error().code, Errc::io);
}

}  // namespace
}  // namespace wayside::node::sources
