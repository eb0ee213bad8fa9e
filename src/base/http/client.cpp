#include "base/http/client.hpp"

#include <curl/curl.h>
#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>

namespace wayside::http {
namespace {

constexpr std::size_t reply_bytes_max = 1u << 30;

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

Easy make_handle() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return Easy(curl_easy_init());
}

std::size_t append_body(char* data, std::size_t size, std::size_t count, void* out) {
  auto& body = *static_cast<std::string*>(out);
  if (body.size() + size * count > reply_bytes_max) return 0;
  body.append(data, size * count);
  return size * count;
}

std::size_t feed_sink(char* data, std::size_t size, std::size_t count, void* sink) {
  const auto& take = *static_cast<const std::function<bool(std::string_view)>*>(sink);
  return take({data, size * count}) ? size * count : 0;
}

/// Gives the rest of a body. Without a way to rewind it libcurl cannot send it twice.
std::size_t give_body(char* data, std::size_t size, std::size_t count, void* body) {
  auto& rest = *static_cast<std::string_view*>(body);
  const std::size_t given = std::min(size * count, rest.size());
  std::memcpy(data, rest.data(), given);
  rest.remove_prefix(given);
  return given;
}

int is_cancelled(void* asked, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(asked))() ? 1 : 0;
}

Result<Reply> perform(CURL* handle, const std::string& url, Duration timeout,
                      const std::function<bool(std::string_view)>* sink = nullptr) {
  Reply reply;
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.ns / 1'000'000));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, sink != nullptr ? feed_sink : append_body);
  if (sink != nullptr)
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, sink);
  else
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reply.body);
  // A proxy of the environment has no business between the parts of one installation.
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  const CURLcode code = curl_easy_perform(handle);
  switch (code) {
    case CURLE_OK:
      break;
    case CURLE_OPERATION_TIMEDOUT:
      return fail(Errc::timeout, "{} did not answer within {}", url, format_duration(timeout));
    case CURLE_ABORTED_BY_CALLBACK:
      return fail(Errc::timeout, "{}: cancelled", url);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return fail(Errc::invalid, "'{}' is no HTTP address", url);
    default:
      return fail(Errc::unavailable, "{}: {}", url, curl_easy_strerror(code));
  }
  long status = 0;
  const char* type = nullptr;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
  reply.status = static_cast<int>(status);
  if (type != nullptr) reply.content_type = type;
  return reply;
}

}  // namespace

Result<Reply> get(const std::string& url, Duration timeout) {
  const Easy handle = make_handle();
  return perform(handle.get(), url, timeout);
}

Status download(const std::string& url, const std::string& path, Duration timeout) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!out) return fail(Errc::io, "cannot write {}", path);
  std::string head;  // of what came, to say why where it is no file
  const std::function<bool(std::string_view)> take = [&](std::string_view bytes) {
    constexpr std::size_t head_max = 4'096;
    head.append(bytes.substr(0, head_max - std::min(head.size(), head_max)));
    return static_cast<bool>(out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())));
  };
  const Easy handle = make_handle();
  const auto reply = perform(handle.get(), url, timeout, &take);
  out.close();
  if (!out) return fail(Errc::full, "cannot write all of {}", path);
  if (!reply) return tl::make_unexpected(reply.error());
  if (reply->status != 200) return fail(Errc::unavailable, "status {}: {}", reply->status, head);
  return {};
}

Result<Reply> post(const std::string& url, std::string_view body, const std::string& content_type,
                   Duration timeout) {
  const Easy handle = make_handle();
  const std::string header = "Content-Type: " + content_type;
  const std::unique_ptr<curl_slist, ListDeleter> headers(
      curl_slist_append(nullptr, header.c_str()));
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  return perform(handle.get(), url, timeout);
}

struct Session::State {
  Easy handle = make_handle();
};

Session::Session() : state_(std::make_unique<State>()) {}
Session::~Session() = default;
Session::Session(Session&& other) noexcept = default;
Session& Session::operator=(Session&& other) noexcept = default;

Result<Reply> Session::post(const ClientRequest& request) {
  CURL* handle = state_->handle.get();
  curl_easy_reset(handle);  // options go, the connection stays
  // Without "Expect: 100-continue": a server that is there takes the body.
  std::unique_ptr<curl_slist, ListDeleter> headers(curl_slist_append(nullptr, "Expect:"));
  for (const std::string& header : request.headers)
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  std::string_view rest = request.body;
  if (request.once) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(handle, CURLOPT_READDATA, &rest);
  } else {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 1L << 20);
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L << 10);
  if (request.cancelled) {
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, is_cancelled);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &request.cancelled);
  }
  return perform(handle, request.url, request.timeout, request.sink ? &request.sink : nullptr);
}

std::string escape(std::string_view text) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (unreserved.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace wayside::http
