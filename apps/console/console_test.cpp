#include "console/console.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>

namespace wayside {
namespace {

const http::Asset* find(const std::vector<http::Asset>& assets, std::string_view path) {
  const auto found = std::find_if(assets.begin(), assets.end(),
                                  [&](const http::Asset& asset) { return asset.path == path; });
  return found == assets.end() ? nullptr : &*found;
}

TEST(Console, EveryFileThePageNamesIsEmbedded) {
  const auto assets = console_assets();
  const http::Asset* page = find(assets, "/index.html");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  const std::string text(page->bytes);
  EXPECT_EQ(text.substr(0, 15), "<!doctype html>");
  const std::regex reference("(?:src|href)=\"([^\"]+)\"");
  int references = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), reference), end; it != end; ++it) {
    EXPECT_NE(find(assets, (*it)[1].str()), nullptr) << (*it)[1];
    ++references;
  }
  EXPECT_GE(references, 3) << "script, style, icon";
}

TEST(Console, FilesAreWholeAndUnderTheirOwnNames) {
  std::set<std::string_view> paths;
  for (const http::Asset& asset : console_assets()) {
    EXPECT_TRUE(paths.insert(asset.path).second) << asset.path;
    EXPECT_FALSE(asset.bytes.empty()) << asset.path;
    if (asset.path.ends_with(".woff2")) {
      EXPECT_EQ(asset.bytes.substr(0, 4), "wOF2");
    }
    if (asset.path.ends_with(".svg")) {
      EXPECT_TRUE(asset.bytes.ends_with("</svg>\n"));
    }
  }
}

TEST(Console, NothingIsFetchedFromElsewhere) {
  for (const http::Asset& asset : console_assets()) {
    if (asset.content_type.find("css") == std::string_view::npos &&
        asset.content_type.find("html") == std::string_view::npos)
      continue;
    EXPECT_EQ(asset.bytes.find("http:"), std::string_view::npos) << asset.path;
    EXPECT_EQ(asset.bytes.find("https:"), std::string_view::npos) << asset.path;
  }
}

}  // namespace
}  // namespace wayside
