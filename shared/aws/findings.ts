import {
  BatchGetAccountStatusCommand,
  type Finding,
  type Inspector2Client,
  ListCoverageCommand,
  paginateListFindings,
} from '@aws-sdk/client-inspector2';
import { type CveFinding, type CveSeverity, severities } from '../build/cve-gate.ts';
import type { CveCoverage } from '../build/cve-scan.ts';

/**
 * Whether Inspector scans the EC2 instances of the caller's account in the client's region. If it does not, the lists below are empty and
 * look like those of an instance without vulnerabilities.
 */
export async function scansInstances(inspector2: Inspector2Client): Promise<boolean> {
  const { accounts } = await inspector2.send(new BatchGetAccountStatusCommand({}));
  return accounts?.[0]?.resourceState?.ec2?.status === 'ENABLED';
}

const equals = (value: string) => [{ comparison: 'EQUALS' as const, value }];

/** What Inspector says about the scans of an instance; `undefined`: it does not know the instance. */
export async function readCoverage(
  instanceId: string,
  inspector2: Inspector2Client,
): Promise<CveCoverage | undefined> {
  // Without the scan type, the list can also have the scan of the network.
  const filterCriteria = { resourceId: equals(instanceId), scanType: equals('PACKAGE') };
  const { coveredResources } = await inspector2.send(new ListCoverageCommand({ filterCriteria }));
  const [covered] = coveredResources ?? [];
  if (covered === undefined) return undefined;
  const { scanStatus, lastScannedAt } = covered;
  return {
    statusCode: scanStatus?.statusCode ?? '',
    reason: scanStatus?.reason ?? '',
    ...(lastScannedAt === undefined ? {} : { lastScannedAt: lastScannedAt.toISOString() }),
  };
}

/** The vulnerabilities that Inspector has found on an instance, without those that a suppression rule of the account hides. */
export async function readFindings(instanceId: string, client: Inspector2Client): Promise<CveFinding[]> {
  const filterCriteria = {
    resourceId: equals(instanceId),
    findingStatus: equals('ACTIVE'),
    findingType: equals('PACKAGE_VULNERABILITY'),
  };
  const findings: CveFinding[] = [];
  for await (const page of paginateListFindings({ client }, { filterCriteria })) {
    findings.push(...(page.findings ?? []).map(findingOf));
  }
  return findings;
}

function findingOf({ title = '', severity, fixAvailable, packageVulnerabilityDetails }: Finding): CveFinding {
  const { vulnerabilityId = title, vulnerablePackages = [] } = packageVulnerabilityDetails ?? {};
  return {
    id: vulnerabilityId,
    severity: severityOf(severity),
    isFixable: fixAvailable === 'YES' || fixAvailable === 'PARTIAL',
    packages: vulnerablePackages.map(({ name = '', version = '', release, fixedInVersion = NO_FIX }) => ({
      name,
      version: release === undefined ? version : `${version}-${release}`,
      ...(fixedInVersion === NO_FIX ? {} : { fixedIn: fixedInVersion.replace(/^0:/, '') }),
    })),
  };
}

/** What Inspector writes instead of a version if there is no fix (recorded findings in prowler-cloud/prowler). */
const NO_FIX = 'NotAvailable';

/** A severity that is not known here counts as none, and the report of the gate names its vulnerability. */
function severityOf(severity: string | undefined): CveSeverity {
  return severities.find((one) => one === severity?.toLowerCase()) ?? 'untriaged';
}
