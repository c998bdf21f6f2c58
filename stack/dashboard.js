// What the dashboard shows. Serverless reads variables from .js files, and not from .ts.
import { dashboardBody } from '../scripts/dashboard.ts';

export const body = dashboardBody();
