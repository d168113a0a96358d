/** A table for the terminal and for docs/performance.md: Markdown with columns of equal width. */

export function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const all = [head, head.map(() => '---'), ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) => `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`)
    .join('\n');
}
