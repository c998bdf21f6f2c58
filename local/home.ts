/** The account and region of the pipeline in the embedded AWS. */
export const HOME = { account: '999988887777', region: 'us-east-1' } as const;
