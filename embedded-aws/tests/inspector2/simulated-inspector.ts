import {
  BatchGetAccountStatusCommand,
  EnableCommand,
  type EnableCommandInput,
  Inspector2Client,
  ListCoverageCommand,
  ListFindingsCommand,
  type ListFindingsCommandInput,
} from '@aws-sdk/client-inspector2';
import { answerFrom } from '../../src/client.ts';
import { ACCOUNT, REGION, simulateSsm } from '../simulated-ssm.ts';

/** Inspector, and the machines that it scans. The SDK tries each call once. */
export function simulateInspector() {
  const simulated = simulateSsm();
  const { run, world, services } = simulated;
  const clientOf = (account: string) => {
    const client = new Inspector2Client({
      region: REGION,
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard',
    });
    answerFrom(world, services, client, account);
    return client;
  };
  const inspector = clientOf(ACCOUNT);
  const enable = (input: Partial<EnableCommandInput> = {}) =>
    run(inspector.send(new EnableCommand({ resourceTypes: ['EC2'], ...input })));
  const status = (accountIds?: string[]) =>
    run(inspector.send(new BatchGetAccountStatusCommand({ accountIds })));
  const findings = async (filterCriteria: ListFindingsCommandInput['filterCriteria'] = {}) => {
    const answer = await run(inspector.send(new ListFindingsCommand({ filterCriteria })));
    return answer.findings ?? [];
  };
  return {
    ...simulated,
    inspector,
    clientOf,
    enable,
    status,
    findings,
    /** Turns the scans of instances on, and waits until they are. */
    on: async () => {
      await enable();
      await simulated.pass(1200);
    },
    coverage: async (resourceId: string) => {
      const filterCriteria = { resourceId: [{ comparison: 'EQUALS' as const, value: resourceId }] };
      const answer = await run(inspector.send(new ListCoverageCommand({ filterCriteria })));
      return answer.coveredResources ?? [];
    },
    /** The ids of the active findings. */
    active: async () => {
      const found = await findings({ findingStatus: [{ comparison: 'EQUALS', value: 'ACTIVE' }] });
      return found.map((one) => one.packageVulnerabilityDetails?.vulnerabilityId).toSorted();
    },
  };
}
