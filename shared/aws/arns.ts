/** The account in an ARN: `arn:aws:states:<region>:<account>:…`. */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
