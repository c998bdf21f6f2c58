/** The account that the pipeline is deployed to, and its region, in the embedded AWS. */
export const HOME = { account: '999988887777', region: 'us-east-1' } as const;
