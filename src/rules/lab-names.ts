/** What a summary calls a test when it lists several: shared, so that all say it the same way. */
const NAMES = {
  calcium: 'calcium',
  phosphate: 'phosphate',
  creatinine: 'creatinine',
  alkalinePhosphatase: 'alkaline phosphatase',
  pth: 'PTH',
  tsh: 'TSH',
  testosterone: 'testosterone',
  vitaminD: '25-OH vitamin D',
} as const;

export type LabName = keyof typeof NAMES;

/** `calcium, PTH, 25-OH vitamin D`. */
export function labList(names: readonly LabName[]): string {
  return names.map((name) => NAMES[name]).join(', ');
}
