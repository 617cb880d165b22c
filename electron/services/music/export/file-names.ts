/** Names for files that any system takes, no two of them the same. */
import { safeFileName } from '../../http/content-disposition.ts';

const longestStem = 100;

export class FileNames {
  readonly #taken = new Set<string>();

  /** @param stem what the user calls it; anything */
  unique(stem: string, extension: string): string {
    const shortened = Array.from(stem.trim()).slice(0, longestStem).join('');
    for (let number = 1; ; number += 1) {
      const name = safeFileName(`${shortened === '' ? 'Clip' : shortened}${number === 1 ? '' : ` (${String(number)})`}.${extension}`);
      if (this.#taken.has(name.toLowerCase())) continue;
      this.#taken.add(name.toLowerCase());
      return name;
    }
  }
}
