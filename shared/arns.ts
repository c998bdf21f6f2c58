/** The account in an ARN, such as `arn:aws:states:<region>:<account>:…` or `arn:aws:iam::<account>:role/…`. */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
