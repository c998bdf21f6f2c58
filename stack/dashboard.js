// The body of the dashboard. Serverless reads variables from .js files, not from .ts files.
import { dashboardBody } from '../scripts/dashboard.ts';

export const body = dashboardBody();
