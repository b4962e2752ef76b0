/** The assembly asks for something the local cloud does not do; the message names it. Thrown at load. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}
