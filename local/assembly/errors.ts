/** The assembly asks for something the local cloud does not do; the message names it. Thrown at load. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

/** Where in the assembly something was found, as people look for it. */
export function place(stack: string, logicalId: string, path = ''): string {
  return `${stack}/${logicalId}${path === '' ? '' : ` (${path})`}`;
}
