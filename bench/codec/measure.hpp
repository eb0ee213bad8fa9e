#pragma once

#include <algorithm>
#include <ctime>
#include <vector>

namespace wayside::bench {

/// Processor time of this thread in seconds: other work on the machine does not count.
inline double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The median of what `work` takes.
template <class F>
double median_seconds(int repetitions, F work) {
  std::vector<double> all;
  for (int i = 0; i < repetitions; ++i) {
    const double start = thread_seconds();
    work();
    all.push_back(thread_seconds() - start);
  }
  std::nth_element(all.begin(), all.begin() + repetitions / 2, all.end());
  return all[static_cast<std::size_t>(repetitions / 2)];
}

}  // namespace wayside::bench
