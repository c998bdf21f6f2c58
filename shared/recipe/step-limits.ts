/** A step is stopped after this time unless it says otherwise. It is the SSM agent's own default. */
export const STEP_MINUTES_DEFAULT = 60;

/**
 * The build documents give all steps of a recipe this much time together (`runSteps`, without the delivery of the command). So no step
 * can have more, and neither can all steps that ask for a time. `tests/architecture.test.ts` compares the numbers.
 */
export const STEPS_MINUTES_MAX = 330;
