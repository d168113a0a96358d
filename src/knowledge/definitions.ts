/**
 * Shared definitions of cards/definitions.yaml: shape only, the numbers and words are there.
 *
 * TypeBox, so that start-up checks the file against the same declaration that the code reads.
 */
import { Type, type Static } from 'typebox';
import type { PreventModels } from '../risk/prevent.ts';

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });
const texts = Type.Array(text);
const count = Type.Integer({ minimum: 0 });
const words = Type.Record(Type.String(), Type.String());
/** So many times in so many days. */
const often = Type.Tuple([Type.Number({ exclusiveMinimum: 0 }), Type.Number({ exclusiveMinimum: 0 })]);

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
        admittedClasses: texts,
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
        recentDays: count,
        albuminDays: count,
        albuminNormal: thresholdSchema,
        correctionPerAlbumin: Type.Object({ value: Type.Number(), si: Type.Number() }, closed),
      },
      closed,
    ),
    kidney: Type.Object(
      {
        dialysisDays: count,
        months: count,
        recentDays: count,
        weightMonths: count,
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
    boneDrugs: Type.Object(
      {
        names: Type.Object(
          {
            denosumab60: text,
            denosumab120: text,
            romosozumab: text,
            zoledronate5: text,
            zoledronate4: text,
            ibandronateIntravenous: text,
            ibandronate: text,
            alendronate: text,
            risedronate: text,
            otherBisphosphonate: text,
          },
          closed,
        ),
        intravenousPattern: text,
        oralPattern: text,
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
      },
      closed,
    ),
    dose: Type.Object(
      {
        massInMg: Type.Record(Type.String(), Type.Number({ exclusiveMinimum: 0 })),
        piecePattern: text,
        strengthPattern: text,
        timingSystems: texts,
        timingCodes: Type.Record(Type.String(), often),
        oncePerDayEvents: texts,
        mostTimesPerDay: count,
        leastEveryDays: count,
        asNeededPattern: text,
        variesPattern: text,
        sig: Type.Object(
          {
            pattern: text,
            dropPatterns: texts,
            amounts: Type.Record(Type.String(), Type.Number({ exclusiveMinimum: 0 })),
            often: Type.Record(Type.String(), often),
          },
          closed,
        ),
      },
      closed,
    ),
    calciumSupplement: Type.Object(
      {
        elementalPatterns: texts,
        elementalIngredientPattern: text,
        plainPattern: text,
        otherSaltPattern: text,
        maxElementalMgPerPiece: Type.Number({ exclusiveMinimum: 0 }),
        parenteralRouteCodes: texts,
        parenteralRoutePattern: text,
      },
      closed,
    ),
    hormoneDeprivation: Type.Object(
      { aromataseInhibitorFromAgeYears: count, months: count, oncologyDrugMonths: count },
      closed,
    ),
    smokingCessation: Type.Object({ roles: texts, textPattern: text }, closed),
    riskInputs: Type.Object(
      {
        pressureDrugs: Type.Object({ roles: texts, textPattern: text, atcPattern: text }, closed),
        diabetesHba1c: thresholdSchema,
        diabetesDrugs: texts,
      },
      closed,
    ),
    coronaryCalcium: Type.Object({ partPattern: text }, closed),
    orders: Type.Object(
      {
        openStatuses: texts,
        contactStatuses: texts,
        labMonths: count,
        studyMonths: count,
        boneReferral: Type.Object({ roles: texts, textPattern: text }, closed),
        cardiologyReferral: Type.Object({ roles: texts, textPattern: text }, closed),
        endocrinologyReferral: Type.Object({ roles: texts, textPattern: text }, closed),
        nephrologyReferral: Type.Object({ roles: texts, textPattern: text }, closed),
        dietitianReferral: Type.Object({ roles: texts, textPattern: text }, closed),
      },
      closed,
    ),
    snooze: Type.Object(
      {
        reasons: Type.Record(Type.String({ pattern: '^[a-z-]+$' }), count),
        otherReasonDays: count,
        noReasonDays: count,
        acceptedGraceDays: count,
        acceptedDays: count,
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
    couldNotCheckMore: Type.Object({ summary: text, heading: text }, closed),
    moreItems: Type.Object(
      { topicDisplay: text, summary: text, summaryOne: text, heading: text, sourceLabel: text },
      closed,
    ),
    /** Several orders as one suggestion, for an EHR in which suggestions exclude each other. */
    allOrders: text,
    noteOnOrder: text,
  },
  closed,
);

/** The shared definitions, and the coefficients that are a file of their own (cards/prevent.json). */
export type Definitions = Static<typeof definitionsSchema> & { readonly prevent: PreventModels };
