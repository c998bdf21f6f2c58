/** The default timeout of a step. It is the same as the default of the SSM Agent. */
export const STEP_MINUTES_DEFAULT = 60;

/**
 * The time that the build documents allow for all steps of a recipe together (`runSteps`, without the delivery of the command). It limits
 * the timeout of each step and the sum of all timeouts. `tests/architecture.test.ts` compares the numbers.
 */
export const STEPS_MINUTES_MAX = 330;
