import { AwsError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { batchGetAccountStatus } from './batch-get-account-status.ts';
import { enable } from './enable.ts';
import { latencies } from './latency.ts';
import { listCoverage } from './list-coverage.ts';
import { listFindings } from './list-findings.ts';
import { transitions } from './scans.ts';
import { kept } from './state.ts';

/** Amazon Inspector. `docs/inspector2.md` lists what is emulated. */
export const inspector2: Service = {
  name: 'inspector2',
  kept,
  latencies,
  accessDenied: (reason) => new AwsError('AccessDeniedException', reason, 403),
  operations: {
    BatchGetAccountStatus: batchGetAccountStatus,
    Enable: enable,
    ListCoverage: listCoverage,
    ListFindings: listFindings,
  },
  transitions,
};
