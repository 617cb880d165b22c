/** Named parameters of a tool. */
export type PresetValues = Record<string, string | number | boolean>;

export interface Preset {
  name: string;
  params: PresetValues;
}
