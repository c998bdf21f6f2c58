/** Why EC2 says that a resource is in its state, on one line. Most messages begin with the code; then it is not said twice. */
export function describeStateReason(
  reason: { readonly Code?: string | undefined; readonly Message?: string | undefined } | undefined,
): string {
  const { Code = '', Message = '' } = reason ?? {};
  if (Code === '' && Message === '') return 'nothing';
  return Message.startsWith(Code) ? Message : [Code, Message].filter(Boolean).join(': ');
}
