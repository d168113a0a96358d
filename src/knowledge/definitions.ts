/**
 * Shared definitions of cards/definitions.yaml: shape only, the numbers and words are there.
 *
 * TypeBox, so that start-up checks the file against the same declaration that the code reads.
 */
import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });
const texts = Type.Array(text);
const count = Type.Integer({ minimum: 0 });
const words = Type.Record(Type.String(), Type.String());

export const thresholdSchema = Type.Object(
  {
    value: Type.Number(),
    unit: text,
    si: Type.Optional(Type.Object({ value: Type.Number(), unit: text }, closed)),
  },
  closed,
);

export const definitionsSchema = Type.Object(
  {
    codeSystemAliases: words,
    units: Type.Object(
      {
        aliases: words,
        dimensionless: texts,
        daysPer: Type.Record(Type.String(), Type.Number({ exclusiveMinimum: 0 })),
      },
      closed,
    ),
    results: Type.Object({ notDoneReasons: texts, maskedReasons: texts }, closed),
    conditions: Type.Object(
      {
        ever: texts,
        activeStatuses: texts,
        countedVerification: texts,
        familyHistoryCategories: texts,
        fromProcedures: texts,
        historyCodePattern: text,
        historyRole: text,
        haemorrhagicRole: text,
        revascularisationRole: text,
      },
      closed,
    ),
    concepts: Type.Record(Type.String(), Type.Object({}, { additionalProperties: true })),
    globalExclusions: Type.Object(
      {
        adultAgeYears: count,
        pregnancy: Type.Object({ ageFrom: count, ageTo: count, months: count }, closed),
        hospiceMonths: count,
        inpatientClasses: texts,
      },
      closed,
    ),
    tScore: Type.Object(
      {
        osteoporosisAtMost: thresholdSchema,
        normalAtLeast: thresholdSchema,
        suspiciousAbove: thresholdSchema,
        confirmAtMost: thresholdSchema,
        sameScanDays: count,
        osteopeniaMonths: count,
        validFromAgeYears: count,
        validFromAgeWithMenopauseYears: count,
        inferredPostmenopausalAgeYears: count,
        knownPremenopausalBelowAgeYears: count,
        perimenopauseFromAgeYears: count,
        prematureMenopauseBelowAgeYears: count,
        rejectedSitePattern: text,
        oneThirdRadiusPattern: text,
        lowInterpretationCodes: texts,
        lowInterpretationPattern: text,
        siteNames: words,
      },
      closed,
    ),
    fracture: Type.Object({ minAgeYears: count, fragilityAssumedFromAgeYears: count }, closed),
    bloodPressure: Type.Object({ months: count, maxDays: count, minDays: count }, closed),
    calcium: Type.Object(
      {
        low: thresholdSchema,
        high: thresholdSchema,
        ionizedLow: thresholdSchema,
        ionizedHigh: thresholdSchema,
        months: count,
        albuminDays: count,
        albuminNormal: thresholdSchema,
        correctionPerAlbumin: Type.Object({ value: Type.Number(), si: Type.Number() }, closed),
      },
      closed,
    ),
    kidney: Type.Object(
      {
        months: count,
        stages: Type.Array(Type.Object({ from: Type.Number(), stage: text }, closed), { minItems: 1 }),
        preferredRole: text,
        raceSpecificRolePattern: text,
      },
      closed,
    ),
    medications: Type.Object(
      {
        recentMonths: count,
        hazardIntents: texts,
        routedConcepts: texts,
        localRoutePattern: text,
        bareNameUnknownConcepts: texts,
        formPattern: text,
      },
      closed,
    ),
    glucocorticoid: Type.Object(
      {
        minMgPerDay: Type.Number(),
        highMgPerDay: Type.Number(),
        minDays: count,
        months: count,
        mergeGapDays: count,
        withoutSupplyFromDays: count,
        withoutSupplyToMonths: count,
        replacementMaxMgPerDay: Type.Number(),
        prednisoneReferenceMg: Type.Number(),
        countedFormPattern: text,
        strengthPattern: text,
      },
      closed,
    ),
    orders: Type.Object(
      {
        openStatuses: texts,
        contactStatuses: texts,
        labMonths: count,
        studyMonths: count,
        boneReferral: Type.Object({ roles: texts, textPattern: text }, closed),
        dietitianReferral: Type.Object({ roles: texts, textPattern: text }, closed),
      },
      closed,
    ),
    unknownReasons: words,
    unusableReasons: words,
    factTitles: words,
    closing: text,
    nothingMissing: text,
    couldNotCheck: text,
    couldNotRead: text,
    articleBanner: text,
    moreItems: Type.Object(
      { topicDisplay: text, summary: text, summaryOne: text, heading: text, sourceLabel: text },
      closed,
    ),
    noteOnOrder: text,
  },
  closed,
);

export type Definitions = Static<typeof definitionsSchema>;
