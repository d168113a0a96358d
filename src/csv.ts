/** CSV as RFC 4180 has it, with cells that a spreadsheet would run as a formula marked as text. */

export type CsvCell = string | number;

/** Rows with CRLF after each, the header first. */
export function csv(header: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [header, ...rows].map(csvLine).join('');
}

export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: CsvCell): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line of a wide table by the names of its columns; what the row lacks is an empty cell. */
export function csvRow<Name extends string>(
  columns: readonly Name[],
  row: Readonly<Partial<Record<Name, CsvCell>>>,
): string {
  return csvLine(columns.map((column) => row[column] ?? ''));
}
