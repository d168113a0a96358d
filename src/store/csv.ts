/** CSV as RFC 4180 has it: CRLF, quotes where needed. */

/** A line with its line break; what the row lacks is an empty cell. */
export function csvLine<Name extends string>(
  columns: readonly Name[],
  row: Readonly<Partial<Record<Name, string | number>>>,
): string {
  return `${columns.map((column) => cell(row[column] ?? '')).join(',')}\r\n`;
}

/** A cell that a spreadsheet would run as a formula is marked as text: names, reasons and comments are others' words. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
