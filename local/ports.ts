/** Where each part listens by default. Stable, so that bookmarks, tokens and queue URLs survive a restart. */
const defaultPorts = {
  api: 4010,
  stripe: 4011,
  issuer: 4012,
  control: 4013,
  lambda: 4014,
  events: 4015,
  sqs: 4016,
  postgres: 4017,
  dynamodb: 4018,
  scheduler: 4019,
  secrets: 4020,
  redis: 4021,
  sfn: 8083,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortName, number>>;

/** Every port 0: the system picks free ones. */
export const freePorts: Ports = portsFrom(() => 0);

/**
 * The default ports, with `KASSA_PORT_<NAME>` in the environment winning, or `KASSA_PORTS=free`.
 * @throws Error when a variable holds no port number
 */
export function portsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Ports {
  if (environment['KASSA_PORTS'] === 'free') return freePorts;
  return portsFrom((name) => {
    const variable = variableFor(name);
    const text = environment[variable];
    if (text === undefined) return defaultPorts[name];
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new Error(`${variable}=${text} is no port number`);
    }
    return port;
  });
}

/** Says which part found its port taken, and what to do. */
export function portTaken(name: PortName, port: number): Error {
  return new Error(
    `port ${port} (${name}) is taken: set ${variableFor(name)} to another one, or KASSA_PORTS=free for any`,
  );
}

function variableFor(name: PortName): string {
  return `KASSA_PORT_${name.toUpperCase()}`;
}

function portsFrom(port: (name: PortName) => number): Ports {
  const of = (name: PortName): number => port(name);
  return {
    api: of('api'),
    stripe: of('stripe'),
    issuer: of('issuer'),
    control: of('control'),
    lambda: of('lambda'),
    events: of('events'),
    sqs: of('sqs'),
    postgres: of('postgres'),
    dynamodb: of('dynamodb'),
    scheduler: of('scheduler'),
    secrets: of('secrets'),
    redis: of('redis'),
    sfn: of('sfn'),
  };
}
