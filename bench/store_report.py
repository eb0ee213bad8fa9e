"""store_report.py RESULTS SAMPLES [PLOT.svg]: what store_bench measured, as tables; growth as a picture."""
import math
import sys
from collections import defaultdict


def table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def ms(value):
    if value < 1:
        return f"{value:.3f}".rstrip("0")
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def read(path):
    found = defaultdict(list)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            what, *fields = line.rstrip("\n").split("\t")
            found[what].append(fields)
    return found


def print_ingest(found):
    table(["engine", "samples", "from frames, samples/s", "bare, samples/s", "share"],
          [[e, f"{int(n):,}", f"{float(a) / 1e6:.2f} M", f"{float(b) / 1e6:.2f} M", r] for e, n, a, b, r in found["ingest"]])


def print_loads(found, samples):
    extra = {engine: float(count) for engine, count in found["bytes"]}
    table(["engine", "load, s", "bytes a sample"],
          [[e, s, f"{(extra.get(e) or float(b)) / samples:.2f}"] for e, s, b in found["load"]])


def print_keeping(found):
    table(["samples archived", "in s", "bytes a sample in files", "a commit alone, ms: p50 / max", "beside it: p50 / p99 / max"],
          [[f"{int(n):,}", s, b, f"{a50} / {amax}", f"{b50} / {b99} / {bmax}"]
           for n, s, b, a50, amax, _, b50, b99, bmax in found["keep"]])


def print_questions(found):
    engines = [row[0] for row in found["load"]]
    cold = {(e, q): float(v) for e, q, v in found["cold"]}
    warm = {(e, q): (float(a), float(b)) for e, q, a, b, _ in found["warm"]}
    questions = list(dict.fromkeys(q for _, q, *_ in found["warm"]))
    rows = []
    for question in questions:
        row = [question]
        for engine in engines:
            p50, p99 = warm[(engine, question)]
            row.append(f"{ms(p50)} / {ms(p99)} / {ms(cold[(engine, question)])}")
        rows.append(row)
    slowest = max(questions, key=lambda q: max(warm[(e, q)][0] for e in engines))
    for label, of in (("sum of p50", questions), (f"without {slowest}", [q for q in questions if q != slowest])):
        rows.append([label] + [ms(sum(warm[(e, q)][0] for q in of)) for e in engines])
    table(["question (ms: p50 / p99 / cold)"] + engines, rows)
    by_sql = {(e, q): f"{ms(float(a))} / {ms(float(b))}" for e, q, a, b in found["sql"]}
    asked = list(dict.fromkeys(e for e, _ in by_sql))
    if asked:
        table(["last values by SQL (ms: p50 / p99)"] + asked,
              [[q] + [by_sql[(e, q)] for e in asked] for q in dict.fromkeys(q for _, q in by_sql)])


COLOURS = {"duckdb": "#1f77b4", "clickhouse": "#d62728"}


class Chart:
    """Two logarithmic axes."""

    def __init__(self, left, title, x, y):
        self.left, self.x, self.y = left, [math.log10(v) for v in x], [math.log10(v) for v in y]
        self.parts = [f'<text x="{left + 180}" y="24" text-anchor="middle" font-size="14">{title}</text>']
        for power in range(math.ceil(self.y[0]), math.floor(self.y[1]) + 1):
            self.rule(10 ** power)
        for power in range(math.ceil(self.x[0]), math.floor(self.x[1]) + 1):
            at = self.px(10 ** power)
            self.parts.append(f'<text x="{at:.0f}" y="318" text-anchor="middle">{10 ** power / 1e6:g} M</text>')

    def px(self, value):
        return self.left + 40 + 290 * (math.log10(value) - self.x[0]) / (self.x[1] - self.x[0])

    def py(self, value):
        return 300 - 260 * (math.log10(value) - self.y[0]) / (self.y[1] - self.y[0])

    def rule(self, value):
        at = self.py(value)
        self.parts.append(f'<line x1="{self.left + 40}" x2="{self.left + 330}" y1="{at:.0f}" y2="{at:.0f}" stroke="#ddd"/>')
        self.parts.append(f'<text x="{self.left + 34}" y="{at + 4:.0f}" text-anchor="end">{value:g}</text>')

    def line(self, points, colour, width=2, opacity=1.0):
        path = " ".join(f"{self.px(x):.1f},{self.py(y):.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}" opacity="{opacity}"/>')


def plot(found, path):
    grown = defaultdict(lambda: defaultdict(list))
    for engine, size, what, value in found["grow"]:
        grown[engine][what].append((float(size), float(value)))
    sizes = sorted({float(row[1]) for row in found["grow"]})
    span = (sizes[0] / 1.3, sizes[-1] * 1.3)
    rates = Chart(0, "ingest, million samples/s", span, (0.1, 10))
    times = Chart(360, "questions, ms (p50; thick: their sum)", span, (0.001, 30_000))
    for engine, series in grown.items():
        colour = COLOURS[engine]
        rates.line([(x, y / 1e6) for x, y in series["ingest"]], colour)
        total = defaultdict(float)
        for what, points in series.items():
            if what == "ingest":
                continue
            times.line(points, colour, 1, 0.5)
            for x, y in points:
                total[x] += y
        times.line(sorted(total.items()), colour, 3)
    legend = "".join(f'<text x="{60 + 110 * i}" y="345" fill="{COLOURS[e]}">{e}</text>' for i, e in enumerate(grown))
    with open(path, "w", encoding="utf-8") as out:
        out.write('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 360" font-family="sans-serif" font-size="11">'
                  '<rect width="720" height="360" fill="white"/>'
                  + "\n".join(rates.parts + times.parts) + legend + "</svg>\n")


def main():
    found = read(sys.argv[1])
    samples = float(sys.argv[2])
    print_ingest(found)
    print_loads(found, samples)
    print_keeping(found)
    print_questions(found)
    if len(sys.argv) > 3:
        plot(found, sys.argv[3])


main()
