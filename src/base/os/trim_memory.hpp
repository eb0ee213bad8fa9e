#pragma once

namespace wayside::os {

/// Gives back what only starting needed: freed heap, and the pages of code (of this program and its
/// libraries) that were read once. What is needed again comes back from the page cache. A few
/// milliseconds; for long-running programs on small computers.
void trim_memory();

}  // namespace wayside::os
