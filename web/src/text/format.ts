// Numbers, spans and times as text. Everything a person reads off goes through here.

export const noValue = '–';

const minus = '\u2212';
const thin = '\u2009';

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, thin);
}

/** A measured value with as many decimals as its size deserves; `–` where there is none. */
export function formatValue(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return noValue;
  const size = Math.abs(value);
  const sign = value < 0 ? minus : '';
  if (size === 0) return '0';
  if (size >= 1e7 || size < 5e-4) return sign + size.toExponential(2).replace('-', minus).replace('+', '');
  if (size >= 999.5) return sign + grouped(size.toFixed(0));
  let decimals = size >= 10 ? 1 : size >= 1 ? 2 : 3;
  // A score or its limit just below 1 is not 1: 0.9999 stays 0.9999.
  while (size < 1 && decimals < 6 && Number(size.toFixed(decimals)) === 1) decimals += 1;
  return sign + size.toFixed(decimals);
}

/** A count, grouped in threes. */
export function formatCount(value: number): string {
  return (value < 0 ? minus : '') + grouped(Math.abs(Math.round(value)).toString());
}

export function formatPercent(share: number): string {
  const percent = share * 100;
  const digits = percent !== 0 && Math.abs(percent) < 9.95 ? percent.toFixed(1) : percent.toFixed(0);
  return `${digits.replace('-', minus)}${thin}%`;
}

/** A span of seconds in its one fitting unit. */
export function formatSpan(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return noValue;
  const s = Math.abs(seconds);
  const sign = seconds < 0 ? minus : '';
  if (s < 9.95) return `${s < 0.05 ? '' : sign}${s.toFixed(1)} s`;
  if (s < 99.5) return `${sign}${s.toFixed(0)} s`;
  if (s < 5970) return `${sign}${(s / 60).toFixed(0)} min`;
  if (s < 86_400 * 2) return `${sign}${(s / 3600).toFixed(1)} h`;
  if (s < 86_400 * 800) return `${sign}${(s / 86_400).toFixed(0)} d`;
  return `${sign}${(s / 31_557_600).toFixed(1)} y`;
}

/** Clocks and deliveries differ by this much without anything being odd. */
const aheadSlackS = 2;

/** How old data is. Data of a simulated clock may be ahead of the real one, and is said to be. */
export function formatAge(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return noValue;
  if (seconds < -aheadSlackS) return `${formatSpan(-seconds)} ahead`;
  return formatSpan(Math.max(0, seconds));
}

/** Seconds, with enough decimals for a latency in microseconds. */
export function formatMicros(us: number | null): string {
  if (us === null || !Number.isFinite(us)) return noValue;
  return us >= 1000 ? `${(us / 1000).toFixed(1)} ms` : `${us.toFixed(us < 10 ? 1 : 0)} µs`;
}

function two(value: number): string {
  return value.toString().padStart(2, '0');
}

function day(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Local time; with the day unless it is today's. */
export function formatTime(time: number | null | undefined, now: number = Date.now()): string {
  if (time === null || time === undefined || !Number.isFinite(time)) return noValue;
  const date = new Date(time);
  return day(date) === day(new Date(now)) ? clock(date) : `${day(date)} ${clock(date)}`;
}

/** The same instant in UTC, to the millisecond. */
export function formatUtc(time: number): string {
  return new Date(time).toISOString().replace('T', ' ').replace('Z', ' UTC');
}

/** The value of an `<input type="datetime-local" step="1">`, and back; null for what is no time. */
export function toLocalInput(time: number): string {
  const date = new Date(time);
  return `${day(date)}T${clock(date)}`;
}

export function fromLocalInput(text: string): number | null {
  const time = new Date(text).getTime();
  return text === '' || Number.isNaN(time) ? null : time;
}

/** Digests and epochs: as much as tells two apart. */
export function shortHash(text: string): string {
  return text.length > 10 ? text.slice(0, 8) : text;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
