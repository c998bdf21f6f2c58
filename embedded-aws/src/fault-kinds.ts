import type * as z from 'zod/mini';
import { callFault, type FaultNames, faultFileSchema, readsFault } from './core/fault-schema.ts';
import type { FaultKinds } from './core/faults.ts';
import { ec2Faults, idPrefixes } from './ec2/faults.ts';
import { guestFaults } from './guest/faults.ts';
import { lambdaFaults } from './lambda/faults.ts';
import { ssmFaults } from './ssm/faults.ts';
import { stepFunctionsFaults } from './step-functions/faults.ts';

/** The schema of a file of faults, with the kinds of the core and of all services in the order of `docs/faults.md`. */
export function faultsSchema(names: FaultNames) {
  const kinds = {
    call: callFault(names),
    reads: readsFault(idPrefixes),
    ...ec2Faults,
    ...guestFaults,
    ...ssmFaults(names),
    ...lambdaFaults(names),
    ...stepFunctionsFaults(names),
  } satisfies { [Kind in keyof FaultKinds]: z.ZodMiniType<FaultKinds[Kind]> };
  return faultFileSchema<(typeof kinds)[keyof typeof kinds]>(kinds);
}
