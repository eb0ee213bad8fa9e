#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "telemetry/codec/clones.hpp"
#include "telemetry/codec/entropy.hpp"
#include "telemetry/codec/int_column.hpp"
#include "telemetry/codec/int_format.hpp"
#include "telemetry/codec/int_plan.hpp"

namespace wayside::telemetry::codec {

/// The integers of a column in planes, less what is constant: byte p of each lies in plane p.
struct IntReader::Planes {
  unsigned differences = 0;
  std::size_t lead = 0;  ///< integers that the head has given
  std::array<std::uint64_t, differences_limit> first{};
  std::uint64_t base = 0;
  std::uint64_t constant = 0;  ///< the bytes of the constant planes in their places
  unsigned stored = 0;         ///< planes in `bytes`, `size` bytes each
  std::size_t size = 0;
  std::array<unsigned, planes_max> shifts{};
  std::unique_ptr<char[]> bytes;
};

namespace {

WAYSIDE_CPU_CLONES void multiply(std::uint64_t* values, std::size_t count, std::uint64_t divisor,
                                 std::uint64_t origin) {
  for (std::size_t i = 0; i < count; ++i) values[i] = origin + divisor * values[i];
}

WAYSIDE_CPU_CLONES void add_plane(const char* plane, std::size_t count, unsigned shift,
                                  std::uint64_t* values) {
  for (std::size_t i = 0; i < count; ++i)
    values[i] |= std::uint64_t{static_cast<unsigned char>(plane[i])} << shift;
}

}  // namespace

void IntReader::FreePlanes::operator()(Planes* planes) const {
  delete planes;
}

bool IntReader::open(ByteReader& in, std::size_t count) {
  in_ = &in;
  count_ = count;
  const auto form = in.u8();
  if (!form || *form > (form_planes | form_divided)) return false;
  if ((*form & form_divided) != 0) {
    const auto divisor = in.varint();
    const auto origin = in.svarint();
    if (!divisor || !origin) return false;
    divisor_ = *divisor;
    origin_ = static_cast<std::uint64_t>(*origin);
  }
  return (*form & form_planes) == 0 || open_planes();
}

bool IntReader::next(Vector& out) {
  const std::size_t count = std::min(vector_max, count_ - read_);
  WAYSIDE_ASSERT(count > 0, "a column is read to its end and no further");
  if (planes_) {
    next_planes(out, count);
  } else if (!next_packed(out, count)) {
    return false;
  }
  read_ += count;
  last_ = out[count - 1];
  if (count > 1) step_ = out[count - 1] - out[count - 2];
  if (divisor_ != 1) multiply(out.data(), count, divisor_, origin_);
  return true;
}

/// The integers that the first vector begins with where it goes on with differences.
bool IntReader::read_lead(std::uint64_t* out, std::size_t lead) {
  if (lead > 0) {
    const auto first = in_->svarint();
    if (!first) return false;
    out[0] = last_ = static_cast<std::uint64_t>(*first);
  }
  if (lead > 1) {
    const auto step = in_->svarint();
    if (!step) return false;
    step_ = static_cast<std::uint64_t>(*step);
    out[1] = last_ += step_;
  }
  return true;
}

bool IntReader::next_packed(Vector& out, std::size_t count) {
  const auto head = in_->u8();
  if (!head) return false;
  const bool patched = *head >= head_patched;
  const unsigned code = *head & width_code_max;
  const unsigned width = code == width_code_max ? 64 : code;
  unsigned differences = *head >> head_differences_shift;
  if (patched) {
    const auto byte = in_->u8();
    if (!byte || *byte > differences_limit) return false;
    differences = *byte;
  }
  const std::size_t lead = read_ == 0 ? std::min<std::size_t>(differences, count) : 0;
  if (!read_lead(out.data(), lead)) return false;
  const auto base = in_->svarint();
  const auto packed = in_->bytes(packed_bytes(count - lead, width));
  if (!base || !packed) return false;
  const auto reference = static_cast<std::uint64_t>(*base);
  std::uint64_t* values = out.data() + lead;
  unpack(*packed, count - lead, width, reference, values);
  if (patched && !patch(reference, values, count - lead)) return false;
  add_up(out, lead, count, differences);
  return true;
}

bool IntReader::patch(std::uint64_t base, std::uint64_t* values, std::size_t count) {
  const auto patches = in_->varint();
  if (!patches || *patches > count) return false;
  std::size_t next = 0;
  for (std::uint64_t i = 0; i < *patches; ++i) {
    const auto skip = in_->varint();
    const auto value = in_->svarint();
    if (!skip || !value || *skip >= count - next) return false;
    next += *skip;
    values[next++] = base + static_cast<std::uint64_t>(*value);
  }
  return true;
}

/// Differences [from, count) become the integers that they lead to.
void IntReader::add_up(Vector& out, std::size_t from, std::size_t count, unsigned differences) {
  std::uint64_t last = last_;
  if (differences == 1) {
    for (std::size_t i = from; i < count; ++i) out[i] = last += out[i];
  } else if (differences == 2) {
    std::uint64_t step = step_;
    for (std::size_t i = from; i < count; ++i) out[i] = last += step += out[i];
  }
}

bool IntReader::open_planes() {
  std::unique_ptr<Planes, FreePlanes> planes(new Planes);
  const auto differences = in_->u8();
  if (!differences || *differences > differences_limit) return false;
  planes->differences = *differences;
  planes->lead = std::min<std::size_t>(*differences, count_);
  if (!read_lead(planes->first.data(), planes->lead)) return false;
  const auto base = in_->svarint();
  const auto number = in_->u8();
  if (!base || !number || *number > planes_max) return false;
  planes->base = static_cast<std::uint64_t>(*base);
  planes->size = count_ - planes->lead;
  planes->bytes = std::make_unique_for_overwrite<char[]>(planes->size * *number);
  for (unsigned p = 0; p < *number; ++p) {
    const auto kind = in_->u8();
    if (!kind) return false;
    if (*kind == plane_constant) {
      const auto byte = in_->u8();
      if (!byte) return false;
      planes->constant |= std::uint64_t{*byte} << (8 * p);
      continue;
    }
    char* to = planes->bytes.get() + planes->size * planes->stored;
    planes->shifts[planes->stored++] = 8 * p;
    if (*kind == plane_raw) {
      const auto raw = in_->bytes(planes->size);
      if (!raw) return false;
      std::memcpy(to, raw->data(), raw->size());
    } else if (*kind == plane_zstd) {
      const auto size = in_->varint();
      if (!size) return false;
      const auto packed = in_->bytes(*size);
      if (!packed || !decompress(*packed, {to, planes->size})) return false;
    } else {
      return false;
    }
  }
  planes_ = std::move(planes);
  return true;
}

void IntReader::next_planes(Vector& out, std::size_t count) {
  const Planes& planes = *planes_;
  const std::size_t lead = read_ == 0 ? planes.lead : 0;
  std::copy_n(planes.first.begin(), lead, out.begin());
  std::fill(out.begin() + lead, out.begin() + count, planes.constant);
  const std::size_t at = read_ + lead - planes.lead;
  for (unsigned p = 0; p < planes.stored; ++p) {
    add_plane(planes.bytes.get() + planes.size * p + at, count - lead, planes.shifts[p],
              out.data() + lead);
  }
  if (planes.differences == 0) {
    for (std::size_t i = lead; i < count; ++i) out[i] += planes.base;
  } else {
    for (std::size_t i = lead; i < count; ++i) out[i] = unzigzag(out[i]) + planes.base;
  }
  add_up(out, lead, count, planes.differences);
}

}  // namespace wayside::telemetry::codec
