#!/usr/bin/env python3
"""embed_console.py DIST OUT.cpp: a C++ source that carries the files of DIST in its read-only data.

The assembler copies the bytes (.incbin), so that this compiles in no time whatever their size. Their digests are in the
text too, so that a compiler cache sees when a file changed under an unchanged name.
"""
import hashlib
import pathlib
import sys

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}

HEAD = '#include "console/console.hpp"\n\n'

BYTES = '''__asm__(
    ".section .rodata\\n"
    ".global wayside_console_{n}\\n.global wayside_console_{n}_end\\n"
    ".balign 16\\n"
    "wayside_console_{n}:  /* {digest} */\\n.incbin \\"{file}\\"\\n"
    "wayside_console_{n}_end:\\n.byte 0\\n"
    ".previous\\n");
'''

TAIL = '''
namespace wayside {{

std::vector<http::Asset> console_assets() {{
  const auto bytes = [](const char* begin, const char* end) {{
    return std::string_view(begin, static_cast<std::size_t>(end - begin));
  }};
  return {{
{entries}  }};
}}

}}  // namespace wayside
'''


def digest(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    dist = pathlib.Path(sys.argv[1]).resolve()
    files = sorted(path for path in dist.rglob("*") if path.is_file())
    if dist / "index.html" not in files:
        print(f"embed_console: {dist} holds no index.html", file=sys.stderr)
        return 1
    unknown = [path for path in files if path.suffix not in CONTENT_TYPES]
    if unknown:
        print(f"embed_console: no content type is known for {unknown[0]}", file=sys.stderr)
        return 1
    declarations = "".join(
        f"extern const char wayside_console_{n}[];\nextern const char wayside_console_{n}_end[];\n"
        for n in range(len(files)))
    entries = "".join(
        f'      {{"/{path.relative_to(dist).as_posix()}", "{CONTENT_TYPES[path.suffix]}",\n'
        f"       bytes(wayside_console_{n}, wayside_console_{n}_end)}},\n" for n, path in enumerate(files))
    bytes_ = "".join(BYTES.format(n=n, file=path, digest=digest(path)) for n, path in enumerate(files))
    pathlib.Path(sys.argv[2]).write_text(
        HEAD + bytes_ + '\nextern "C" {\n' + declarations + "}\n" + TAIL.format(entries=entries), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
