// UDUNITS-2 notation as people write it, and what a unit measures.
import {formatValue, noValue} from './format';

const written: Record<string, string> = {
  degC: '°C',
  celsius: '°C',
  degF: '°F',
  degR: '°R',
  kelvin: 'K',
  percent: '%',
  ohm: 'Ω',
  '1': '',
  rpm: 'rpm',
  'm/s2': 'm/s²',
  'm/s^2': 'm/s²',
  'm s-2': 'm/s²',
  'm3/h': 'm³/h',
  'l/min': 'l/min',
  m2: 'm²',
  m3: 'm³',
  um: 'µm',
  us: 'µs',
};

const measured: Record<string, string> = {
  '°C': 'Temperature',
  '°F': 'Temperature',
  '°R': 'Temperature',
  K: 'Temperature',
  W: 'Power',
  kW: 'Power',
  MW: 'Power',
  hp: 'Power',
  Pa: 'Pressure',
  kPa: 'Pressure',
  MPa: 'Pressure',
  bar: 'Pressure',
  mbar: 'Pressure',
  hPa: 'Pressure',
  psi: 'Pressure',
  psia: 'Pressure',
  rpm: 'Rotation',
  Hz: 'Frequency',
  kHz: 'Frequency',
  MHz: 'Frequency',
  'km/h': 'Speed',
  'm/s': 'Speed',
  mph: 'Speed',
  knot: 'Speed',
  g: 'Acceleration',
  'm/s²': 'Acceleration',
  'mm/s': 'Vibration velocity',
  A: 'Current',
  mA: 'Current',
  V: 'Voltage',
  kV: 'Voltage',
  Ω: 'Resistance',
  N: 'Force',
  kN: 'Force',
  'N m': 'Torque',
  'N·m': 'Torque',
  '%': 'Share',
  'l/min': 'Flow',
  'm³/h': 'Flow',
  'l/h': 'Flow',
  l: 'Volume',
  m: 'Length',
  mm: 'Length',
  km: 'Distance',
  s: 'Duration',
  ms: 'Duration',
  min: 'Duration',
  h: 'Duration',
  byte: 'Data',
  'byte/s': 'Data rate',
  MiB: 'Data',
  GiB: 'Data',
  kB: 'Data',
  MB: 'Data',
  GB: 'Data',
};

/** `degC` → `°C`; what is not known is shown as it is. */
export function unitText(unit: string): string {
  return written[unit] ?? unit;
}

/** `degC` → `Temperature`; empty where a unit says nothing about what is measured. */
export function quantity(unit: string): string {
  return measured[unitText(unit)] ?? '';
}

const bytes = new Set(['byte', 'B', 'byte/s', 'B/s']);
const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];

/** 30e6 → [30, 'M']: for numbers too long to read otherwise. */
export function scaled(value: number): [number, string] {
  const power = Math.min(prefixes.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3 + 1e-9)));
  return [value / 1000 ** power, prefixes[power] ?? ''];
}

/** A measurement as a person reads it; bytes in kB, MB, GB. */
export function formatMeasure(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return noValue;
  if (!bytes.has(unit)) return withUnit(formatValue(value), unit);
  const [size, prefix] = scaled(value);
  return `${formatValue(size)}\u00a0${prefix}${unit.replace('byte', 'B')}`;
}

/** A value with its unit, joined so that they never part at a line's end. */
export function withUnit(value: string, unit: string): string {
  const text = unitText(unit);
  return text === '' ? value : `${value}\u00a0${text}`;
}
