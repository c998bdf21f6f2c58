import { ec2 } from './ec2/index.ts';
import type { Services } from './operation.ts';
import { registerForAutomation, ssm } from './ssm/index.ts';

/** All that is emulated of AWS. */
export const services: Services = { ec2, ssm };

// Documents may call EC2, too; SSM makes itself known to them.
registerForAutomation(ec2);
