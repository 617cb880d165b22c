/** Numbers, and the signs that stand for words, as English words. */
const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const scales = ['', 'thousand', 'million', 'billion', 'trillion'];

function belowThousand(value: number): string[] {
  if (value >= 100) return [ones[Math.floor(value / 100)] ?? '', 'hundred', ...(value % 100 === 0 ? [] : belowThousand(value % 100))];
  if (value < 20) return [ones[value] ?? ''];
  return [tens[Math.floor(value / 10)] ?? '', ...(value % 10 === 0 ? [] : [ones[value % 10] ?? ''])];
}

function wholeNumber(digits: string): string {
  // Long numbers, and those with a zero in front, are read digit by digit.
  if (digits.length > 15 || (digits.length > 1 && digits.startsWith('0')))
    return Array.from(digits)
      .map((digit) => ones[Number(digit)])
      .join(' ');
  let rest = Number(digits);
  if (rest === 0) return 'zero';
  const words: string[] = [];
  for (let scale = 0; rest > 0; scale += 1) {
    const group = rest % 1000;
    if (group > 0) words.unshift(...belowThousand(group), ...(scale === 0 ? [] : [scales[scale] ?? '']));
    rest = Math.floor(rest / 1000);
  }
  return words.join(' ');
}

/** 1984 is "nineteen eighty four"; 2005 is "two thousand five". */
function year(digits: string): string {
  const [century, rest] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (rest === 0 && century % 10 !== 0) return `${belowThousand(century).join(' ')} hundred`;
  if (rest < 10) return rest > 0 && century % 10 !== 0 ? `${belowThousand(century).join(' ')} oh ${ones[rest] ?? ''}` : wholeNumber(digits);
  return `${belowThousand(century).join(' ')} ${belowThousand(rest).join(' ')}`;
}

const ordinals: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};
const ordinal = (cardinal: string): string =>
  cardinal.replace(/[a-z]+$/, (last) => ordinals[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`));

export function spellNumbers(text: string): string {
  return text
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
    .replace(/\$(\d+)(?:\.(\d\d))?/g, (_, dollars: string, cents?: string) =>
      cents === undefined ? `${dollars} dollars` : `${dollars} dollars and ${String(Number(cents))} cents`,
    )
    .replace(/(\d)\s*%/g, '$1 percent')
    .replace(/&/g, ' and ')
    .replace(/\b(\d+)(?:st|nd|rd|th)\b/gi, (_, digits: string) => ordinal(wholeNumber(digits)))
    .replace(/\b(1[1-9]\d\d|20[1-9]\d)\b(?!\.\d)/g, (digits) => year(digits))
    .replace(/\d+(?:\.\d+)?/g, (digits) => {
      const [whole = '', fraction] = digits.split('.');
      return fraction === undefined
        ? wholeNumber(whole)
        : `${wholeNumber(whole)} point ${Array.from(fraction)
            .map((digit) => ones[Number(digit)])
            .join(' ')}`;
    });
}
