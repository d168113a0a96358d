/** The files of a report: an HTML page, JSON, and CSV for each of its tables. */
import { join } from 'node:path';
import { writeWhole } from './checkpoint.ts';
import { csv, type CsvCell } from '../csv.ts';
import { page } from './page.ts';
import type { Report, Share } from './report.ts';

/** Writes everything into the folder; files of an earlier report are replaced. */
export function writeReport(folder: string, report: Report): void {
  const files = {
    'report.html': page(report),
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    ...tables(report),
  };
  for (const [name, content] of Object.entries(files)) writeWhole(join(folder, name), content);
}

const SHARE = ['patients', 'per_1000', 'small'];

function shareCells({ n, per1000, small }: Share): readonly CsvCell[] {
  return [n, per1000 ?? '', small ? 'yes' : ''];
}

/** Name of the file -> CSV. docs/forecast.md says what each column means. */
export function tables(report: Report): Readonly<Record<string, string>> {
  const { recommendations, comparison } = report;
  return {
    'recommendations.csv': csv(
      ['recommendation', 'specification', 'version', 'mode', 'group', 'value', ...SHARE],
      recommendations.flatMap((one) => {
        const head = [one.id, one.specification, one.version, one.mode];
        return [
          [...head, 'all', '', ...shareCells(one.all)],
          ...one.bySex.map((group) => [...head, 'sex', group.name, ...shareCells(group)]),
          ...one.byAge.map((group) => [...head, 'age', group.name, ...shareCells(group)]),
          ...one.variants.map((group) => [
            ...head,
            `variant (${group.indicator})`,
            group.name,
            ...shareCells(group),
          ]),
        ];
      }),
    ),
    'findings.csv': csv(
      ['recommendation', 'outcome', 'reason', 'patients'],
      recommendations.flatMap(({ id, variants, reasons }) => [
        ...variants.map(({ name, n }) => [id, 'recommend', name, n]),
        ...reasons.map(({ outcome, reason, n }) => [id, outcome, reason, n]),
      ]),
    ),
    'overlap.csv': csv(
      ['recommendation', 'other', 'patients'],
      report.overlap.map(({ a, b, n }) => [a, b, n]),
    ),
    'cards.csv': csv(
      ['cards', 'patients', ...(comparison === null ? [] : ['patients_compared'])],
      Array.from(
        { length: Math.max(report.cards.patients.length, comparison?.cards.patients.length ?? 0) },
        (_, cards) => [
          cards,
          report.cards.patients[cards] ?? 0,
          ...(comparison === null ? [] : [comparison.cards.patients[cards] ?? 0]),
        ],
      ),
    ),
    'completeness.csv': csv(
      ['fact', 'title', 'state', 'reason', 'patients', 'asked'],
      report.facts.flatMap(({ name, title, asked, known, absent, reasons }) => [
        [name, title, 'known', '', known, asked],
        [name, title, 'absent', '', absent, asked],
        ...reasons.map((one) => [name, title, 'unknown', one.name, one.n, asked]),
      ]),
    ),
    'values.csv': csv(
      ['value', 'unit', 'from', 'to', 'patients'],
      report.values.flatMap(({ id, axis, bins }) =>
        bins.map((n, bin) => [
          id,
          axis.unit,
          edge(axis.from, axis.step, bin),
          edge(axis.from, axis.step, bin + 1),
          n,
        ]),
      ),
    ),
    'problems.csv': csv(
      ['file', 'line', 'reason'],
      report.problems.first.map(({ file, line, reason }) => [file, line === 0 ? '' : line, reason]),
    ),
    ...(comparison === null
      ? {}
      : {
          'changes.csv': csv(
            ['recommendation', 'direction', 'before', 'after', 'patients'],
            comparison.findings.map(({ recommendation, direction, before, after, n }) => [
              recommendation,
              direction,
              before,
              after,
              n,
            ]),
          ),
          'changes-by-group.csv': csv(
            ['recommendation', 'direction', 'sex', 'age', 'patients'],
            comparison.groups.map(({ recommendation, direction, sex, age, n }) => [
              recommendation,
              direction,
              sex,
              age,
              n,
            ]),
          ),
        }),
  };
}

function edge(from: number, step: number, bin: number): number {
  return Math.round((from + step * bin) * 1000) / 1000;
}
