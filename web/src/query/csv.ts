import type {Cell, QueryReply} from '../api';

function field(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, with a header line. */
export function toCsv(reply: QueryReply): string {
  const lines = [reply.columns.map((column) => field(column.name)), ...reply.rows.map((row) => row.map(field))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}
