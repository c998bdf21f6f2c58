/** EC2's reason for the state of a resource, on one line. Most messages already begin with the code, so it is not repeated. */
export function describeStateReason(
  reason: { readonly Code?: string | undefined; readonly Message?: string | undefined } | undefined,
): string {
  const { Code = '', Message = '' } = reason ?? {};
  if (Code === '' && Message === '') return 'nothing';
  return Message.startsWith(Code) ? Message : [Code, Message].filter(Boolean).join(': ');
}
