/** What is wrong with a text that is no JSON, in the words of Jackson, which the service reads with. */
export interface JsonFault {
  readonly message: string;
  /** `[Source: (String)"…"; line: 1, column: 2]` */
  readonly location: string;
}

/** The first fault of a text that `JSON.parse` refuses. */
export function jsonFault(text: string): JsonFault {
  try {
    new Reader(text).whole();
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { message: thrown.message, location: thrown.location };
    throw thrown;
  }
  return { message: 'not JSON', location: '/' };
}

/** How deep a text may nest. */
export const deepest = 1000;

/** Whether a JSON text nests deeper than that. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

class Unreadable extends Error {
  readonly location: string;
  constructor(what: string, location: string) {
    super(`${what}\n at ${location}`);
    this.location = location;
  }
}

interface Opened {
  readonly kind: 'Object' | 'Array';
  readonly at: string;
}

const values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const word = /[\p{L}\p{N}_$]+/uy;
/** Of the source, what a location shows. */
const shown = 500;

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): void {
    this.value();
    if (this.text.slice(this.at).trim() === '') return;
    this.start(undefined);
    throw this.fault('Trailing token found after value');
  }

  /** Reads one value, without recursion: a text may nest as deep as it likes. */
  private value(): void {
    const open: Opened[] = [];
    for (;;) {
      const opened = this.start(open.at(-1));
      if (opened !== undefined) open.push(opened);
      for (let inner = open.at(-1); inner !== undefined && this.ends(inner, opened === inner); ) {
        open.pop();
        inner = open.at(-1);
      }
      if (open.length === 0) return;
    }
  }

  /** Reads a scalar, or opens what is none. */
  private start(inside: Opened | undefined): Opened | undefined {
    const letter = this.next(inside);
    if (letter === '{' || letter === '[') {
      const kind = letter === '{' ? 'Object' : 'Array';
      const opened = { kind, at: this.location(this.at) } as const;
      this.at += 1;
      return opened;
    }
    if (letter === '"') this.string(false);
    else if (/[-\d]/.test(letter) && this.skip(number)) return undefined;
    else this.literal(letter);
    return undefined;
  }

  /** After a value of what is open, or right at its start: whether it ends here. Else a value follows. */
  private ends(inner: Opened, fresh: boolean): boolean {
    const close = inner.kind === 'Object' ? '}' : ']';
    const letter = this.next(inner);
    if (letter === close) {
      this.at += 1;
      return true;
    }
    if (!fresh) {
      if (letter !== ',')
        throw this.unexpected(letter, `was expecting comma to separate ${inner.kind} entries`);
      this.at += 1;
    }
    if (inner.kind === 'Object') this.field(inner);
    return false;
  }

  private field(inner: Opened): void {
    const letter = this.next(inner);
    if (letter !== '"')
      throw this.unexpected(letter, 'was expecting double-quote to start field name');
    this.string(true);
    const colon = this.next(inner);
    if (colon !== ':')
      throw this.unexpected(colon, 'was expecting a colon to separate field name and value');
    this.at += 1;
  }

  private string(name: boolean): void {
    this.at += 1;
    for (;;) {
      const letter = this.text[this.at];
      this.at += 1;
      if (letter === undefined) {
        this.at -= 1;
        throw this.fault(
          name
            ? 'Unexpected end-of-input in field name'
            : 'Unexpected end-of-input: was expecting closing quote for a string value',
        );
      }
      if (letter === '"') return;
      if (letter < ' ')
        throw this.fault(
          `Illegal unquoted character (${coded(letter)}): has to be escaped using backslash to be included in ${name ? 'name' : 'string value'}`,
        );
      if (letter === '\\') this.escape();
    }
  }

  private escape(): void {
    const letter = this.text[this.at] ?? '';
    this.at += 1;
    if (letter === 'u') {
      for (let digits = 0; digits < 4; digits += 1) {
        const digit = this.text[this.at] ?? '';
        this.at += 1;
        if (!/[\da-fA-F]/.test(digit))
          throw this.fault(
            `Unexpected character (${coded(digit)}): expected a hex-digit for character escape sequence`,
          );
      }
    } else if (!/["\\/bfnrt]/.test(letter))
      throw this.fault(`Unrecognized character escape ${coded(letter)}`);
  }

  private literal(letter: string): void {
    const start = this.at;
    if (!this.skip(word)) throw this.unexpected(letter, `expected a valid value ${values}`);
    const token = this.text.slice(start, this.at);
    if (/^\d/.test(token)) {
      this.at = start;
      throw /^0\d/.test(token)
        ? this.fault('Invalid numeric value: Leading zeroes not allowed')
        : this.unexpected(letter, `expected a valid value ${values}`);
    }
    if (!['true', 'false', 'null'].includes(token))
      throw this.fault(`Unrecognized token '${token}': was expecting ${values}`);
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }

  /** The next letter that is no white space. */
  private next(inside: Opened | undefined): string {
    while (/^[ \t\r\n]$/.test(this.text[this.at] ?? '')) this.at += 1;
    const letter = this.text[this.at];
    if (letter !== undefined) return letter;
    throw this.fault(
      inside === undefined
        ? 'No content to map due to end-of-input'
        : `Unexpected end-of-input: expected close marker for ${inside.kind} (start marker at ${inside.at})`,
    );
  }

  private unexpected(letter: string, why: string): Unreadable {
    this.at += 1;
    return this.fault(`Unexpected character (${coded(letter)}): ${why}`);
  }

  private fault(what: string): Unreadable {
    return new Unreadable(what, this.location(this.at));
  }

  private location(at: number): string {
    const before = this.text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - (before.lastIndexOf('\n') + 1) + 1;
    const rest = this.text.length - shown;
    const source = `(String)"${this.text.slice(0, shown)}"${rest > 0 ? `[truncated ${rest} chars]` : ''}`;
    return `[Source: ${source}; line: ${line}, column: ${column}]`;
  }
}

function coded(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  return code < 32 ? `(CTRL-CHAR, code ${code})` : `'${letter}' (code ${code})`;
}
