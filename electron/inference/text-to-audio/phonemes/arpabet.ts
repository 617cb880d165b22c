/** ARPAbet to the symbols that Kokoro was trained on: IPA, with one letter for each diphthong (A, I, O, W, Y). */
const symbols: Readonly<Record<string, string>> = {
  AA: 'ɑ',
  AE: 'æ',
  AH: 'ʌ',
  AO: 'ɔ',
  AW: 'W',
  AY: 'I',
  B: 'b',
  CH: 'ʧ',
  D: 'd',
  DH: 'ð',
  EH: 'ɛ',
  ER: 'ɜɹ',
  EY: 'A',
  F: 'f',
  G: 'ɡ',
  HH: 'h',
  IH: 'ɪ',
  IY: 'i',
  JH: 'ʤ',
  K: 'k',
  L: 'l',
  M: 'm',
  N: 'n',
  NG: 'ŋ',
  OW: 'O',
  OY: 'Y',
  P: 'p',
  R: 'ɹ',
  S: 's',
  SH: 'ʃ',
  T: 't',
  TH: 'θ',
  UH: 'ʊ',
  UW: 'u',
  V: 'v',
  W: 'w',
  Y: 'j',
  Z: 'z',
  ZH: 'ʒ',
};
const unstressed: Readonly<Record<string, string>> = { AH: 'ə', ER: 'əɹ' };
const marks: Readonly<Record<string, string>> = { '0': '', '1': 'ˈ', '2': 'ˌ' };

/** "HH AH0 L OW1" to "həlˈO". */
export function symbolsOf(phones: string): string {
  return phones
    .split(' ')
    .map((phone) => {
      const stress = /\d$/.exec(phone)?.[0] ?? '';
      const sound = phone.replace(/\d$/, '');
      return `${marks[stress] ?? ''}${(stress === '0' ? unstressed[sound] : undefined) ?? symbols[sound] ?? ''}`;
    })
    .join('');
}
