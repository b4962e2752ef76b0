/** How a Lambda's error begins in a machine: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
const message = /"errorMessage":"([a-z][a-z0-9_]{0,99}):/;

/** The code of the Fault a `Cause` tells of. It may be cut off at its end, so it is not parsed. */
export function codeOf(cause: string | undefined): string | undefined {
  return cause === undefined ? undefined : message.exec(cause)?.[1];
}
