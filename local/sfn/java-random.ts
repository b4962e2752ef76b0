/**
 * The generator of `java.util.Random`: the service draws its seeded numbers from it, so a seed gives here what it gives
 * there.
 */
export class JavaRandom {
  private state: bigint;

  constructor(seed: number) {
    this.state = (BigInt(Math.trunc(seed)) ^ multiplier) & mask;
  }

  /** In 0..1, 1 left out. */
  nextDouble(): number {
    return (this.next(26) * 2 ** 27 + this.next(27)) / 2 ** 53;
  }

  /** A whole number in 0..bound, the bound left out; `bound` is at least 1 and below 2³¹. */
  nextInt(bound: number): number {
    if (Number.isInteger(Math.log2(bound))) return Math.floor((bound * this.next(31)) / 2 ** 31);
    // What is drawn above the last whole multiple of the bound would favour small numbers: it is drawn again.
    for (;;) {
      const drawn = this.next(31);
      const value = drawn % bound;
      if (drawn - value + bound - 1 < 2 ** 31) return value;
    }
  }

  private next(bits: number): number {
    this.state = (this.state * multiplier + 0xbn) & mask;
    return Number(this.state >> BigInt(48 - bits));
  }
}

const multiplier = 0x5deece66dn;
const mask = (1n << 48n) - 1n;
