/** The package ships no types; this is the part that ucum.ts uses. */
declare module '@lhncbc/ucum-lhc' {
  interface UnitConversion {
    readonly status: string;
    readonly toVal: number | null;
  }
  interface UnitParser {
    parseString(unit: string, ...rest: unknown[]): unknown[];
  }
  interface Utilities {
    readonly uStrParser_: UnitParser;
    convertUnitTo(
      from: string,
      value: number,
      to: string,
      options?: { molecularWeight?: number },
    ): UnitConversion;
  }
  export const UcumLhcUtils: { getInstance(): Utilities };
}
